"""CoNLL: tables with further columns, and CoNLL-U."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.document import Annotated, Block, Document
from annotations.errors import BadLine
from annotations.formats import Reading, conll


def read(text: str, **said: object) -> tuple[list[Annotated], dict[str, int]]:
    reading = Reading(**said)  # type: ignore[arg-type]
    found = list(conll.read(io.BytesIO(text.encode()), None, reading))
    return found, dict(reading.lost)


def spans(annotated: Annotated) -> list[tuple[str, str]]:
    text = annotated.document.text
    return [(mark.label, text[mark.start : mark.end]) for mark in annotated.annotations]


def in_columns(annotated: Annotated) -> list[tuple[str, str, object]]:
    columns = [mark.attributes.get("column") for mark in annotated.annotations]
    return [(*pair, column) for pair, column in zip(spans(annotated), columns, strict=True)]


# ── numbers of words ──────────────────────────────────────────────────────────────────────────────

ROWS = ["Ada B-PER", "Berg I-PER", "left O", "", "He O", "saw O", "Bo B-PER"]


@pytest.mark.parametrize(
    "numbers",
    [
        "1 2 3 1 2 3",
        "0 1 2 0 1 2",
        "1 2 3 4 5 6",
        "0 1 2 3 4 5",
        "17 18 19 20 21 22",
        "1-1 1-2 1-3 2-1 2-2 2-3",
        "s1.t1 s1.t2 s1.t3 s2.t1 s2.t2 s2.t3",
        "w1 w2 w3 w4 w5 w6",
    ],
)
@pytest.mark.parametrize("between", ["\t", " "])
def test_numbers_of_words_are_no_words(numbers: str, between: str) -> None:
    said = iter(numbers.split())
    lines = [f"{next(said)} {row}".replace(" ", between) if row else "" for row in ROWS]
    (found,), lost = read("\n".join(lines))
    assert found.document.text == "Ada Berg left\nHe saw Bo"
    assert spans(found) == [("PER", "Ada Berg"), ("PER", "Bo")]
    assert lost == {}


def test_nor_are_numbers_of_sentences_before_them() -> None:
    lines = [f"d7\t{1 + (place > 3)}\t{place}\t{row.replace(' ', chr(9))}" for place, row in
             enumerate(ROWS)]  # fmt: skip
    (found,), lost = read("\n".join(line if line[-1] != "\t" else "" for line in lines))
    assert found.document.text == "Ada Berg left\nHe saw Bo"
    assert lost == {}


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("1 CD O\n2 CD B-x\n", "1 2"),
        ("1 B-x O\n2 O O\n3 O O\n", "1 2 3"),
        ("7 O\n3 B-x\n", "7 3"),
        ("3 CD O\n2 CD O\n1 CD O\ngo VB O\n", "3 2 1 go"),
    ],
)
def test_a_text_of_numbers_is_one(lines: str, text: str) -> None:
    (found,), _ = read(lines)
    assert found.document.text == text


def test_numbers_and_tags_without_words_are_refused() -> None:
    with pytest.raises(BadLine, match="there is no column with words between them and the tags"):
        read("1 O\n2 B-x\n3 O\n")


def test_a_document_of_one_word_is_numbered_where_those_before_it_were() -> None:
    first = "# newdoc id = a\n1\tAda\tB-x\n2\tleft\tO\n\n"
    found, _ = read(f"{first}# newdoc id = b\n1\tBo\tB-x\n")
    assert [entry.document.text for entry in found] == ["Ada left", "Bo"]


# ── columns of tags, and others ───────────────────────────────────────────────────────────────────


def test_all_columns_of_tags_become_spans_that_say_which() -> None:
    (found,), lost = read("The B-GPE O\nmayor I-GPE O\nof I-GPE O\nRome I-GPE B-LOC\n")
    assert in_columns(found) == [("GPE", "The mayor of Rome", "2"), ("LOC", "Rome", "3")]
    assert lost == {}


def test_nested_spans_in_one_cell_are_told_apart() -> None:
    lines = (
        "The B-GPE\nmayor I-GPE\nof I-GPE|O\nNew I-GPE|B-LOC|B-LOC\nYork L-GPE|I-LOC|O\nleft O\n"
    )
    (found,), _ = read(lines)
    assert in_columns(found) == [
        ("GPE", "The mayor of New York", None),
        ("LOC", "New York", None),
        ("LOC", "New", None),
    ]


def test_phrases_beside_names_are_no_spans_and_columns_are_counted_once() -> None:
    rows = "EU NNP B-NP B-ORG\nrejects VBZ B-VP O\nGerman JJ B-NP B-MISC\n"
    found, lost = read(f"-DOCSTART- -X- O O\n\n{rows}\n-DOCSTART- -X- O O\n\n{rows}")
    assert [in_columns(each) for each in found] == [
        [("ORG", "EU", None), ("MISC", "German", None)]
    ] * 2
    assert lost == {"columns that are not kept": 2}


def test_phrases_alone_are_spans() -> None:
    (found,), lost = read("He PRP B-NP\nreckons VBZ B-VP\n")
    assert spans(found) == [("NP", "He"), ("VP", "reckons")]
    assert lost == {"columns that are not kept": 1}


def test_a_heading_names_the_columns_and_the_words_of_which_no_space_follows() -> None:
    lines = (
        "TOKEN\tNE-COARSE\tNE-FINE\tNEL\tMISC\n# year = 1798\nParis\tB-loc\tB-loc.city\tQ90\t"
        "NoSpaceAfter\n,\tO\tO\t_\t_\nle\tO\tO\t_\tEndOfLine\n"
    )
    (found,), lost = read(lines)
    assert found.document.text == "Paris, le"
    assert in_columns(found) == [("loc", "Paris", "NE-COARSE"), ("loc.city", "Paris", "NE-FINE")]
    assert lost == {"columns that are not kept": 1, "comments": 1, "other keys of words (MISC)": 1}


def test_the_head_of_a_file_may_be_all_o() -> None:
    lines = "".join(f"word{number}\tO\n" for number in range(600))
    (found,), _ = read(f"{lines}murder\tB-EVENT\n")
    assert spans(found) == [("EVENT", "murder")]


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\u2009", "\u200b", "\ufeff", "\u200e"])
@pytest.mark.parametrize("between", ["\t", " "])
def test_a_token_that_nobody_sees_is_left_out_and_counted(blank: str, between: str) -> None:
    (found,), lost = read(
        f"@ada{between}B-PER\n{blank}{between}I-PER\nhey{between}I-PER\n\n{blank}{between}B-PER\n"
    )
    assert found.document.text == "@ada hey"
    assert spans(found) == [("PER", "@ada hey")]
    assert lost == {"tokens without a character": 2, "spans of tokens without a character": 1}


def test_comments_are_no_tokens_and_are_counted() -> None:
    (found,), lost = read(
        "#\thttp://example.org/x [2009-01-01]\n1\tAda\tB-PER\tO\n2\tBerg\tI-PER\tB-LOC\n\n"
        "#\thttp://example.org/y\n1\tHi\tO\tO\n"
    )
    assert found.document.text == "Ada Berg\nHi"
    assert in_columns(found) == [("PER", "Ada Berg", "3"), ("LOC", "Berg", "4")]
    assert lost == {"comments": 2}


def test_a_hashtag_is_a_token() -> None:
    (found,), lost = read("#ada\tB-x\n#\tO\n1\tO\n# = O\n".replace("# = O", "#bo\tO"))
    assert found.document.text == "#ada #1 #bo"
    assert lost == {}


# ── CoNLL-U ───────────────────────────────────────────────────────────────────────────────────────

WEBLOG = """# newdoc id = weblog-1
# newpar
# sent_id = 1
# text = Ana doesn't go.
1	Ana	Ana	PROPN	NNP	_	4	nsubj	_	NER=B-PER
2-3	doesn't	_	_	_	_	_	_	_	_
2	does	do	AUX	VBZ	Mood=Ind	4	aux	_	NER=O
3	n't	not	PART	RB	_	4	advmod	4:advmod	NER=B-NEG
4	go	go	VERB	VB	_	0	root	_	SpaceAfter=No|NER=O|Gloss=x
4.1	gone	go	VERB	_	_	_	_	0:root	_
5	.	.	PUNCT	.	_	4	punct	_	NER=O

# newpar id = p2
# sent_id = 2
1-2	Du	_	_	_	_	_	_	_	SpaceAfter=No
1	de	de	ADP	_	_	2	case	_	NER=O
2	le	le	DET	_	_	0	root	_	NER=B-DET
3	!	!	PUNCT	_	_	2	punct	_	NER=O

"""


def test_conllu_is_read_with_its_text_its_paragraphs_and_the_tags_among_its_keys() -> None:
    (found,), lost = read(WEBLOG)
    assert found.document == Document(
        id="weblog-1",
        title="weblog-1",
        text="Ana doesn't go.\nDu!",
        layout=found.document.layout,
    )
    assert found.document.layout.blocks == (Block("p", 0, 15), Block("p", 16, 19))
    assert in_columns(found) == [("PER", "Ana", None), ("NEG", "n't", None), ("DET", "Du", None)]
    assert lost == {
        "lemmas": 9, "parts of speech": 14, "features of words": 1, "dependencies": 8,
        "enhanced dependencies": 2, "other keys of words (MISC)": 1, "empty words": 1,
        "comments": 2,
    }  # fmt: skip


def test_columns_of_conllu_plus_are_those_that_the_file_names() -> None:
    (found,), lost = read(
        "# global.columns = ID FORM UPOS NER MISC\n# text = Ana, hi\n"
        "1\tAna\tPROPN\tB-PER\tSpaceAfter=No\n2\t,\tPUNCT\tO\t_\n3\thi\tINTJ\tO\t_\n"
    )
    assert (found.document.text, in_columns(found)) == ("Ana, hi", [("PER", "Ana", None)])
    assert lost == {"parts of speech": 3}


def test_a_sentence_that_is_a_quotation_is_no_json() -> None:
    (found,), _ = read('# text = "Hi."\n" O\nHi B-x\n. O\n" O\n')
    assert (found.document.text, spans(found)) == ('"Hi."', [("x", "Hi")])


WORDS = st.text(st.sampled_from("abÄ😀é北,.'"), min_size=1, max_size=4)


@given(
    st.lists(
        st.tuples(WORDS, st.sampled_from(["B-x", "I-x", "O", "B-y"]), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_words_of_conllu_stand_where_its_text_has_them(
    words: list[tuple[str, str, bool]],
) -> None:
    text, lines, expected = "", [], []
    for number, (form, tag, is_close) in enumerate(words, 1):
        misc = "SpaceAfter=No|" if is_close else ""
        lines.append(f"{number}\t{form}" + "\t_" * 7 + f"\t{misc}NER={tag}")
        start = len(text)
        text += form
        goes_on = tag[0] == "I" and expected and expected[-1][2:] == (tag[2:], number - 1)
        if goes_on:
            expected[-1] = (expected[-1][0], len(text), tag[2:], number)
        elif tag != "O":
            expected.append((start, len(text), tag[2:], number))
        text += "" if is_close else " "
    rows = "\n".join(lines)
    for head in ("", f"# text = {text.strip()}\n"):
        (found,), _ = read(f"{head}{rows}\n")
        if head or any(close for _, _, close in words):
            assert found.document.text == text.strip()
        assert [(mark.start, mark.end, mark.label) for mark in found.annotations] == [
            each[:3] for each in expected
        ] or found.document.text != text.strip()
