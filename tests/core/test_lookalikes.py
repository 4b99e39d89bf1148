"""Texts whose paragraphs are nearly the same: marks follow their words, or are lost with them."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.anchoring import Anchored, reanchor
from annotations.spans import Span

NAMES = ["Alpha", "Beta", "Gamma", "Delta", "Omega", "Kappa", "Sigma"]
TEMPLATES = [
    "Team {} reported that the new deployment reduced latency by twelve percent in all regions.",
    "The minister of {} said that he lied. Nobody in {} believed it. The end.",
    "{}: pay rises by 3 percent",
    "{} 代表团说新的部署减少了延迟。没有人相信这一点。",
]


@dataclass(frozen=True)
class Case:
    """An old text of paragraphs, and a new one; ``homes`` are the numbers of the old paragraphs
    in the new one, and ``None`` for one that is new."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    homes: tuple[int | None, ...]
    between: str

    def place(self, paragraphs: tuple[str, ...], number: int) -> int:
        return sum(len(p) + len(self.between) for p in paragraphs[:number])

    def anchored(self, number: int, part: Span) -> Anchored:
        """Where a part of an old paragraph is found."""
        at = self.place(self.old, number)
        old, new = self.between.join(self.old), self.between.join(self.new)
        return reanchor(old, new, [Span(at + part.start, at + part.end)])[0]

    def right(self, number: int, part: Span) -> list[Span]:
        """Where a part of an old paragraph may stand, if that was not edited."""
        return [
            Span(at + part.start, at + part.end)
            for there, home in enumerate(self.homes)
            if home == number
            for at in [self.place(self.new, there)]
        ]


@st.composite
def paragraphs(draw: st.DrawFn) -> tuple[str, ...]:
    names = draw(st.lists(st.sampled_from(NAMES[:-1]), min_size=2, max_size=6, unique=True))
    template = draw(st.sampled_from(TEMPLATES))
    other = draw(st.sampled_from(TEMPLATES))
    return tuple((other if n % 3 == 2 else template).replace("{}", x) for n, x in enumerate(names))


def cases(old: tuple[str, ...], kind: str, draw: st.DrawFn) -> Case:
    homes: list[int | None] = list(range(len(old)))
    one = draw(st.integers(0, len(old) - 1))
    other = draw(st.integers(0, len(old) - 1).filter(lambda number: number != one))
    if kind == "delete":
        del homes[one]
    elif kind == "swap":
        homes[one], homes[other] = other, one
    elif kind == "repeat":
        homes.insert(other, one)
    elif kind == "insert":
        homes.insert(one, None)
    fresh = draw(st.sampled_from(TEMPLATES)).replace("{}", NAMES[-1])
    new = [fresh if home is None else old[home] for home in homes]
    if kind == "delete" and draw(st.booleans()):  # and something else was edited
        number = draw(st.integers(0, len(new) - 1))
        new[number] = new[number].replace("said", "told us").replace("twelve", "fifteen")
    return Case(old, tuple(new), tuple(homes), draw(st.sampled_from(["\n\n", "\n"])))


@st.composite
def marked(draw: st.DrawFn, kind: str) -> tuple[Case, int, Span]:
    """A case, the number of a paragraph, and a part of it that begins and ends with a word."""
    case = cases(draw(paragraphs()), kind, draw)
    number = draw(st.integers(0, len(case.old) - 1))
    text = case.old[number]
    borders = [0, *(p for p, c in enumerate(text) if c == " "), len(text)]
    low, high = sorted(draw(st.tuples(*[st.integers(0, len(borders) - 1)] * 2)))
    if low == high:
        low, high = max(0, low - 1), max(0, low - 1) + 1
    start = borders[low] + (text[borders[low]] == " ")
    return case, number, Span(start, borders[high])


@pytest.mark.parametrize("kind", ["swap", "repeat", "insert"])
@given(data=st.data())
def test_a_mark_follows_its_own_words(kind: str, data: st.DataObject) -> None:
    case, number, part = data.draw(marked(kind))
    found = case.anchored(number, part)
    assert found.span in case.right(number, part)
    assert found.how == "sure"


@given(marked("delete"))
def test_what_was_deleted_is_lost_and_nothing_else(case: tuple[Case, int, Span]) -> None:
    text, number, part = case
    found = text.anchored(number, part)
    if number not in text.homes:
        assert found.how == "lost"
    elif text.new[text.homes.index(number)] == text.old[number]:
        assert (found.span, found.how) == (text.right(number, part)[0], "sure")
    else:  # edited: never in another paragraph
        there = text.place(text.new, text.homes.index(number))
        assert there <= found.span.start
        assert found.span.end <= there + len(text.new[text.homes.index(number)])


A = "Team Alpha reported that the new deployment reduced latency by twelve percent in all regions."
B, C = A.replace("Alpha", "Beta"), A.replace("Alpha", "Gamma")
PHRASE = "reduced latency by twelve percent"
SAID = "1. The minister said: pay.\n2. The mayor said: pay.\n3. The union said: pay."
REFRAIN = "I came home late.\nOh my love, oh my love.\nI went out.\nOh my love, oh my love."


@pytest.mark.parametrize(
    ("old", "new", "quote", "nth"),
    [
        (f"{A}\n\n{B}", B, PHRASE, 0),
        (f"{A}\n\n{B}", A, PHRASE, 1),
        (f"{A}\n\n{B}\n\n{C}", f"{A}\n\n{C}", PHRASE, 1),
        (f"{A} {B} {C}", f"{B} {C}", PHRASE, 0),
        (f"{A}\n\n{'Nothing is here. ' * 30}\n\n{B}", f"{'Nothing is here. ' * 30}\n\n{B}", A, 0),
        (SAID, SAID.split("\n", 1)[1], "said: pay", 0),
        (REFRAIN, REFRAIN.replace("Oh my love, oh my love.\n", ""), "Oh my love", 0),
        (
            "Ana said that he lied. Bo said that he lied. End.",
            "Bo said that he lied. End.",
            "he",
            0,
        ),
    ],
)
def test_what_stood_elsewhere_already_is_nobody_elses_place(
    old: str, new: str, quote: str, nth: int
) -> None:
    start = -1
    for _ in range(nth + 1):
        start = old.index(quote, start + 1)
    assert reanchor(old, new, [Span(start, start + len(quote))])[0].how == "lost"


def found(old: str, new: str, quote: str) -> tuple[str, str]:
    """The line in which the first ``quote`` of a text is found, and how sure that is."""
    start = old.index(quote)
    (place,) = reanchor(old, new, [Span(start, start + len(quote))])
    assert place.span.of(new) == quote
    return new[place.span.start :].split("\n")[0], place.how


def test_a_list_in_another_order_takes_its_marks_along_though_its_numbers_change() -> None:
    first, second, third = (line[3:] for line in SAID.split("\n"))
    new = f"1. {third}\n2. {first}\n3. {second}"
    assert found(SAID, new, "The mayor said: pay") == ("The mayor said: pay.", "sure")


def test_paragraphs_that_moved_and_were_edited_are_told_apart() -> None:
    first, second = A.replace("twelve", "fifteen"), B.replace("all", "some")
    old, new = f"{A}\n\n{B}", f"{second}\n\n{first}"
    for paragraph, name, there in ((A, "Alpha", first), (B, "Beta", second)):
        part = f"{name} reported that the new deployment reduced latency"
        assert found(old, new, part)[0] == there[there.index(name) :]
        start = old.index(paragraph) + paragraph.index(PHRASE)
        (place,) = reanchor(old, new, [Span(start, start + len(PHRASE))])
        home = new.index(there)
        assert home < place.span.start
        assert place.span.end < home + len(there)


def test_which_of_two_equal_sentences_was_deleted_is_for_a_person_to_say() -> None:
    old, new = "Statement.\nAlpha spoke.\nStatement.\nBeta spoke.", "Statement.\nBeta spoke."
    first, second = reanchor(old, new, [Span(0, 9), Span(24, 33)])
    assert (first.span, first.how) == (Span(0, 9), "doubtful")
    assert second.how == "lost"


def test_paragraphs_that_were_joined_and_lines_that_were_wrapped_anew_keep_their_marks() -> None:
    old = f"{A}\n\n{B}\n\n{C}"
    for new in (f"{A} {B} {C}", old.replace("that the ", "that\nthe "), f"{A}\n{B} {C}"):
        for name in ("Team Alpha", "Team Beta", "Team Gamma"):
            assert found(old, new, name)[1] == "sure"
