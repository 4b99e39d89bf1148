"""Corpora as brat and its users keep them: ids, notes, people's folders, names, encodings, and
lines that are bad among good ones."""

import unicodedata
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.document import Annotated
from annotations.errors import BadLine
from annotations.formats import Reading, brat
from tests.formats.test_brat import files, lines, marks, member, one, relations

TEXT = "Ada met Bob.\nCleo left Rome early."
GOOD = ["T1\tPER 0 3\tAda", "T2\tPER 8 11\tBob", "T4\tPER 13 17\tCleo", "R1\tmet Arg1:T1 Arg2:T2"]


def kept(*said: str, text: str = TEXT) -> tuple[Annotated, list[str], Counter[str]]:
    """The document of these lines with bad ones left out, and what is said of that."""
    problems: list[BadLine] = []
    reading = Reading()
    members = [member("s.txt", text), member("s.ann", "\n".join(said) + "\n")]
    (found,) = brat.gather(members, problems.append, reading)
    return found, [str(problem) for problem in problems], reading.lost


# ── bad lines ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("bad", "problems"),
    [
        (
            ["T3\tEvent 13 33\tCleo left Paris early"],
            [
                "T3: the text is not what it quotes: at 13–33 expected “Cleo left Paris early”, "
                "found “Cleo left Rome early” (first difference at character 11: expected “P” "
                "U+0050, found “R” U+0052)"
            ],
        ),
        (["T3\tPER 99 102\tEve"], ["T3: 99 lies outside of a text of 34 characters."]),
        (
            ["T32\tOrganization"],
            ["T32: a span is “Type START END”, then a tab and the text; parts of a span are "
             "separated by “;”"],
        ),
        (["T3 PER 0 3 Ada"], ["a line is an id (a letter and a number), a tab, and what it says"]),
        (["T1\tPER 8 11\tBob"], ["T1: this id stands twice in the file"]),
        (["R7\tmet Arg1:T1"], ["R7: a relation is “Type Arg1:ID Arg2:ID”"]),
        (["R7\tmet Arg1:T1 Arg2:T77"], ["R7: T77 is no span and no event of this file"]),
        (["E1\tMeet"], ["E1: an event is “Type:TRIGGER Role:ID …”"]),
    ],
)  # fmt: skip
def test_a_bad_line_is_left_out_alone(bad: list[str], problems: list[str]) -> None:
    found, said, _ = kept(*GOOD[:3], *bad, GOOD[3])
    assert marks(found) == [(0, 3, "PER"), (8, 11, "PER"), (13, 17, "PER")]
    assert relations(found) == [("Ada", "met", "Bob")]
    assert said == [f"s.ann, line 4: {problem}" for problem in problems]


def test_what_is_said_of_a_line_that_was_left_out_is_left_out_with_it() -> None:
    found, said, _ = kept(
        *GOOD,
        "T9\tPER 0 3\tEve",
        "E1\tMeet:T9 Who:T1",
        "E2\tMeet:T2 Who:T9 Where:T4",
        "R2\tmet Arg1:T1 Arg2:T9",
        "*\tSame T1 T9 T2",
        "A1\tNegated T9",
        "N1\tReference T9 Wiki:1\tEve",
        "#1\tAnnotatorNotes T9\twho?",
    )
    assert relations(found) == [
        ("Bob", "Where", "Cleo"), ("Ada", "met", "Bob"), ("Ada", "Same", "Bob"),
    ]  # fmt: skip
    assert [each.partition(": ")[0] for each in said] == [
        f"s.ann, line {number}" for number in (5, 6, 7, 8, 9, 10, 11, 12)
    ]
    assert not [line for line in lines(found) if "T9" in line]


def test_spans_that_quote_nothing_stay_out_where_no_quote_proves_their_place() -> None:
    found, said, _ = kept("T1\tPER 0 3\tEve", "T2\tPER 8 11", text="Ada met 🦊 Bob.")
    assert (marks(found), len(said)) == ([], 2)


def test_a_bad_file_of_many_is_left_out_alone() -> None:
    problems: list[BadLine] = []
    members = [
        member("postil.conf", "{"),
        member("ann/a.txt", TEXT),
        member("ann/a.ann", "\n".join(GOOD)),
        member("bea/a.txt", TEXT),
        member("bea/a.ann", b"T1\tPER 0 3\t\xff"),
        member("lone.ann", "T1\tPER 0 3\tAda"),
        member("z.txt", b"\xff\xfe"),
    ]
    found = list(brat.gather(members, problems.append))
    assert [(each.layer and each.layer.annotator, len(each.annotations)) for each in found] == [
        ("ann", 3)
    ]
    assert [(each.name, each.part) for each in problems] == [
        ("postil.conf", "file"), ("bea/a.ann", "file"), ("lone.ann", "file"), ("z.txt", "file"),
    ]  # fmt: skip


# ── ids and notes ─────────────────────────────────────────────────────────────────────────────────


def test_ids_that_brat_takes_come_back_as_they_came() -> None:
    long = "9" * 5000
    said = [
        "T0\tPER 0 3\tAda",
        "T01\tPER 8 11\tBob",
        "T1\tPER 13 17\tCleo",
        f"T{long}\tLOC 23 27\tRome",
        "R0\tmet Arg1:T0 Arg2:T01",
        "Ra5x\tmet Arg1:T1 Arg2:T0",
        "A00\tSure T1",
        "#0\tAnnotatorNotes T0\tfirst",
    ]
    assert lines(one(TEXT, *said)) == said


IDS = st.from_regex(r"T[A-Za-z]{0,2}[0-9]{1,25}[a-z.-]{0,2}", fullmatch=True)


@given(st.lists(IDS, min_size=1, max_size=6, unique=True))
def test_any_ids_come_back_and_new_ones_are_free(ids: list[str]) -> None:
    found = one("Ada", *(f"{uid}\tPER 0 3\tAda" for uid in ids))
    new = replace(found.annotations[0], id="new", extra={})
    again = [
        line.partition("\t")[0]
        for line in lines(replace(found, annotations=(*found.annotations, new)))
    ]
    assert set(ids) < set(again)
    assert len(set(again)) == len(ids) + 1


def test_every_note_on_a_mark_is_its_note() -> None:
    said = [
        "T1\tPER 0 3\tAda",
        "T2\tPER 8 11\tBob",
        "#1\tAnnotatorNotes T1\tfirst",
        "#2\tAnnotatorNotes T1\tsecond",
        "#3\tAnnotationError T1\twrong type",
        "#4\tAnnotationUnconfirmed T2",
    ]
    found = one(TEXT, *said)
    assert [mark.note for mark in found.annotations] == [
        "first\nsecond\nAnnotationError: wrong type", "AnnotationUnconfirmed",
    ]  # fmt: skip
    assert lines(found) == said


def test_lines_of_an_unknown_kind_are_kept_and_counted() -> None:
    found, said, lost = kept(*GOOD, "X1\tstrange T1", "a remark")
    assert (said, lost) == ([], {"lines of an unknown kind": 2})
    assert set(lines(found)) == {*GOOD, "X1\tstrange T1", "a remark"}


# ── people's folders, names and encodings ─────────────────────────────────────────────────────────


def layers(reading: Reading | None = None, **content: str) -> list[tuple[str, str]]:
    """The titles of the documents of files, each with whose marks there are."""
    members = []
    for name, text in content.items():
        path = name.replace("__", "/")
        members.append(member(f"{path}.txt", text))
        members.append(member(f"{path}.ann", f"T1\tX 0 3\t{text[:3]}\n"))
    found = brat.gather(members, None, reading)
    return sorted(
        (each.document.title, each.layer.annotator if each.layer else "") for each in found
    )


def test_a_folder_that_is_somebodys_for_one_text_is_theirs_for_all() -> None:
    reading = Reading()
    found = layers(
        reading, ann__s1="Ada met.", bea__s1="Ada met.", ann__s2="Cleo left.", bea__s3="Dan saw."
    )
    assert found == [("s1", "ann"), ("s1", "bea"), ("s2", "ann"), ("s3", "bea")]
    assert not reading.lost


def test_folders_within_folders_are_theirs_too() -> None:
    assert layers(
        one__ann__s1="Ada met.", one__bea__s1="Ada met.", two__ann__s2="Cleo.", two__bea__s3="Dan."
    ) == [("s1", "ann"), ("s1", "bea"), ("s2", "ann"), ("s3", "bea")]


def test_folders_that_are_nobodys_are_counted_because_they_are_not_kept() -> None:
    reading = Reading()
    assert layers(reading, train__a="Ada met.", test__b="Cleo left.") == [("a", ""), ("b", "")]
    assert reading.lost == {"folders of documents": 2}
    alone = Reading()
    layers(alone, corpus__a="Ada met.", corpus__b="Cleo left.")
    assert not alone.lost


def test_names_whose_letters_are_composed_differently_are_one_name() -> None:
    name = "caf\u00e9"
    members = [
        member(f"{unicodedata.normalize('NFC', name)}.txt", "Ada met."),
        member(f"{unicodedata.normalize('NFD', name)}.ann", "T1\tX 0 3\tAda\n"),
    ]
    for pair in (members, members[::-1]):
        (found,) = brat.gather(pair)
        assert (found.document.title, marks(found)) == ("caf\u00e9", [(0, 3, "X")])


def test_our_own_archive_is_known_again_whose_names_another_system_decomposed() -> None:
    found = one(TEXT, *GOOD)
    written = files(replace(found, document=replace(found.document, title="caf\u00e9", id="mine")))
    members = [member(unicodedata.normalize("NFD", n), text) for n, text in written.items()]
    (again,) = brat.gather(members)
    assert (again.document.id, again.document.title) == ("mine", "caf\u00e9")


@pytest.mark.parametrize("marks_have_one", [False, True])
@pytest.mark.parametrize("shift", [0, 1])
def test_a_byte_order_mark_is_no_letter(shift: int, marks_have_one: bool) -> None:
    """Whether or not whoever counted took it for one."""
    said = f"T1\tPER {shift} {3 + shift}\tAda\nT2\tPER {8 + shift} {11 + shift}\tBob\n"
    members = [
        member("a.txt", "\ufeffAda met Bob."),
        member("a.ann", ("\ufeff" if marks_have_one else "") + said),
    ]
    (found,) = brat.gather(members)
    assert found.document.text == "Ada met Bob."
    assert marks(found) == [(0, 3, "PER"), (8, 11, "PER")]
    assert not found.document.extra


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16le", "utf-8"])
def test_the_encoding_that_a_person_names_is_that_of_texts_and_marks(encoding: str) -> None:
    members = [
        member("a.txt", "José met Cleo.".encode(encoding)),
        member("a.ann", "T1\tPER 0 4\tJosé\n".encode(encoding)),
    ]
    (found,) = brat.gather(members, None, Reading(encoding=encoding))
    assert (found.document.text, marks(found)) == ("José met Cleo.", [(0, 4, "PER")])


def test_a_file_in_another_encoding_is_refused_with_what_to_do() -> None:
    members = [member("a.txt", "José".encode("windows-1252"))]
    with pytest.raises(BadLine, match=r"^a\.txt, line 1: the file is not in UTF-8; save it so, or"):
        list(brat.gather(members))
