"""CoNLL: tags of tokens in four dialects, and files of other tools."""

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import formats
from annotations.document import IMPORTED, Annotated, Annotation, Document
from annotations.errors import BadInput, BadLine
from annotations.formats import Reading, Writing, conll
from annotations.formats.losses import whole
from annotations.formats.tokens import apart, snapped, tokeniser
from tests.conformance_data import conformance
from tests.documents import DOCUMENTS, marked

NAMES = ("bio", "iob1", "bilou", "conll2003")


def written(
    name: str, *documents: Annotated, writing: Writing | None = None
) -> tuple[str, Counter[str]]:
    write = formats.get(name).write
    assert write is not None
    lost = Counter[str]()
    return b"".join(write(documents, lost, writing)).decode(), lost


def read(text: str | bytes, reading: Reading | None = None) -> list[Annotated]:
    data = text.encode() if isinstance(text, str) else text
    return list(conll.read(io.BytesIO(data), None, reading))


def spans(annotated: Annotated) -> list[tuple[str, str]]:
    text = annotated.document.text
    return [(mark.label, text[mark.start : mark.end]) for mark in annotated.annotations]


def refused(text: str | bytes, reading: Reading | None = None) -> str:
    with pytest.raises(BadLine) as caught:
        read(text, reading)
    return str(caught.value)


# ── writing ───────────────────────────────────────────────────────────────────────────────────────

CALL = marked(
    "call",
    "Ada Berg met Cleo. They\u00a0(both) left.",
    ("actor", "Ada Berg"),
    ("actor", "Cleo"),
    ("made up", "They\u00a0(both"),
)
START = (
    '{"id":"doc-call","title":"call","text":"Ada Berg met Cleo. They\u00a0(both) left.",'
    '"labels":{"made_up":"made up"}}'
)


def test_a_token_a_line_with_its_tag() -> None:
    text, lost = written("bio", CALL)
    assert text == (
        f"-DOCSTART-\tO\t{START}\n\n"
        "Ada\tB-actor\nBerg\tI-actor\nmet\tO\nCleo\tB-actor\n.\tO\n\n"
        "They\tB-made_up\n(\tI-made_up\nboth\tI-made_up\n)\tO\nleft\tO\n.\tO\n\n"
    )
    assert lost == {"layers": 1, "states": 1}


def test_conll_2003_has_four_columns() -> None:
    text, _ = written("conll2003", CALL)
    assert text.splitlines()[:4] == [
        f"-DOCSTART- -X- _ O {START}",
        "",
        "Ada -X- _ B-actor",
        "Berg -X- _ I-actor",
    ]


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        (conll.bio, "B-a B-a I-a O B-b B-a"),
        (conll.iob1, "I-a B-a I-a O I-b I-a"),
        (conll.bilou, "U-a B-a L-a O U-b U-a"),
    ],
)
def test_the_schemes(scheme: conll.Scheme, tags: str) -> None:
    found = [(0, 1, "a"), (1, 3, "a"), (4, 5, "b"), (5, 6, "a")]
    assert scheme(found, 6, ()) == tags.split()


def test_in_iob1_a_span_that_begins_a_sentence_touches_none_before_it() -> None:
    found = [(0, 2, "a"), (2, 3, "a"), (3, 4, "a")]
    assert conll.iob1(found, 4, {2}) == ["I-a", "I-a", "I-a", "B-a"]
    two = marked("two", "They like Rome.\nRome likes them.", ("LOC", "Rome."))
    again = replace(two.annotations[0], id="again", start=16, end=20)
    text, _ = written("iob1", replace(two, annotations=(*two.annotations, again)))
    assert "Rome\tI-LOC\n.\tI-LOC\n\nRome\tI-LOC\n" in text
    assert spans(read(text)[0]) == [("LOC", "Rome."), ("LOC", "Rome")]


def test_a_border_of_sentences_within_a_span_is_left_out() -> None:
    document = marked("two", "He left. She too.", ("claim", "left. She"))
    text, _ = written("bio", document)
    assert "\n\n" not in text.partition("\n\n")[2].strip()


def test_labels_that_become_the_same_are_kept_apart_in_the_whole_file() -> None:
    first = marked("one", "a b", ("x_y", "a"), ("x y", "b"))
    second = marked("two", "a b", ("x y", "a"))
    text, _ = written("bio", first, second)
    assert [line for line in text.splitlines() if "\tB-" in line] == [
        "a\tB-x_y",
        "b\tB-x_y_2",
        "a\tB-x_y_2",
    ]
    assert [spans(entry) for entry in read(text)] == [
        [("x_y", "a"), ("x y", "b")],
        [("x y", "a")],
    ]


def test_of_overlapping_spans_one_stays_and_the_others_are_counted() -> None:
    text, lost = written("bio", DOCUMENTS["nested"])
    assert lost == {"overlap": 5, "layers": 1, "states": 1, "layout": 1}
    assert len(read(text)[0].annotations) == 1


def test_what_it_has_no_place_for_is_counted() -> None:
    _, lost = written("bio", DOCUMENTS["rich"])
    assert lost == {
        "layout": 1, "meta": 6, "document labels": 2, "layers": 1, "states": 1, "relations": 3,
        "names": 3, "attributes": 3, "entities": 2, "concepts": 1, "notes": 1, "unsure": 1,
        "origins": 1, "times": 1, "extra": 4,
    }  # fmt: skip


def test_a_span_off_the_tokens_can_stop_the_export() -> None:
    document = marked("off", "Trumpism", ("actor", "Trump"))
    with pytest.raises(BadInput, match="does not begin and end where tokens do"):
        written("bio", document, writing=Writing(borders="stop"))


# ── what goes out comes back ──────────────────────────────────────────────────────────────────────


def left(annotated: Annotated, writing: Writing, lost: Counter[str]) -> Annotated:
    """What of a document a token format has a place for."""
    tokens = tokeniser(writing.tokens)(annotated.document.text)
    fits = whole(replace(annotated, relations=()), writing, lost)
    fits = snapped(fits, tokens, writing, lost)
    marks = tuple(
        Annotation(id="", start=mark.start, end=mark.end, label=mark.label, origin=IMPORTED)
        for mark in apart(fits.annotations)
    )
    if dropped := len(fits.annotations) - len(marks):
        lost["overlap"] += dropped
    document = annotated.document
    plain = Document(id=document.id, title=document.title, text=document.text)
    return Annotated(document=plain, annotations=marks)


def same(found: Annotated) -> Annotated:
    return replace(found, annotations=tuple(replace(mark, id="") for mark in found.annotations))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=list(DOCUMENTS))
@pytest.mark.parametrize("fragments", ["omit", "split", "hull"])
def test_a_nasty_document_comes_back_without_what_was_told(
    name: str, document: Annotated, fragments: str
) -> None:
    writing = Writing(fragments=fragments)
    told = Counter[str]()
    expected = left(document, writing, told)
    text, lost = written(name, document, writing=writing)
    assert [same(found) for found in read(text)] == [expected]
    assert {what: lost[what] for what in ("overlap", "borders", "fragments")} == {
        what: told[what] for what in ("overlap", "borders", "fragments")
    }


characters = st.sampled_from("ab  .,'-#O\n\t😀é\u0301ا北\u2028\u00a0\u200b\u200d") | st.characters(
    codec="utf-8", exclude_characters="\0\r"
)
labels = st.text(characters, min_size=1, max_size=6)


@st.composite
def documents(draw: st.DrawFn) -> Annotated:
    text = draw(st.text(characters, max_size=60).filter(lambda made: made[:1] != "\ufeff"))
    marks = []
    for number in range(draw(st.integers(0, 5)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        marks.append(Annotation(id=str(number), start=start, end=end, label=draw(labels)))
    title = draw(st.text(characters, max_size=9))
    uid = draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,9}", fullmatch=True))
    return Annotated(document=Document(id=uid, title=title, text=text), annotations=tuple(marks))


@given(st.sampled_from(NAMES), st.lists(documents(), max_size=3), st.sampled_from(["snap", "omit"]))
def test_whatever_goes_out_comes_back_without_what_was_told(
    name: str, entries: list[Annotated], borders: str
) -> None:
    writing = Writing(borders=borders)
    told = Counter[str]()
    expected = [left(entry, writing, told) for entry in entries]
    text, lost = written(name, *entries, writing=writing)
    assert [same(found) for found in read(text)] == expected
    assert +lost == +told


def test_tokens_may_be_those_of_spacy() -> None:
    pytest.importorskip("spacy")
    document = marked("spacy", "Don't go  there.", ("claim", "n't go  there"))
    text, lost = written("bio", document, writing=Writing(tokens="spacy:en"))
    assert "borders" not in lost
    assert text.partition("\n\n")[2] == (
        "Do\tO\nn't\tB-claim\ngo\tI-claim\nthere\tI-claim\n.\tO\n\n"
    )
    assert spans(read(text)[0]) == [("claim", "n't go  there")]


# ── reading what others wrote ─────────────────────────────────────────────────────────────────────


def test_the_text_is_made_of_the_tokens_where_none_is_at_hand() -> None:
    (found,) = read(
        "He O\nsaid O\n, O\n“ O\nno B-x\n” I-x\n( O\n1 O\n) O\n. O\n\nShe O\n's O\n北 O\n京 O\n"
    )
    assert found.document.text == "He said, “no” (1).\nShe's北京"
    assert spans(found) == [("x", "no”")]
    assert found.document.title == "He said, “no” (1)."


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("B-x I-x I-x O", [("x", "a b c")]),
        ("I-x B-x I-x O", [("x", "a"), ("x", "b c")]),
        ("I-x I-y I-y I-x", [("x", "a"), ("y", "b c"), ("x", "d")]),
        ("B-x L-x U-x O", [("x", "a b"), ("x", "c")]),
        ("B-x E-x S-y I-y", [("x", "a b"), ("y", "c"), ("y", "d")]),
        ("O B-x E-y O", [("x", "b"), ("y", "c")]),
        ("B-a-b I-a-b O O", [("a-b", "a b")]),
    ],
)
def test_the_tags_say_what_scheme_it_is(tags: str, expected: list[tuple[str, str]]) -> None:
    lines = "".join(f"{token}\t{tag}\n" for token, tag in zip("abcd", tags.split(), strict=True))
    assert spans(read(lines)[0]) == expected


def test_a_span_ends_with_its_sentence() -> None:
    assert spans(read("a I-x\n\n\nb I-x\n\n\n")[0]) == [("x", "a"), ("x", "b")]


@pytest.mark.parametrize(
    "start",
    [
        "-DOCSTART- -X- -X- O",
        "-DOCSTART- -X- O O",
        "-DOCSTART- O",
        "-DOCSTART-\t-X-\t_\tO",
        "-DOCSTART-",
        "# newdoc",
    ],
)
def test_documents_begin_where_the_file_says(start: str) -> None:
    found = read(f"{start}\n\na X Y O\n\n{start}\n\nb X Y B-x\n")
    assert [(entry.document.text, spans(entry)) for entry in found] == [
        ("a", []),
        ("b", [("x", "b")]),
    ]


@pytest.mark.parametrize(
    "start",
    [
        "-DOCSTART- (call-1)",
        "-DOCSTART- call-1 -X- O",
        "-DOCSTART- -X- -X- O call-1",
        "# newdoc id = call-1",
        "# id = call-1",
        "-DOCSTART- O\n# id = call-1\n# sent_id = 4",
    ],
)
def test_a_document_may_have_an_id(start: str) -> None:
    (found,) = read(f"{start}\na\tO\n")
    assert (found.document.id, found.document.text) == ("call-1", "a")


def test_a_known_document_gives_the_text() -> None:
    known = DOCUMENTS["astral"].document
    lines = "-DOCSTART- (call-7)\n😀 O\nTrump B-actor\n📞 O\nMaduro B-actor\n"
    reading = Reading(text_of={"call-7": known}.get)
    (found,) = read(lines, reading)
    assert found.document is known
    assert spans(found) == [("actor", "Trump"), ("actor", "Maduro")]


def test_or_the_name_of_the_file_does() -> None:
    known = DOCUMENTS["astral"].document
    reading = Reading(name="some/astral.conll", text_of={"astral": known}.get)
    assert read("😀 O\nTrump B-actor\n", reading)[0].document is known


def test_tokens_that_are_not_in_the_text_are_refused() -> None:
    reading = Reading(text_of={"x": DOCUMENTS["astral"].document}.get)
    assert refused("# id = x\n😀 O\nBiden B-actor\n", reading) == (
        "line 3: the token “Biden” does not come next in the text, which goes on with “Trump 📞 "
        "Maduro 🇻🇪\n𐍈𐍉 said “no” 👨‍👩‍👧‍👦!”; is it the text that was tagged?"
    )


def test_comments_may_spell_the_sentences() -> None:
    (found,) = read(
        "# text = Don't!\nDo O\nn't B-x\n! O\n\n# text = (No.)\n-LRB- O\nNo O\n. O\n-RRB- O\n"
    )
    assert found.document.text == "Don't!\n(No.)"
    assert spans(found) == [("x", "n't")]


def test_a_number_sign_may_be_a_token() -> None:
    assert read("# NN I-NP O\n1 CD I-NP B-x\n")[0].document.text == "#1"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("a O\nb\n", "line 2: “b” stands alone; a line has a token and behind it its tag"),
        ("a O\nb X\n", "line 2: “X” is no tag; a tag is O, or one of B, I, M, E, L, S, U with a"),
        ("a O\nb B-\n", "line 2: “B-” is no tag"),
        ("a O\nb N B-x\n", "line 2: here are 3 columns, and 2 in the lines before it"),
        ("1\tO\n2\tB-x\n3\tO\n", "line 1: the first columns are numbers in order, and there is no"),
        (b"a O\n\xff O\n", "line 2: this is not UTF-8 (at byte 1); save it as UTF-8"),
        ("a O\nb\0 O\n", "line 2: The line holds the character U+0000"),
        ("\ufeffa O\n-DOCSTART- {\n", "line 2: what follows -DOCSTART- is not JSON"),
        ('-DOCSTART- {"id": "a", "text": 7}\n', "line 1: “text” is a whole number, not a text"),
        (b"\xff\xfea\x00", "line 1: the file is in UTF-16; save it as UTF-8"),
    ],
)
def test_what_is_no_conll_is_refused_with_its_line(lines: str | bytes, reason: str) -> None:
    assert refused(lines).startswith(reason)


def skipping(text: str, reading: Reading | None = None) -> tuple[list[Annotated], list[str]]:
    told: list[BadLine] = []
    found = list(conll.read(io.BytesIO(text.encode()), told.append, reading))
    return found, [str(error) for error in told]


def test_of_a_bad_line_its_sentence_is_skipped_and_named() -> None:
    lines = "Ada B-x\nwent O\n\nnot X\nthis Y\n\nnor B-x this\n\nBo B-x\nO\n\nCleo B-x\n"
    (found,), told = skipping(lines)
    assert found.document.text == "Ada went\nCleo"
    assert spans(found) == [("x", "Ada"), ("x", "Cleo")]
    assert [error.partition(":")[0] for error in told] == ["line 4", "line 7", "line 10"]


def test_a_text_that_is_at_hand_stays_whole_where_a_sentence_is_skipped() -> None:
    reading = Reading(name="a.bio", text_of={"a": Document("a", "A", "Ada met Bo. Cleo left.")}.get)
    lines = "Ada B-x\nmet X\nBo B-x\n. O\n\nCleo B-x\nleft O\n. O\n"
    (found,), told = skipping(lines, reading)
    assert found.document.text == "Ada met Bo. Cleo left."
    assert spans(found) == [("x", "Cleo")]
    assert [error[:22] for error in told] == ["line 2: “X” is no tag;"]


def test_a_document_of_which_no_sentence_is_good_or_whose_beginning_is_bad_is_skipped() -> None:
    lines = "-DOCSTART- (a)\na O\nb X\nc Y\n-DOCSTART- (b)\nd O\n-DOCSTART- {\ne O\n# newdoc\nf O\n"
    found, told = skipping(lines)
    assert [entry.document.text for entry in found] == ["d", "f"]
    assert [error.partition(":")[0] for error in told] == ["line 3", "line 7"]


@given(
    st.binary(max_size=80) | st.text('abO-BI \t\n#{}":=DOCSTRidtex', max_size=80).map(str.encode)
)
def test_anything_is_read_or_refused(data: bytes) -> None:
    told: list[BadLine] = []
    assert list(conll.read(io.BytesIO(data), told.append)) is not None
    assert all(error.line is not None for error in told)


# ── doccano's own files ───────────────────────────────────────────────────────────────────────────


def _doccano(name: str) -> Path:
    return conformance("doccano", f"sequence_labeling-{name}.conll")


def test_doccanos_example_is_read() -> None:
    (found,) = read(_doccano("example").read_bytes())
    assert found.document.text == "JAPAN GET\nNadim Ladki"
    assert spans(found) == [("LOC", "JAPAN"), ("PER", "Nadim Ladki")]


def test_blank_lines_at_the_end_are_nothing() -> None:
    (found,) = read(_doccano("labeling.trailing").read_bytes())
    assert found.document.text == "SOCCER - JAPAN GET LUCKY WIN, CHINA IN SURPRISE DEFEAT."
    assert spans(found) == [("LOC", "JAPAN"), ("PER", "CHINA")]


def test_doccanos_invalid_file_is_refused_with_the_line() -> None:
    assert refused(_doccano("labeling.invalid").read_bytes()).startswith(
        "line 1: “SOCCERO” is no tag"
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("file", ["example", "labeling.trailing"])
def test_doccanos_files_go_out_and_come_in_the_same(name: str, file: str) -> None:
    (found,) = read(_doccano(file).read_bytes())
    text, lost = written(name, found)
    assert [same(entry) for entry in read(text)] == [same(found)]
    assert lost == {}
