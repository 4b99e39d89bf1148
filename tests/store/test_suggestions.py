"""Suggestions: offered anew, accepted, rejected, swept; and never taken for marks."""

import pytest

from annotations.document import Annotated, Annotation, Document, Layer, Origin, new_id
from annotations.errors import BadInput, ChangedSince, Frozen, NotFound, SpanOutOfText
from annotations.spans import Span
from annotations.store import Act, Outcome, Person
from annotations.store.suggestions import Choice, Rejected, Source, Suggestion
from annotations.suggest import Proposal
from annotations.suggest.again import How
from annotations.suggest.memory import Memory, Remembered
from tests.store.desk import TEXT, Desk, span_of


def proposal(quote: str, label: str = "actor", score: float = 0.8, **more: object) -> Proposal:
    start = TEXT.index(quote)
    return Proposal(start=start, end=start + len(quote), label=label, score=score, **more)  # type: ignore[arg-type]


def choice(quote: str, label: str = "actor") -> Choice:
    start = TEXT.index(quote)
    return Choice(start, start + len(quote), label)


class Table:
    """A desk with suggestions on it."""

    def __init__(self, desk: Desk):
        self.desk = desk
        self.suggestions = desk.store.suggestions

    def offer(self, *proposals: Proposal, source: str = "memory") -> int:
        return self.suggestions.offer(self.desk.document, source, proposals)

    def open(self, by: Person | None = None, **how: object) -> list[Suggestion]:
        desk = self.desk
        return self.suggestions.open(desk.project, by or desk.ada, desk.document, **how)  # type: ignore[arg-type]

    def quotes(self, by: Person | None = None, **how: object) -> list[tuple[str, str]]:
        return [(TEXT[s.start : s.end], s.label) for s in self.open(by, **how)]

    def accept(self, *choices: Choice, by: Person | None = None, op: str = "") -> Outcome:
        desk, by = self.desk, by or self.desk.ada
        act = desk.act("accept", by, op, repr(choices))
        return self.suggestions.accept(act, desk.project, by, desk.document, choices)

    def reject(self, *choices: Choice, by: Person | None = None, op: str = "") -> Outcome:
        desk, by = self.desk, by or self.desk.ada
        act = desk.act("reject", by, op, repr(choices))
        return self.suggestions.reject(act, desk.project, by, desk.document, choices)

    def sweep(self, threshold: float, by: Person | None = None, op: str = "") -> Outcome:
        desk, by = self.desk, by or self.desk.ada
        act = desk.act("sweep", by, op, threshold)
        return self.suggestions.sweep(act, desk.project, by, desk.document, threshold)


@pytest.fixture
def table(desk: Desk) -> Table:
    return Table(desk)


# --- offering


def test_an_offer_replaces_what_its_source_offered_before(table: Table) -> None:
    table.offer(proposal("Maduro"), proposal("Trump"))
    table.offer(proposal("Reuters"), source="rules")
    table.offer(proposal("Trump"))
    table.offer(proposal("Trump"))
    assert table.quotes() == [("Trump", "actor"), ("Reuters", "actor")]
    assert table.suggestions.sources(table.desk.document) == [
        Source("memory", 1), Source("rules", 1),
    ]  # fmt: skip


def test_a_suggestion_says_what_its_mark_will_say(table: Table) -> None:
    table.desk.mark("Maduro", entity="Nicolás Maduro", by=table.desk.bob)
    table.offer(proposal("Maduro", entity="Nicolás Maduro"))
    table.offer(proposal("Trump", detail="Presidents"), source="rules")
    table.offer(proposal("Reuters", detail="m1", score=0.6), source="model")
    table.offer(proposal("lift", label="demand"), source="tagger 2.0")
    assert [(s.entity, s.source, s.origin) for s in table.open()] == [
        ("Nicolás Maduro", "memory", Origin("memory", "", 0.8)),
        (None, "rules", Origin("rule", "Presidents", 0.8)),
        (None, "tagger 2.0", Origin("model", "tagger 2.0", 0.8)),
        (None, "model", Origin("model", "m1", 0.6)),
    ]


def test_what_the_codebook_does_not_know_is_passed_over(table: Table) -> None:
    assert table.offer(proposal("Maduro", label="weather"), proposal("Trump")) == 1
    with pytest.raises(SpanOutOfText):
        table.offer(Proposal(start=0, end=10_000, label="actor", score=1))
    with pytest.raises(BadInput):
        table.offer(proposal("Trump"), source=" ")
    assert table.quotes() == [("Trump", "actor")]


def test_of_overlapping_suggestions_the_surest_stays(table: Table) -> None:
    table.offer(
        proposal("Maduro asked Trump", score=0.5),
        proposal("Maduro", score=0.9),
        proposal("Trump", score=0.5),
        proposal("Maduro asked Trump", label="claim", score=0.3),
    )
    assert table.quotes() == [
        ("Maduro asked Trump", "claim"), ("Maduro", "actor"), ("Trump", "actor"),
    ]  # fmt: skip
    table.reject(choice("Maduro"))
    assert table.quotes() == [("Maduro asked Trump", "claim"), ("Maduro asked Trump", "actor")]


def test_a_place_marked_by_hand_needs_no_suggestion(table: Table) -> None:
    table.offer(proposal("Maduro"), proposal("Maduro", label="claim"), proposal("Trump"))
    table.desk.mark("Maduro asked", by=table.desk.bob)
    assert len(table.open()) == 3
    assert table.quotes(table.desk.bob) == [("Maduro", "claim"), ("Trump", "actor")]


def test_what_several_sources_suggest_comes_once_with_what_each_knows(table: Table) -> None:
    table.desk.mark("Reuters", entity="Donald Trump", by=table.desk.bob)
    table.offer(proposal("Trump", entity="Donald Trump", score=0.7))
    table.offer(proposal("Trump", score=0.9, detail="m"), source="model")
    (one,) = table.open()
    assert (one.source, one.score, one.entity) == ("model", 0.9, "Donald Trump")
    mark = table.desk.get(table.accept(choice("Trump")).result["annotation"])
    assert (mark.origin, mark.entity) == (Origin("model", "m", 0.9), "Donald Trump")


def test_sources_and_a_threshold_narrow_the_choice(table: Table) -> None:
    table.offer(proposal("Maduro", score=0.9), proposal("Trump", score=0.4))
    table.offer(proposal("Reuters", score=0.7), source="rules")
    assert table.quotes(sources=["rules"]) == [("Reuters", "actor")]
    assert table.quotes(threshold=0.7) == [("Maduro", "actor"), ("Reuters", "actor")]
    assert table.quotes(sources=[]) == []


# --- deciding


def test_an_accepted_suggestion_is_a_mark_with_its_origin(table: Table) -> None:
    table.desk.mark("Reuters", entity="Reuters", by=table.desk.bob)
    table.offer(proposal("Trump", entity="Reuters"))
    outcome = table.accept(choice("Trump"))
    mark = table.desk.get(outcome.result["annotation"])
    assert (mark.start, mark.end, mark.label, mark.entity) == (
        *(span_of("Trump").start, span_of("Trump").end), "actor", "Reuters",
    )  # fmt: skip
    assert mark.origin == Origin("memory", "", 0.8)
    assert table.open() == []
    assert table.quotes(table.desk.bob) == [("Trump", "actor")]


def test_one_undo_brings_an_accepted_suggestion_back(table: Table) -> None:
    table.offer(proposal("Trump"))
    table.accept(choice("Trump"))
    table.desk.undo()
    assert table.quotes() == [("Trump", "actor")]
    assert table.desk.quotes() == []
    table.desk.redo()
    assert table.open() == []
    assert table.desk.quotes() == ["Trump"]


def test_what_is_changed_after_it_was_accepted_says_so(table: Table) -> None:
    table.offer(proposal("Trump"), proposal("Maduro"))
    (one, other) = (
        table.accept(choice(quote)).result["annotation"] for quote in ("Trump", "Maduro")
    )
    table.desk.edit(one, note="sure", unsure=True, entity="Donald Trump")
    assert table.desk.get(one).origin == Origin("memory", "", 0.8)
    table.desk.edit(one, fragments=[span_of("Trump to")])
    assert table.desk.get(one).origin == Origin("memory", "", 0.8, edited=True)
    table.desk.undo()
    assert table.desk.get(one).origin == Origin("memory", "", 0.8)
    table.desk.edit(other, label="claim")
    assert table.desk.get(other).origin.edited
    by_hand = table.desk.mark("Reuters")
    table.desk.edit(by_hand, label="claim")
    assert table.desk.get(by_hand).origin == Origin()


def test_the_origin_goes_out_and_comes_back(table: Table) -> None:
    table.offer(proposal("Trump"))
    uid = table.accept(choice("Trump")).result["annotation"]
    table.desk.edit(uid, label="claim")
    (entry,) = table.desk.out()
    other = table.desk.elsewhere()
    other.take(entry)
    (back,) = other.out()
    assert back.annotations[0].origin == Origin("memory", "", 0.8, edited=True)


def test_what_was_rejected_does_not_come_back_whoever_offers_it(table: Table) -> None:
    table.offer(proposal("Trump"), proposal("Maduro"))
    table.reject(choice("Trump"))
    table.offer(proposal("Trump", score=0.99), proposal("Maduro"))
    table.offer(proposal("Trump", score=1.0), source="model")
    assert table.quotes() == [("Maduro", "actor")]
    assert ("Trump", "actor") in table.quotes(table.desk.bob)
    table.offer(proposal("Trump", label="claim"), source="rules")
    assert ("Trump", "claim") in table.quotes()


def test_undo_brings_a_rejected_suggestion_back_and_redo_takes_it_again(table: Table) -> None:
    table.offer(proposal("Trump"))
    table.reject(choice("Trump"))
    table.desk.undo()
    assert table.quotes() == [("Trump", "actor")]
    table.desk.redo()
    assert table.quotes() == []


def test_what_was_rejected_can_be_asked_for_as_examples_of_what_is_no_mark(table: Table) -> None:
    table.offer(proposal("Trump", detail="Presidents"), source="rules")
    table.reject(choice("Trump"), by=table.desk.bob)
    span = span_of("Trump")
    assert list(table.suggestions.rejected(table.desk.project)) == [
        Rejected("call", 1, span.start, span.end, "actor", "Bob", Origin("rule", "Presidents", 0.8))
    ]
    table.desk.undo(table.desk.bob)
    assert list(table.suggestions.rejected(table.desk.project)) == []


def test_a_sweep_accepts_what_is_sure_enough_in_one_act(table: Table) -> None:
    table.offer(
        proposal("Maduro", score=0.95), proposal("Trump", score=0.9), proposal("Reuters", score=0.5)
    )
    table.reject(choice("Trump"))
    assert table.sweep(0.9).result["accepted"] == 1
    assert table.desk.quotes() == ["Maduro"]
    assert table.sweep(0.2).result["accepted"] == 1
    table.desk.undo()
    assert table.desk.quotes() == ["Maduro"]
    table.desk.undo()
    assert table.desk.quotes() == []
    with pytest.raises(NotFound):
        table.sweep(0.99)


def test_a_decision_sent_twice_is_made_once(table: Table) -> None:
    table.offer(proposal("Trump"), proposal("Maduro"))
    first = table.accept(choice("Trump"), op="same")
    again = table.accept(choice("Trump"), op="same")
    assert (again.repeated, again.result) == (True, dict(first.result))
    assert table.desk.quotes() == ["Trump"]
    with pytest.raises(NotFound):
        table.accept(choice("Trump"))
    with pytest.raises(NotFound):
        table.reject(choice("Trump"))


def test_what_nobody_offers_can_be_neither_accepted_nor_rejected(table: Table) -> None:
    table.offer(proposal("Maduro"))
    for verb in (table.accept, table.reject):
        with pytest.raises(NotFound):
            verb(choice("Maduro"), choice("Trump"))
        with pytest.raises(BadInput):
            verb()
    assert table.quotes() == [("Maduro", "actor")]
    assert table.desk.quotes() == []


def test_a_frozen_layer_takes_no_suggestion(table: Table) -> None:
    table.desk.mark("Maduro")
    table.desk.sql("update layers set frozen = 1 where kind = 'work'")
    table.offer(proposal("Trump"))
    with pytest.raises(Frozen):
        table.accept(choice("Trump"))


# --- never a mark


def test_a_suggestion_is_no_mark_to_anybody(table: Table) -> None:
    desk, store = table.desk, table.desk.store
    desk.mark("Maduro", label="claim", concept="Sanctions")
    before = (desk.out(), store.marks.counts(desk.document), store.codebooks.uses(desk.project.key))
    table.offer(proposal("Trump"), proposal("lift", label="demand"))
    table.offer(proposal("Reuters"), source="tagger")
    after = (desk.out(), store.marks.counts(desk.document), store.codebooks.uses(desk.project.key))
    assert after == before
    assert [layer.value.kind for layer in store.layers.on_document(desk.document.key)] == ["work"]
    assert store.documents.listed(desk.project)[0].marks == {"Ada · work": 1}
    assert store.upkeep.check().counts["annotations"] == 1
    assert desk.is_sound()


def test_offering_is_no_change_that_anybody_could_undo(table: Table) -> None:
    uid = table.desk.mark("Maduro")
    table.desk.undo()
    version = table.desk.store.log.version(table.desk.document.key)
    table.offer(proposal("Trump"))
    assert table.desk.store.log.version(table.desk.document.key) == version
    table.desk.redo()
    assert table.desk.get(uid).label == "actor"


def test_erasing_an_article_leaves_nothing_of_its_suggestions(table: Table) -> None:
    table.offer(proposal("Trump", detail="from the text"))
    table.reject(choice("Trump"))
    desk = table.desk
    desk.sql("insert into models (project_id, state, started) values (1, 'ready', '')")
    desk.sql("insert into model_bodies values (1, 1, ?)", b"Trump")
    act = Act(op=new_id(), person=desk.ada.key, kind="redact", project=desk.project.key)
    desk.store.upkeep.redact(act, desk.project, "call")
    left = [desk.sql(f"select count(*) from {t}") for t in ("suggestions", "offers", "models")]  # noqa: S608
    assert left == [[(0,)]] * 3
    assert desk.sql("select count(*) from model_bodies") == [(0,)]
    assert list(table.suggestions.rejected(desk.project)) == []


# --- what is asked for first, and what is learnt


def test_the_documents_that_a_model_is_least_sure_of_come_first(table: Table) -> None:
    desk = table.desk
    texts = {"sure": [0.99, 0.98], "torn": [0.5, 0.6], "half": [0.99, 0.5], "empty": []}
    for uid, scores in texts.items():
        document = desk.put(TEXT, uid=uid)
        spans = [span_of("Trump"), span_of("Maduro")]
        desk.store.suggestions.offer(
            document,
            "model",
            [
                Proposal(start=span.start, end=span.end, label="actor", score=score)
                for span, score in zip(spans, scores, strict=False)
            ],
        )
    table.offer(proposal("Trump", score=0.5))
    assert table.suggestions.uncertain_first(desk.project) == ["torn", "half", "sure", "empty"]
    assert table.suggestions.uncertain_first(desk.project, limit=1) == ["torn"]
    assert table.suggestions.uncertain_first(desk.elsewhere().project) == []


def test_memory_learns_from_people_and_their_keys_alone(table: Table) -> None:
    desk = table.desk
    desk.mark("Maduro", entity="Nicolás Maduro")
    desk.mark("Trump", by=desk.bob)
    desk.take(
        *(annotated for annotated in desk.elsewhere("Lab").out() if annotated.layer is not None)
    )
    found = set(table.desk.store.lessons.remembered(desk.project))
    assert found == {
        Remembered("Maduro", "actor", "Nicolás Maduro"),
        Remembered("Trump", "actor"),
        Remembered("Nicolás Maduro", "actor", "Nicolás Maduro", count=0),
    }
    assert list(table.desk.store.lessons.gone_through(desk.project)) == [TEXT, TEXT]


def test_of_an_unfinished_document_only_the_marked_paragraphs_count_as_read(table: Table) -> None:
    desk = table.desk
    document = desk.put("Ada met Bob.\nNobody else.\nThen Ada left.", uid="story")
    beside = desk.beside(document)
    for start in (0, 31):
        beside.add(Annotation(id=new_id(), start=start, end=start + 3, label="actor"))
    assert list(table.desk.store.lessons.gone_through(desk.project)) == [
        "Ada met Bob.\n\nThen Ada left."
    ]


def test_a_suggestion_rejected_lowers_what_its_rule_scores(table: Table) -> None:
    for quote, verb in (
        ("Trump", table.reject),
        ("Maduro", table.accept),
        ("Reuters", table.reject),
    ):
        table.offer(proposal(quote, detail="Names"), source="rules")
        verb(choice(quote))
    assert table.suggestions.acceptance(table.desk.project, "rule") == {"Names": 0.375}


def test_examples_are_paragraphs_that_somebody_went_through(table: Table) -> None:
    desk = table.desk
    document = desk.put("Ada met Bob.\nNobody else.\nThen Ada left.", uid="story")
    beside = desk.beside(document)
    draft = Annotation(id=new_id(), start=0, end=3, label="actor")
    beside.add(draft)
    (example,) = (e for e in table.desk.store.lessons.examples(desk.project) if e.group == "story")
    assert (example.text, example.marks) == ("Ada met Bob.", {"actor": [Span(0, 3)]})
    layer = desk.store.layers.work_of(desk.project, desk.ada)
    assert layer is not None
    desk.sql(
        "insert into document_states (project_id, document_id, layer_id, state, created_seq, seq)"
        " values (?, ?, ?, 'done', 1, 1)",
        desk.project.key, document.key, layer.key,
    )  # fmt: skip
    found = [e for e in table.desk.store.lessons.examples(desk.project) if e.group == "story"]
    assert [e.text for e in found] == ["Ada met Bob.", "Nobody else.", "Then Ada left."]
    assert [e.marks for e in found] == [{"actor": [Span(0, 3)]}, {}, {}]


# --- the same again


def again(table: Table, phrase: str, by: Person | None = None, **how: bool) -> list[str]:
    desk = table.desk
    documents = table.desk.store.again.holding(desk.project, phrase, How(**how), "en")
    places = table.desk.store.again.places(
        desk.project, by or desk.ada, documents, phrase, "actor", How(**how)
    )
    return [f"{p.document}: {p.before[-6:]}[{p.quote}]{p.after}" for p in places]


def test_the_same_words_are_found_in_the_whole_project_where_they_are_not_marked(
    table: Table,
) -> None:
    desk = table.desk
    desk.put("TRUMP and Trump’s sanction.\nTrumpet.", uid="other")
    desk.mark("Trump")
    assert again(table, "Trump") == [
        "call:  that [Trump] refused.", "other: P and [Trump]’s sanction.",
    ]  # fmt: skip
    assert again(table, "Trump", case=False)[1] == "other: [TRUMP] and Trump’s sanction."
    assert len(again(table, "Trump", by=desk.bob)) == 3
    assert again(table, "sanctions", inflected=True)[1:] == ["other: ump’s [sanction]."]
    assert again(table, "😀") == ["call: ions. [😀] Reuters says that Trump refused."]


def mark_again(
    table: Table, places: dict[str, list[Span]], whole: bool = True, op: str = ""
) -> Outcome:
    desk = table.desk
    uid = desk.mark("Reuters", entity="Reuters")
    act = desk.project_act("same-again", op, repr(places)) if whole else desk.act("same-again")
    return table.desk.store.again.mark(
        act,
        desk.project,
        desk.ada,
        desk.document,
        desk.get(uid),
        places,
        lambda document, span: True,
    )


def test_one_undo_takes_all_of_them_back_from_whichever_document(table: Table) -> None:
    desk = table.desk
    other = desk.beside(desk.put("Trump, Trump.", uid="other"))
    outcome = mark_again(table, {"call": [span_of("Trump")], "other": [Span(0, 5), Span(7, 12)]})
    assert outcome.result["made"] == 3
    assert [m.origin.kind for m in other.marks()] == ["same-again", "same-again"]
    assert {m.entity for m in other.marks()} == {"Reuters"}
    assert desk.quotes() == ["Trump", "Reuters"]
    other.undo()
    assert (desk.quotes(), other.marks()) == (["Reuters"], [])
    desk.redo()
    assert (desk.quotes(), len(other.marks())) == (["Trump", "Reuters"], 2)
    desk.undo()
    assert (desk.quotes(), other.marks()) == (["Reuters"], [])
    desk.undo()
    assert desk.quotes() == []


def test_somebody_elses_batch_is_not_mine_to_undo(table: Table) -> None:
    other = table.desk.beside(table.desk.put("Trump, Trump.", uid="other"))
    mark_again(table, {"other": [Span(0, 5)]})
    assert table.desk.store.log.next_undo(other.act("look", other.bob)) is None
    other.edit(other.marks()[0].id, by=other.bob, note="mine")
    with pytest.raises(ChangedSince):
        other.undo()
    assert len(other.marks()) == 1


def test_a_batch_changes_the_version_of_each_document(table: Table) -> None:
    desk = table.desk
    other = desk.beside(desk.put("Trump, Trump.", uid="other"))
    before = desk.store.log.version(other.document.key)
    outcome = mark_again(table, {"other": [Span(0, 5)]})
    assert desk.store.log.version(other.document.key) == outcome.seq > before
    assert desk.store.marks.places(outcome.seq, desk.document.key) == []
    assert desk.store.marks.places(outcome.seq, other.document.key) == [Span(0, 5)]
    undone = desk.beside(other.document).undo()
    assert desk.store.log.version(other.document.key) == undone.seq


def test_a_text_that_is_another_by_now_is_not_marked(table: Table) -> None:
    desk = table.desk
    uid = desk.mark("Reuters")
    with pytest.raises(BadInput):
        table.desk.store.again.mark(
            desk.act("same-again"),
            desk.project,
            desk.ada,
            desk.document,
            desk.get(uid),
            {"call": [span_of("Trump")]},
            lambda document, span: span.of(document.value.text) == "Maduro",
        )
    assert desk.quotes() == ["Reuters"]
    for places in ({}, {"call": []}):
        with pytest.raises(BadInput):
            table.desk.store.again.mark(
                desk.act("same-again"), desk.project, desk.ada, desk.document, desk.get(uid),
                places, lambda document, span: True,
            )  # fmt: skip


def test_a_batch_elsewhere_is_undone_from_where_it_was_asked_for(table: Table) -> None:
    desk = table.desk
    other = desk.beside(desk.put("Trump, Trump.", uid="other"))
    mark_again(table, {"other": [Span(0, 5)]})
    desk.undo()
    assert (desk.quotes(), other.marks()) == (["Reuters"], [])


def predictions(desk: Desk, *marks: Annotation, text: str = TEXT, uid: str = "call") -> Annotated:
    layer = Layer(id="run-7", kind="model", annotator="tagger 7")
    document = Document(id=uid, title="", text=text)
    return Annotated(document=document, layer=layer, annotations=marks)


def test_predictions_come_in_as_suggestions(table: Table) -> None:
    desk = table.desk
    desk.mark("Reuters", entity="Reuters", by=desk.bob)
    span, other = span_of("Trump"), span_of("Maduro")
    entry = predictions(
        desk,
        Annotation(
            id="p1", start=span.start, end=span.end, label="actor", entity="Reuters",
            origin=Origin("model", "", 0.9),
        ),
        Annotation(id="p2", start=other.start, end=other.end, label="actor"),
        Annotation(id="p3", start=0, end=3, label="weather"),
    )  # fmt: skip
    new = predictions(
        desk, Annotation(id="p4", start=0, end=3, label="actor"), text="Ada.", uid="n"
    )
    act = desk.project_act("import")
    taken = desk.store.exchange.take(act, desk.project, [entry, new], as_suggestions=True)
    assert (taken["documents"], taken["spans"], taken["suggestions"]) == (1, 0, 3)
    assert [(s.score, s.entity, s.origin) for s in table.open()] == [
        (0.5, None, Origin("model", "tagger 7", 0.5)),
        (0.9, "Reuters", Origin("model", "tagger 7", 0.9)),
    ]
    assert desk.quotes() == ["Reuters"]
    assert [layer.value.annotator for layer in desk.store.exchange.layers_of(desk.project)] == [
        "Bob"
    ]
    table.reject(choice("Maduro"))
    desk.store.exchange.take(desk.project_act("import"), desk.project, [entry], as_suggestions=True)
    assert table.quotes() == [("Trump", "actor")]
    assert desk.is_sound()


@pytest.mark.parametrize(
    ("said", "kept"),
    [(97.0, 1.0), (1.0, 1.0), (0.25, 0.25), (0.0, 0.0), (-3.5, 0.0), (None, 0.5)],
)
def test_scores_that_come_in_lie_between_0_and_1(
    table: Table, said: float | None, kept: float
) -> None:
    desk, span = table.desk, span_of("Trump")
    mark = Annotation(
        id="p1", start=span.start, end=span.end, label="actor", origin=Origin("model", "", said)
    )
    act = desk.project_act("import")
    desk.store.exchange.take(act, desk.project, [predictions(desk, mark)], as_suggestions=True)
    assert [each.score for each in table.open()] == [kept]


def test_memory_offers_what_it_learnt_and_knows_when_it_is_old(table: Table) -> None:
    desk, suggestions = table.desk, table.suggestions
    desk.mark("Trump")
    memory = Memory(desk.store.lessons.remembered(desk.project))
    for text in desk.store.lessons.gone_through(desk.project):
        memory.look_through(text)
    newest = suggestions.newest(desk.project)
    assert not suggestions.is_fresh(desk.project, desk.document)
    for source in ("memory", "rules"):
        suggestions.offer(
            desk.document, source, memory.propose(TEXT) if source == "memory" else [], newest
        )
    assert [(s.start, s.score) for s in table.open()] == [(TEXT.rindex("Trump"), 0.5)]
    assert suggestions.is_fresh(desk.project, desk.document)
    desk.mark("Maduro")
    assert not suggestions.is_fresh(desk.project, desk.document)
    assert Layer(id="x", kind="suggestion", annotator="memory").title == "memory · suggestion"
