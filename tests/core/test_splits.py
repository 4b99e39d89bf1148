"""Which document goes into which part."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import splits
from annotations.document import Document
from annotations.errors import BadInput, BadLine
from annotations.splits import Assignment, Pair, Place, Plan, assign

STORY = "the strike began at dawn when workers of the harbour left their posts and marched " * 3
"""A text, and what is nearly the same."""
COPY = f"{STORY}and went home"
OTHER = " ".join(f"word{number}" for number in range(60))


def document(uid: str, text: str = "", source: str = "", **meta: object) -> Document:
    return Document(id=uid, title=uid, text=text, source=source, meta=meta)


def assigned(
    documents: list[Document], plan: Plan | None = None, frozen: dict[str, Place] | None = None
) -> Assignment:
    texts = {each.id: each.text for each in documents}
    return assign(documents, plan or Plan(), texts.__getitem__, frozen)


def parts_of(made: Assignment) -> dict[str, str]:
    return {uid: place.part for uid, place in made.places.items()}


# --- the hash decides

texts = st.sampled_from([STORY, COPY, OTHER, f"{OTHER} {STORY}", f"{STORY} {OTHER}", ""])
some = st.lists(
    st.tuples(texts, st.sampled_from(["", "a.example", "https://b.example/x"])), max_size=12
)


@given(some, some, st.sampled_from(["document", "site", "near", "meta:outlet"]), st.text())
def test_adding_documents_never_moves_one(
    first: list[tuple[str, str]], more: list[tuple[str, str]], by: str, seed: str
) -> None:
    plan = Plan(by=by, seed=seed)
    documents = [
        document(f"d{number}", text, source, outlet=source)
        for number, (text, source) in enumerate(first + more)
    ]

    before = assigned(documents[: len(first)], plan)
    after = assigned(documents, plan)

    assert {uid: after.places[uid] for uid in before.places} == before.places


@given(some, some, st.sampled_from(["document", "site", "near"]))
def test_what_is_frozen_stays_also_when_others_go(
    first: list[tuple[str, str]], more: list[tuple[str, str]], by: str
) -> None:
    documents = [document(f"d{n}", text, source) for n, (text, source) in enumerate(first)]
    frozen = assigned(documents, Plan(by=by)).places
    later = documents[1::2] + [document(f"e{n}", text, src) for n, (text, src) in enumerate(more)]

    after = assigned(later, Plan(by=by, seed="another"), frozen)

    assert {d.id: after.places[d.id] for d in documents[1::2]} == {
        d.id: frozen[d.id] for d in documents[1::2]
    }


@given(st.lists(st.text(max_size=5), max_size=30), st.randoms())
def test_the_order_of_documents_does_not_matter_to_groups(names: list[str], random: object) -> None:
    documents = [document(f"d{n}", group=name) for n, name in enumerate(names)]
    shuffled = list(documents)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    plan = Plan(by="meta:group")

    assert parts_of(assigned(documents, plan)) == parts_of(assigned(shuffled, plan))


def test_the_hash_is_the_same_on_every_machine() -> None:
    made = assigned([document(f"d{number}") for number in range(8)])

    assert parts_of(made) == {
        **dict.fromkeys(["d0", "d1", "d2", "d3", "d4", "d5", "d7"], "train"),
        "d6": "test",
    }


def test_shares_are_kept_over_many() -> None:
    made = assigned([document(f"d{number}") for number in range(4000)])
    counted = [list(parts_of(made).values()).count(part) / 4000 for part in splits.USUAL]

    assert [round(share, 1) for share in counted] == [0.8, 0.1, 0.1]


def test_another_seed_is_another_split() -> None:
    documents = [document(f"d{number}") for number in range(100)]

    assert parts_of(assigned(documents)) != parts_of(assigned(documents, Plan(seed="2")))


# --- groups


@pytest.mark.parametrize(
    ("source", "site"),
    [
        ("https://www.example.org/a/b?c", "example.org"),
        ("HTTP://Example.ORG:8080/", "example.org"),
        ("news.example.org/story", "news.example.org"),
        ("The Daily Postil", "the daily postil"),
        ("//example.org/x", "example.org"),
        ("https://[::1", "https://[::1"),
        ("", ""),
    ],
)
def test_a_site_is_the_host_of_an_address(source: str, site: str) -> None:
    assert splits.site(source) == site


def test_what_comes_from_one_site_stays_together() -> None:
    documents = [document(f"d{n}", source=f"https://example.org/{n}") for n in range(20)]

    made = assigned(documents, Plan(by="site"))

    assert len(set(parts_of(made).values())) == 1
    assert {place.group for place in made.places.values()} == {"site: example.org"}


def test_what_says_nothing_of_its_group_stands_for_itself() -> None:
    made = assigned([document("a", outlet="X"), document("b")], Plan(by="meta:outlet"))

    assert [made.places[uid].group for uid in "ab"] == ["meta:outlet: X", "document: b"]
    assert made.alone == 1


def test_texts_nearly_the_same_go_where_the_first_of_them_went() -> None:
    documents = [document("first", STORY)] + [document(f"copy{n}", COPY) for n in range(20)]

    made = assigned(documents, Plan(by="near"))

    assert {place.group for place in made.places.values()} == {"document: first"}
    assert made.across == []


def test_texts_nearly_the_same_in_two_parts_are_found() -> None:
    documents = [document("a", STORY), document("b", OTHER), document("c", COPY)]
    frozen = {"a": Place("train", "x"), "b": Place("test", "y"), "c": Place("test", "z")}

    made = assigned(documents, Plan(), frozen)

    ((one, other, how),) = [(p.one, p.other, p.resemblance) for p in made.across]
    assert (one, other) == ("a", "c")
    assert 0.5 < how < 1
    assert made.of({"a", "b"}).across == []
    assert made.of({"a", "c"}).across == [Pair("a", "c", how)]


def test_a_new_document_joins_the_frozen_part_of_its_group() -> None:
    frozen = {"old": Place("test", "site: example.org")}
    new = [document(f"n{n}", source="https://example.org/") for n in range(5)]

    made = assigned(new, Plan(by="site"), frozen)

    assert set(parts_of(made).values()) == {"test"}


# --- plans and files


def test_parts_are_read_with_exact_shares() -> None:
    assert splits.parts("train=0.8, test=1/5") == {"train": Fraction(4, 5), "test": Fraction(1, 5)}


@pytest.mark.parametrize("said", ["train", "train=x", "train=1,train=2", "", "=", "train=1/0"])
def test_parts_that_cannot_be_read_are_refused(said: str) -> None:
    with pytest.raises(BadInput):
        splits.parts(said)


@pytest.mark.parametrize(
    "plan",
    [
        Plan({"../x": Fraction(1)}),
        Plan({"train": Fraction(0)}),
        Plan({}),
        Plan(by="colour"),
        Plan(by="meta:"),
    ],
)
def test_plans_that_cannot_be_followed_are_refused(plan: Plan) -> None:
    with pytest.raises(BadInput):
        plan.checked()


def test_a_frozen_part_must_be_in_the_plan() -> None:
    with pytest.raises(BadInput, match="“old”"):
        assigned([], Plan(), {"a": Place("old", "g")})


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        st.builds(
            Place,
            st.sampled_from(["train", "test"]),
            st.text(st.characters(exclude_categories=["Cs"])),
        ),
    )
)
def test_an_assignment_comes_back_as_it_was_written(places: dict[str, Place]) -> None:
    assert splits.read(splits.write(places)) == places


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", 1),
        (b"document\tpart\tgroup\na\ttrain\n", 2),
        (b"document\tpart\tgroup\na\ttrain\tx\n\na\ttest\tx\n", 4),
        (b"document\tpart\tgroup\na\t../x\tx\n", 2),
        (b"document\tpart\tgroup\na\ttrain\t\xff\n", 2),
    ],
)
def test_a_file_that_is_no_assignment_is_refused_with_its_line(data: bytes, line: int) -> None:
    with pytest.raises(BadLine) as caught:
        splits.read(data, "a.tsv")

    assert (caught.value.name, caught.value.line) == ("a.tsv", line)


def test_a_plan_comes_back_from_plain_data() -> None:
    plan = Plan({"a": Fraction(1, 3), "b": Fraction(2)}, "near", "s")

    assert splits.from_data(splits.as_data(plan)) == plan
    for broken in ({}, {"parts": 3}, {"parts": {"a": "x"}, "by": "site", "seed": ""}):
        with pytest.raises(BadInput):
            splits.from_data(broken)
