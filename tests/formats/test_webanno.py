"""WebAnno TSV 3: layers, features, chains, relations and slots, and where they stand."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import formats
from annotations.document import Annotated
from annotations.errors import BadLine
from annotations.formats import Reading, webanno

NAMED = "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value"


def file(*layers: str, body: str, version: str = "3.3") -> str:
    return "\n".join([f"#FORMAT=WebAnno TSV {version}", *layers, "", "", body])


def read(
    text: str, name: str = "a.tsv", bad: list[BadLine] | None = None
) -> tuple[Annotated, dict[str, int]]:
    reading = Reading(name=name)
    (found,) = webanno.read(io.BytesIO(text.encode()), None if bad is None else bad.append, reading)
    return found, dict(reading.lost)


def refused(text: str) -> str:
    with pytest.raises(BadLine) as caught:
        read(text)
    return str(caught.value)


def spans(entry: Annotated) -> list[tuple[str, str]]:
    return [(mark.label, mark.quote(entry.document.text)) for mark in entry.annotations]


def relations(entry: Annotated) -> list[tuple[str, str, str]]:
    text = entry.document.text
    quotes = {mark.id: mark.quote(text) for mark in entry.annotations}
    return [(quotes[r.head], r.label, quotes[r.child or ""]) for r in entry.relations]


def test_a_file_is_known_by_its_first_line() -> None:
    text = file("#T_SP=webanno.custom.Claim|value", body="#Text=Ada\n1-1\t0-3\tAda\tactor\t\n")
    assert formats.guess("ada.txt", text.encode()) == "webanno"
    assert formats.guess("ada.tsv", b"\xef\xbb\xbf" + text.encode()) == "webanno"


@pytest.mark.parametrize("version", ["3.1", "3.2", "3.3"])
@pytest.mark.parametrize("end", ["\t\n", "\n", "\t\r\n"])
def test_the_only_feature_of_a_layer_is_the_label(version: str, end: str) -> None:
    rows = ["1-1\t0-3\tAda\tactor", "1-2\t4-7\tmet\t_", "1-3\t8-11\tBob\t*", "1-4\t12-13\t.\t_"]
    body = "#Text=Ada met Bob .\n" + end.join(rows) + end
    found, lost = read(file("#T_SP=webanno.custom.Claim|value", body=body, version=version))
    assert (found.document.title, found.document.text) == ("a", "Ada met Bob .")
    assert spans(found) == [("actor", "Ada"), ("Claim", "Bob")]
    assert [dict(mark.attributes) for mark in found.annotations] == [{}, {}]
    assert lost == {}


def test_other_features_are_attributes_and_several_layers_are_told_apart() -> None:
    found, lost = read(
        file(
            NAMED,
            "#T_SP=webanno.custom.Sentiment|Category|Opinion",
            "#T_SP=webanno.custom.Note|comment",
            body="#Text=Ada met\n1-1\t0-3\tAda\thttp://x.org/1\tPER\tabstract\t*\tshort\t\n"
            f"1-2\t4-7\tmet\t_\t_\t_\t_\t{'long ' * 40}\t\n",
        )
    )
    assert [(mark.label, dict(mark.attributes)) for mark in found.annotations] == [
        ("PER", {"identifier": "http://x.org/1"}),
        ("Sentiment", {"Category": "abstract"}),
        ("Note", {"comment": "short"}),
        ("Note", {"comment": "long " * 40}),
    ]
    assert lost == {}
    found, _ = read(
        file(
            NAMED,
            "#T_SP=webanno.custom.Claim|value",
            body="#Text=Ada\n1-1\t0-3\tAda\t*\tPER\tmain\t\n",
        )
    )
    assert [(mark.label, dict(mark.attributes)) for mark in found.annotations] == [
        ("PER", {}),
        ("main", {"layer": "Claim"}),
    ]


def test_numbers_join_tokens_and_part_what_is_stacked() -> None:
    found, _ = read(
        file(
            "#T_SP=webanno.custom.Span|value",
            body="#Text=Ms. Haag won\n1-1\t0-3\tMs.\tPER[1]|TITLE[2]\t\n1-2\t4-8\tHaag\tPER[1]\t\n"
            "1-3\t9-12\twon\t_\t\n1-3.1\t9-10\tw\tX[3]|PER\\[4\\][4]\t\n"
            "\n#Text=twice\n2-1\t13-18\ttwice\t_\t\n2-1.1\t13-15\ttw\tX[3]\t\n",
        )
    )
    assert found.document.text == "Ms. Haag won\ntwice"
    assert spans(found) == [
        ("PER", "Ms. Haag"),
        ("TITLE", "Ms."),
        ("X", "won\ntw"),
        ("PER[4]", "w"),
    ]


def test_chains_relations_and_slots_become_relations() -> None:
    found, lost = read(
        file(
            "#T_SP=webanno.custom.Frame|FE|ROLE_webanno.custom.Frame:Roles_webanno.custom.FrameRolesLink|webanno.custom.Lu",
            "#T_SP=webanno.custom.Lu|luvalue",
            "#T_CH=webanno.custom.CorefLink|referenceType|referenceRelation",
            "#T_RL=webanno.custom.Relation|boolValue|value|BT_webanno.custom.Lu",
            body="#Text=Bob sold his clock\n"
            "1-1\t0-3\tBob\t_\t_\t_\tbob\tnam[1]\tcoref->1-1\t_\t_\t_\t\n"
            "1-2\t4-8\tsold\tsale\tseller;*\t1-1;1-3[4]\t_\t_\t_\t_\t_\t_\t\n"
            "1-3\t9-12\this\t_\t_\t_\tclock[4]|his[5]\tpr[1]\t*->1-2\ttrue|*\tby|*\t1-1[0_4]|1-3[4_5]\t\n"
            "1-4\t13-18\tclock\t_\t_\t_\tclock[4]\t_\t_\t_\t_\t_\t\n",
        )
    )
    assert spans(found) == [
        ("bob", "Bob"), ("nam", "Bob"), ("sale", "sold"), ("clock", "his clock"), ("his", "his"),
        ("pr", "his"),
    ]  # fmt: skip
    assert sorted(relations(found)) == [
        ("Bob", "by", "his clock"),
        ("Bob", "coref", "his"),
        ("his clock", "Relation", "his"),
        ("sold", "Roles", "his clock"),
        ("sold", "seller", "Bob"),
    ]
    assert [dict(each.extra) for each in found.relations if each.label == "by"] == [
        {"features": {"boolValue": "true"}}
    ]
    assert lost == {}


def test_what_is_said_of_tokens_and_what_has_no_character_is_counted() -> None:
    pos = "de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS"
    found, lost = read(
        file(
            f"#T_SP={pos}|PosValue",
            "#T_SP=webanno.custom.Span|",
            "#T_RL=de.tudarmstadt.ukp.dkpro.core.api.syntax.type.dependency.Dependency"
            f"|DependencyType|BT_{pos}",
            "#T_RL=webanno.custom.Near|BT_webanno.custom.Span",
            body="#Sentence.id=s1\n#Text=Ada left\n1-1\t0-3\tAda\tPROPN\t*\tnsubj\t1-2\t_\t\n"
            "1-1.1\t3-3\t\t_\t*\t_\t_\t1-1\t\n1-2\t4-8\tleft\tVERB\t_\troot\t1-2\t_\t\n",
        )
    )
    assert (spans(found), found.relations) == ([("Span", "Ada")], ())
    assert lost == {
        "tokens, sentences and what is said of them": 4,
        "spans without a character": 1,
        "relations of what is no mark": 1,
        "comments": 1,
    }


def test_text_and_values_are_unescaped() -> None:
    found, _ = read(
        file(
            "#T_SP=webanno.custom.Span|value",
            body="#Text=a\\tb\\\\n [x] \\r\n#Text=c\n1-1\t0-1\ta\t\\_\t\n1-2\t2-5\tb\\\\n\t"
            "\\*\\|\\;\\[1\\]\\->\\\\[2]\t\n1-3\t6-9\t[x]\t_\t\n1-4\t12-13\tc\t\\n\t\n",
        )
    )
    assert found.document.text == "a\tb\\n [x] \nc"
    assert spans(found) == [("_", "a"), ("*|;[1]->\\", "b\\n"), ("\n", "c")]


@pytest.mark.parametrize(
    ("begin", "text"), [(3, "oneTwo"), (4, "one\nTwo"), (5, "one\n Two"), (6, "one\n  Two")]
)
def test_what_stood_between_sentences_is_a_line_end_and_spaces(begin: int, text: str) -> None:
    found, _ = read(
        file(
            "#T_SP=webanno.custom.Span|value",
            body=f"#Text=one\n1-1\t0-3\tone\t_\n\n#Text=Two\n2-1\t{begin}-{begin + 3}\tTwo\tx\n",
        )
    )
    assert (found.document.text, spans(found)) == (text, [("x", "Two")])


def test_the_export_of_a_project_says_document_and_annotator() -> None:
    text = file("#T_SP=webanno.custom.Span|value", body="#Text=Ada\n1-1\t0-3\tAda\tx\n")
    (ada, _), (bob, _) = (read(text, f"annotation/story.txt/{who}.tsv") for who in ("ada", "bob"))
    assert (ada.document.title, ada.document.id) == ("story.txt", bob.document.id)
    assert [each.layer and each.layer.annotator for each in (ada, bob)] == ["ada", "bob"]
    assert ada.annotations[0].id != bob.annotations[0].id


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("1-1\t0-3\tAda\tx\n", "line 5: there is no “#Text=” before “1-1"),
        ("#Text=Ada\n1-1\t0-3\tAda\n", "line 6: here are 0 columns behind the token, and the head"),
        ("#Text=Ada\n1-1\t0-3\tAda\tx\ty\n", "line 6: here are 2 columns behind the token"),
        ("#Text=Ada\n1-1\t0-2\tAda\tx\n", "line 6: “Ada” does not stand at 0–2 of the text"),
        ("#Text=Ada\nAda\tB-x\n", "line 6: “Ada\tB-x” is no token; it begins with its number"),
        ("#Text=A\n1-1\t0-1\tA\tx\n1-1\t0-1\tA\tx\n", "line 7: there is a token 1-1 already"),
        (
            "#Text=Ada\n1-1\t0-3\tAda\tx\n\n#Text=left\n2-1\t0-4\tleft\tx\n",
            "line 8: the sentence begins at 0, before the one before it ends (3)",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(body: str, reason: str) -> None:
    assert refused(file("#T_SP=webanno.custom.Span|value", body=body)).startswith(reason)


def test_of_a_bad_line_the_spans_of_its_sentence_are_left_out_and_the_text_stays() -> None:
    told: list[BadLine] = []
    found, _ = read(
        file(
            "#T_SP=webanno.custom.Span|value",
            body="#Text=Ada met\n1-1\t0-3\tAda\tx\n1-2\t4-7\tmet\tx\ty\n\n#Text=Bob .\n"
            "2-1\t8-11\tBob\tx\n2-2\t12-13\t.\t_\n\n#Text=Cleo\n3-1\t14-17\tCleo\tx\n",
        ),
        bad=told,
    )
    assert (found.document.text, spans(found)) == ("Ada met\nBob .\nCleo", [("x", "Bob")])
    assert [error.line for error in told] == [7, 14]


WORDS = st.text(st.sampled_from("aé😀𐍈北\u0301\\|[]_*;.->"), min_size=1, max_size=4)


def escaped(value: str) -> str:
    return re.sub(r"->|[\\\[\]|_;*]", lambda found: "\\" + found[0], value)


@given(
    st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 14), st.integers(0, 3), WORDS), max_size=5),
    st.booleans(),
)
def test_spans_stand_where_the_offsets_say_whoever_counted(
    sentences: list[list[str]], marks: list[tuple[int, int, str]], is_utf16: bool
) -> None:
    """``marks``: the first token, how many more, and the label."""

    def length(text: str) -> int:
        return len(text.encode("utf-16-le")) // 2 if is_utf16 else len(text)

    text = "\n".join(" ".join(words) for words in sentences)
    tokens = [word for words in sentences for word in words]
    kept = [(first, min(first + more, len(tokens) - 1), label) for first, more, label in marks
            if first < len(tokens)]  # fmt: skip
    starts, place, lines, number = [], 0, [], 0
    for sentence, words in enumerate(sentences, 1):
        lines.append(f"#Text={' '.join(words)}".replace("\\", "\\\\"))
        for token, word in enumerate(words, 1):
            starts.append(place)
            begin, end = length(text[:place]), length(text[: place + len(word)])
            on = [f"{escaped(label)}[{n}]" for n, (first, last, label) in enumerate(kept, 1)
                  if first <= number <= last]  # fmt: skip
            form = word.replace("\\", "\\\\")
            lines.append(f"{sentence}-{token}\t{begin}-{end}\t{form}\t{'|'.join(on) or '_'}\t")
            place, number = place + len(word) + 1, number + 1
        lines.append("")
    found, _ = read(file("#T_SP=webanno.custom.Span|value", body="\n".join(lines)))
    assert found.document.text == text
    assert sorted((mark.start, mark.end, mark.label) for mark in found.annotations) == sorted(
        (starts[first], starts[last] + len(tokens[last]), label) for first, last, label in kept
    )


@given(st.text("#Text=T_SP\t\n-1230[]|_*\\.>a", max_size=120))
def test_anything_is_read_or_refused(body: str) -> None:
    told: list[BadLine] = []
    text = file("#T_SP=webanno.custom.Span|value", body=body)
    assert len(list(webanno.read(io.BytesIO(text.encode()), told.append))) <= 1
    assert all(error.line is not None for error in told)
