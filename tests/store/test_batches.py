"""Many marks are changed by one act: what cannot be done is told before, and one undo suffices."""

import pytest

from annotations.document import Annotation, Origin
from annotations.errors import BadInput, ChangedSince, QuoteMismatch
from annotations.store import KeptDocument
from annotations.store.batches import BatchStale, Wish
from tests.store.desk import TEXT, Desk

OTHER = "Merkel asked Putin to talk."


def versions(desk: Desk, *uids: str) -> dict[str, int | None]:
    return {uid: desk.get(uid).version for uid in uids}


def perform(desk: Desk, wish: Wish, *uids: str, **how: bool) -> list[str]:
    """Do it in the desk's document; gives the ids of the marks that it changed."""
    act = desk.act("batch", request=[str(wish), uids])
    chosen = versions(desk, *uids)
    outcome = desk.store.batches.perform(act, desk.project, chosen, wish, **how)
    return outcome.result["touched"]["annotations"]


@pytest.fixture
def three(desk: Desk) -> tuple[str, str, str]:
    return desk.mark("Maduro"), desk.mark("Trump"), desk.mark("Reuters", "claim")


@pytest.mark.parametrize(
    ("wish", "field", "value"),
    [
        (Wish(verb="label", value="demand"), "label", "demand"),
        (Wish(verb="entity", value="Somebody"), "entity", "Somebody"),
        (Wish(verb="unsure", value=True), "unsure", True),
    ],
)
def test_several_marks_change_and_one_undo_brings_them_back(
    desk: Desk, three: tuple[str, str, str], wish: Wish, field: str, value: object
) -> None:
    before = desk.marks()

    assert perform(desk, wish, *three[:2]) == list(three[:2])
    assert [getattr(desk.get(uid), field) for uid in three[:2]] == [value, value]
    desk.undo()
    assert desk.marks() == before
    desk.redo()
    assert [getattr(desk.get(uid), field) for uid in three[:2]] == [value, value]


def test_deleting_takes_the_relations_along_and_undo_brings_both(
    desk: Desk, three: tuple[str, str, str]
) -> None:
    desk.relate(three[2], "made by", three[1])
    before = (desk.marks(), desk.joined())
    wish = Wish(verb="delete")

    assert len(desk.store.batches.plan(desk.project, versions(desk, *three), wish).torn) == 1
    perform(desk, wish, *three)

    assert (desk.marks(), desk.joined()) == ([], [])
    desk.undo()
    assert (desk.marks(), desk.joined()) == before


def test_relations_that_do_not_fit_the_new_label_go_and_are_told_before(
    desk: Desk, three: tuple[str, str, str]
) -> None:
    maduro, trump, claim = three
    relation = desk.relate(claim, "made by", trump)
    desk.relate(claim, "reported by", maduro)
    wish = Wish(verb="label", value="demand")

    plan = desk.store.batches.plan(desk.project, versions(desk, trump), wish)
    assert plan.torn == [relation]
    perform(desk, wish, trump)
    assert desk.joined() == [(claim, "reported by", maduro)]
    plan = desk.store.batches.plan(desk.project, versions(desk, claim), wish)
    assert plan.torn == []
    desk.undo()
    assert len(desk.joined()) == 2


def test_what_a_label_does_not_have_is_refused_for_its_marks_alone(
    desk: Desk, three: tuple[str, str, str]
) -> None:
    wish = Wish(verb="attribute", attribute="stance", value="against")
    plan = desk.store.batches.plan(desk.project, versions(desk, *three), wish)

    assert [mark.value.id for mark in plan.fits] == [three[2]]
    assert [(r.id, r.why) for r in plan.refused] == [
        (three[0], "attribute"),
        (three[1], "attribute"),
    ]
    assert perform(desk, wish, *three) == [three[2]]
    assert desk.get(three[2]).attributes == {"stance": "against"}
    assert desk.get(three[0]).attributes == {}


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (Wish(verb="entity", value="X"), ["", "", "entity"]),
        (Wish(verb="concept", value="X"), ["concept", "concept", ""]),
        (Wish(verb="attribute", attribute="stance", value="sideways"), ["attribute"] * 3),
        (Wish(verb="label", value="claim"), ["", "", ""]),
    ],
)
def test_each_mark_that_cannot_is_told_with_its_reason(
    desk: Desk, three: tuple[str, str, str], wish: Wish, why: list[str]
) -> None:
    plan = desk.store.batches.plan(desk.project, versions(desk, *three), wish)
    reasons = {refusal.id: refusal.why for refusal in plan.refused}

    assert [reasons.get(uid, "") for uid in three] == why


def test_marks_that_are_so_already_are_left_alone(desk: Desk, three: tuple[str, str, str]) -> None:
    wish = Wish(verb="label", value="actor")
    seen = desk.get(three[0]).version

    assert perform(desk, wish, *three) == [three[2]]
    assert desk.get(three[0]).version == seen
    with pytest.raises(BadInput, match="None of these marks would be changed"):
        perform(desk, wish, *three)


def test_a_mark_changed_meanwhile_stops_all_unless_it_is_to_be_left_out(
    desk: Desk, three: tuple[str, str, str]
) -> None:
    chosen = versions(desk, *three)
    desk.edit(three[1], by=desk.bob, note="Mine")
    wish = Wish(verb="unsure", value=True)

    with pytest.raises(BatchStale) as refused:
        desk.store.batches.perform(desk.act("batch"), desk.project, chosen, wish)
    assert refused.value.ids == (three[1],)
    assert [desk.get(uid).unsure for uid in three] == [False, False, False]
    act = desk.act("batch")
    desk.store.batches.perform(act, desk.project, chosen, wish, skip_stale=True)
    assert [desk.get(uid).unsure for uid in three] == [True, False, True]


def test_a_mark_that_is_gone_is_told(desk: Desk, three: tuple[str, str, str]) -> None:
    chosen = versions(desk, *three)
    desk.delete(three[0])

    plan = desk.store.batches.plan(desk.project, chosen, Wish(verb="delete"))

    assert [(r.id, r.why) for r in plan.refused] == [(three[0], "gone")]


def test_a_frozen_layer_is_left_alone(desk: Desk, three: tuple[str, str, str]) -> None:
    with desk.store.database.writing() as db:
        db.conn.execute("update layers set frozen = 1")

    plan = desk.store.batches.plan(desk.project, versions(desk, *three), Wish(verb="delete"))

    assert {refusal.why for refusal in plan.refused} == {"frozen"}


@pytest.mark.parametrize(
    "wish",
    [
        Wish(verb="paint"),
        Wish(verb="attribute", attribute="smell", value="sweet"),
        Wish(verb="attribute", value="sweet"),
    ],
    ids=str,
)
def test_a_wish_that_nobody_can_fulfil_is_refused(
    desk: Desk, three: tuple[str, str, str], wish: Wish
) -> None:
    with pytest.raises(BadInput):
        desk.store.batches.plan(desk.project, versions(desk, *three), wish)


def test_the_same_send_twice_does_it_once(desk: Desk, three: tuple[str, str, str]) -> None:
    wish = Wish(verb="unsure", value=True)
    act = desk.act("batch", request="the same")
    chosen = versions(desk, *three)

    first = desk.store.batches.perform(act, desk.project, chosen, wish)
    again = desk.store.batches.perform(act, desk.project, chosen, wish)

    assert (again.seq, again.result, again.repeated) == (first.seq, first.result, True)


# --- over several documents


@pytest.fixture
def other(desk: Desk) -> Desk:
    return desk.beside(desk.put(OTHER, title="Other", uid="other"))


def in_other(other: Desk, quote: str) -> str:
    start = OTHER.index(quote)
    draft = Annotation(id=f"o-{quote}", start=start, end=start + len(quote), label="actor")
    other.add(draft)
    return draft.id


def test_a_batch_over_two_documents_is_one_act_of_the_project(desk: Desk, other: Desk) -> None:
    here, there = desk.mark("Maduro"), in_other(other, "Merkel")
    before = [desk.store.log.version(each.document.key) for each in (desk, other)]
    act = desk.project_act("batch")
    chosen = versions(desk, here, there)
    wish = Wish(verb="label", value="claim")

    outcome = desk.store.batches.perform(act, desk.project, chosen, wish)

    assert [desk.get(uid).label for uid in (here, there)] == ["claim", "claim"]
    after = [desk.store.log.version(each.document.key) for each in (desk, other)]
    assert after == [outcome.seq, outcome.seq] != before
    desk.store.log.undo(desk.project_act("undo"))
    assert [desk.get(uid).label for uid in (here, there)] == ["actor", "actor"]


def test_an_act_in_one_document_takes_no_marks_of_another(desk: Desk, other: Desk) -> None:
    there = in_other(other, "Merkel")

    with pytest.raises(Exception, match="There is no mark"):
        perform(desk, Wish(verb="delete"), there)
    assert desk.get(there).label == "actor"


def test_undo_of_a_batch_stops_where_somebody_changed_one_of_them(desk: Desk, other: Desk) -> None:
    here, there = desk.mark("Maduro"), in_other(other, "Merkel")
    act = desk.project_act("batch")
    wish = Wish(verb="label", value="claim")
    desk.store.batches.perform(act, desk.project, versions(desk, here, there), wish)
    other.edit(there, by=desk.bob, note="Mine")

    with pytest.raises(ChangedSince):
        desk.store.log.undo(desk.project_act("undo"))
    assert [desk.get(uid).label for uid in (here, there)] == ["claim", "claim"]


# --- marking many places


def drafts(
    document: KeptDocument, text: str, *quotes: str
) -> list[tuple[KeptDocument, Annotation, str]]:
    return [
        (
            document,
            Annotation(
                id="",
                start=text.index(quote),
                end=text.index(quote) + len(quote),
                label="actor",
                origin=Origin("hand", "concordance"),
            ),
            quote,
        )
        for quote in quotes
    ]


def test_many_places_are_marked_in_ones_own_layer_by_one_act(desk: Desk, other: Desk) -> None:
    made = [
        *drafts(desk.document, TEXT, "Maduro", "Trump"),
        *drafts(other.document, OTHER, "Putin"),
    ]

    desk.store.batches.mark(desk.project_act("batch mark"), desk.project, desk.ada, made)

    assert desk.quotes() == ["Maduro", "Trump"]
    assert [(m.quote(OTHER), m.origin) for m in other.marks()] == [
        ("Putin", Origin("hand", "concordance"))
    ]
    desk.store.log.undo(desk.project_act("undo"))
    assert (desk.marks(), other.marks()) == ([], [])


def test_a_place_that_bears_the_label_already_is_left_out(desk: Desk) -> None:
    desk.mark("Trump")
    make = lambda *quotes: desk.store.batches.mark(  # noqa: E731
        desk.act("batch mark"), desk.project, desk.ada, drafts(desk.document, TEXT, *quotes)
    )

    outcome = make("Maduro", "Trump")

    assert (desk.quotes(), outcome.result["left"]) == (["Maduro", "Trump"], 1)
    with pytest.raises(BadInput, match="already"):
        make("Maduro")


def test_a_place_that_reads_otherwise_stops_all(desk: Desk) -> None:
    (good,) = drafts(desk.document, TEXT, "Maduro")
    bad = (desk.document, drafts(desk.document, TEXT, "Trump")[0][1], "Biden")

    with pytest.raises(QuoteMismatch):
        desk.store.batches.mark(desk.act("batch mark"), desk.project, desk.ada, [good, bad])
    assert desk.marks() == []
