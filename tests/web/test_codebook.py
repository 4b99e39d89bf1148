"""The codebook's page: what would change is said first, then kept as a version of its own."""

from dataclasses import replace
from html import unescape

import pytest
from selectolax.lexbor import LexborHTMLParser

from annotations import codebook as books
from annotations.differences import Difference, differences
from annotations.document import Annotated, Annotation, Document
from annotations.errors import BadInput
from annotations.store import Project, Store, codebooks
from tests.web.conftest import Visitor, act, seen

DEFAULT = books.default()
CLAIM, ACTOR, DEMAND = DEFAULT.labels


@pytest.fixture
def marked(store: Store, project: Project) -> str:
    """A document with one claim and two demands."""
    text = "One says it. Two want that."
    marks = [("a", 0, 3, "claim"), ("b", 13, 16, "demand"), ("c", 17, 21, "demand")]
    annotations = tuple(
        Annotation(id=uid, start=start, end=end, label=label) for uid, start, end, label in marks
    )
    entry = Annotated(document=Document(id="d", title="D", text=text), annotations=annotations)
    store.exchange.take(act(store, "import", project), project, [entry])
    return "d"


def fields(**changed: str) -> dict[str, str]:
    """What the page sends for the label “demand” when nothing but ``changed`` is changed."""
    return {
        "label-2-name": "demand",
        "label-2-concept": "1",
        "label-2-attribute-0-name": "status",
        "label-2-attribute-0-choices": "made, accepted, rejected",
    } | {f"label-2-{name}": value for name, value in changed.items()}


@pytest.mark.parametrize("most_sums", [0, 10], ids=["grouped", "summed"])
def test_marks_are_counted_by_an_index_without_reading_their_rows(
    store: Store, project: Project, marked: str, monkeypatch: pytest.MonkeyPatch, most_sums: int
) -> None:
    monkeypatch.setattr(codebooks, "MAX_SUMS", most_sums)
    plans: list[str] = []
    rows, row = store.database.rows, store.database.row

    def explain(sql: str, values: dict[str, object]) -> None:
        plans.extend(step[3] for step in rows(f"explain query plan {sql}", values))

    def explained(sql: str, values: dict[str, object]) -> object:
        explain(sql, values)
        return rows(sql, values)

    def explained_row(sql: str, values: dict[str, object]) -> object:
        explain(sql, values)
        return row(sql, values)

    store.marks.delete(act(store, "delete", project), project, "c")
    monkeypatch.setattr(store.database, "rows", explained)
    monkeypatch.setattr(store.database, "row", explained_row)
    uses = store.codebooks.uses(project.key)

    assert uses == {CLAIM.id: 1, DEMAND.id: 1}
    of_marks = [step for step in plans if step.split()[1] == "a"]
    assert of_marks == [
        "SEARCH a USING COVERING INDEX annotation_places (document_id=? AND deleted=?)"
    ]


def test_the_page_shows_every_label_with_its_marks(
    visitor: Visitor, project: Project, marked: str
) -> None:
    page = seen(visitor.get(f"/projects/{project.id}/codebook").text)

    assert all(part in page for part in ("C claim 1 1 mark", "A actor 2 0 marks", "3 2 marks"))


def test_a_rename_says_first_how_many_marks_show_it(
    visitor: Visitor, project: Project, marked: str, store: Store
) -> None:
    answer = visitor.post(f"/projects/{project.id}/codebook/preview", fields(name="ask"))

    assert "“demand” is called “ask”; 2 marks show the new name." in seen(answer.text)
    assert store.codebooks.of(project.key) == DEFAULT


def test_unchanged_fields_change_nothing(visitor: Visitor, project: Project) -> None:
    answer = visitor.post(f"/projects/{project.id}/codebook/preview", fields())

    assert "Nothing would change." in seen(answer.text)


def test_a_merged_label_is_read_as_the_other_and_parts_again(
    visitor: Visitor, project: Project, store: Store, marked: str
) -> None:
    merged = replace(DEFAULT, labels=(CLAIM, ACTOR, replace(DEMAND, merged_into="claim")))
    keep(visitor, project, merged, saw=1)
    kept = store.documents.find(project, marked)
    together = [mark.label for mark in store.marks.of(kept)]
    keep(visitor, project, DEFAULT, saw=2)
    apart = [mark.label for mark in store.marks.of(kept)]

    assert (together, apart) == (["claim", "claim", "claim"], ["claim", "demand", "demand"])
    assert store.marks.counts(kept) == {"claim": 1, "demand": 2}
    assert [version.number for version in store.codebooks.versions(project.key)] == [3, 2, 1]


def test_a_codebook_that_somebody_else_changed_meanwhile_is_not_overwritten(
    visitor: Visitor, project: Project, store: Store
) -> None:
    mine = replace(DEFAULT, guidelines="Mine")
    keep(visitor, project, replace(DEFAULT, guidelines="Theirs"), saw=1)

    answer = keep(visitor, project, mine, saw=1)

    assert (answer, store.codebooks.of(project.key).guidelines) == (409, "Theirs")


def test_guidelines_are_shown_as_text(visitor: Visitor, project: Project) -> None:
    keep(
        visitor,
        project,
        replace(DEFAULT, guidelines="# How\n\n<script>alert(1)</script>\n\n*So.*"),
        1,
    )

    page = visitor.get(f"/projects/{project.id}/codebook").text

    assert "<em>So.</em>" in page
    assert "<script>alert" not in page


def test_toml_goes_out_and_comes_back_the_same(visitor: Visitor, project: Project) -> None:
    file = visitor.get(f"/projects/{project.id}/codebook.toml")
    answer = visitor.post(f"/projects/{project.id}/codebook/preview", {"toml": file.text})

    assert books.from_toml(file.text) == DEFAULT
    assert "Nothing would change." in seen(answer.text)


def test_bad_toml_is_refused_with_its_line(visitor: Visitor, project: Project) -> None:
    answer = visitor.post(
        f"/projects/{project.id}/codebook/preview", {"toml": "version = 1\nx = = 2"}
    )

    assert answer.status_code == 422
    assert "line 2" in seen(answer.text)


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (DEFAULT, []),
        (
            DEFAULT.with_labels(["place"]),
            [Difference("added", "place", "place")],
        ),
        (
            replace(DEFAULT, labels=(CLAIM, replace(ACTOR, retired=True), DEMAND)),
            [Difference("retired", "actor", "actor")],
        ),
        (
            replace(DEFAULT, labels=(replace(CLAIM, colour="red"), ACTOR, DEMAND)),
            [Difference("changed", "claim", "claim")],
        ),
        (
            replace(DEFAULT, relations=DEFAULT.relations[1:]),
            [Difference("left out", "made-by", "made by")],
        ),
        (
            replace(DEFAULT, labels=(CLAIM, ACTOR, replace(DEMAND, merged_into="claim"))),
            [Difference("merged", "demand", "demand", "claim")],
        ),
    ],
)
def test_differences_name_what_changed(after: books.Codebook, found: list[Difference]) -> None:
    assert differences(DEFAULT, after) == found


def test_labels_merged_in_a_circle_are_refused() -> None:
    circle = (replace(CLAIM, merged_into="demand"), ACTOR, replace(DEMAND, merged_into="claim"))

    with pytest.raises(BadInput, match="in a circle"):
        replace(DEFAULT, labels=circle).checked()


def keep(visitor: Visitor, project: Project, codebook: books.Codebook, saw: int) -> int:
    """Keep a codebook as the page does; gives the status of the answer."""
    form = {"toml": books.to_toml(codebook), "saw": str(saw)}
    return visitor.post(f"/projects/{project.id}/codebook", form).status_code


# --- rules


def looked_at(page: str) -> str:
    """The codebook that a preview would keep, as TOML."""
    return unescape(
        page.partition('<textarea name="toml" hidden>\n')[2].partition("</textarea>")[0]
    )


def test_a_rule_is_made_changed_and_left_out_in_the_page(
    visitor: Visitor, store: Store, project: Project
) -> None:
    address = f"/projects/{project.id}/codebook"
    asked = {
        "new-rule-name": "Agencies", "new-rule-label": "actor", "new-rule-words": "Reuters\nAFP",
        "new-rule-kind": "words", "new-rule-extent": "match", "new-rule-language": "en",
    }  # fmt: skip
    looked = visitor.post(f"{address}/preview", asked)
    assert "The rule “Agencies” is new." in seen(looked.text)
    toml = looked_at(looked.text)
    visitor.post(address, {"toml": toml, "saw": "1"})
    (rule,) = store.codebooks.of(project.key).rules
    assert (rule.id, rule.label, rule.words, rule.language) == (
        "agencies", "actor", ("Reuters", "AFP"), "en",
    )  # fmt: skip
    looked = visitor.post(f"{address}/preview", {"rule-0-name": ""})
    assert "The rule “Agencies” goes" in seen(looked.text)


def test_the_starters_are_one_tick_away(visitor: Visitor, store: Store, project: Project) -> None:
    address = f"/projects/{project.id}/codebook"
    looked = visitor.post(f"{address}/preview", {"starters": "1"})
    visitor.post(address, {"toml": looked_at(looked.text), "saw": "1"})
    rules = store.codebooks.of(project.key).rules
    assert [rule.id for rule in rules] == [
        "reporting-en", "reporting-es", "demanding-en", "demanding-es", "telling-en",
    ]  # fmt: skip
    assert "said" in rules[0].words
    assert 'name="starters"' not in visitor.get(address).text


def test_a_pattern_that_cannot_be_used_is_refused_with_its_reason(
    visitor: Visitor, project: Project
) -> None:
    asked = {"new-rule-name": "Bad", "new-rule-kind": "pattern", "new-rule-pattern": "(?=x)"}
    answer = visitor.post(f"/projects/{project.id}/codebook/preview", asked)
    assert answer.status_code == 422
    assert "no look-ahead" in seen(answer.text)


def test_a_relation_gets_another_key_and_a_label_another_scope(
    visitor: Visitor, project: Project
) -> None:
    form = fields(whole="1", exclusive="1") | {"kind-0-name": "made by", "kind-0-key": "q"}
    form |= {"kind-0-head": "claim", "kind-0-child": "actor"}
    answer = visitor.post(f"/projects/{project.id}/codebook/preview", form)

    kept = books.from_toml(looked_at(answer.text))
    assert kept.kind("made by").key == "q"
    assert (kept.label("demand").scope, kept.label("demand").exclusive) == ("document", True)


def test_a_key_that_a_label_has_is_refused(visitor: Visitor, project: Project) -> None:
    form = {"kind-0-name": "made by", "kind-0-key": "1"}
    answer = visitor.post(f"/projects/{project.id}/codebook/preview", form)

    assert answer.status_code == 422
    assert "The key “1” stands twice in the codebook." in seen(answer.text)


# ── many labels, which are named instead of ticked ────────────────────────────────────────────────


def large(labels: int, relations: int) -> books.Codebook:
    """A codebook of labels with a comma in each name, and of relations from all to all but one."""
    book = books.Codebook().with_labels([f"label {n}, so called" for n in range(labels)])
    book = book.with_kinds([f"kind {n}" for n in range(relations)])
    ids = tuple(label.id for label in book.labels)
    kinds = tuple(replace(kind, children=ids[:-1]) for kind in book.relations)
    rule = books.Rule(id="r", name="Rule", label=ids[3], words=("word",))
    return replace(book, relations=kinds, rules=(rule,), version=DEFAULT.version)


def store_book(store: Store, project: Project, book: books.Codebook) -> None:
    store.codebooks.save(act(store, "codebook", project), project.key, book)


def sent(page: str) -> dict[str, list[str]]:
    """What a browser sends of the form of labels and relations when nothing is changed."""
    form = LexborHTMLParser(page).css_first("main form")
    found: dict[str, list[str]] = {}
    for field in form.css("input, textarea, select"):
        name, value = field.attributes.get("name"), field.attributes.get("value") or ""
        kind = field.attributes.get("type")
        if kind in ("checkbox", "radio") and "checked" not in field.attributes:
            continue
        if field.tag == "textarea":
            value = field.text().removeprefix("\n")
        elif field.tag == "select":
            options = field.css("option")
            chosen = [each for each in options if "selected" in each.attributes] or options[:1]
            value = chosen[0].attributes.get("value") or ""
        if name and name != "csrf_token":
            found.setdefault(name, []).append(value)
    return found


def test_the_page_grows_with_labels_and_relations_and_not_with_their_product(
    visitor: Visitor, project: Project, store: Store
) -> None:
    sizes = {}
    for labels, relations in ((40, 1), (150, 1), (150, 60)):
        store_book(store, project, large(labels, relations))
        page = visitor.get(f"/projects/{project.id}/codebook")
        sizes[labels, relations] = len(page.data)

    each_label = (sizes[150, 1] - sizes[40, 1]) / 110
    each_relation = (sizes[150, 60] - sizes[150, 1]) / 59
    assert each_label < 7_000
    assert each_relation < 4_000
    assert sizes[150, 60] < 1_300_000


def test_a_large_codebook_that_is_sent_unchanged_stays_as_it_is(
    visitor: Visitor, project: Project, store: Store
) -> None:
    store_book(store, project, large(40, 3))
    page = visitor.get(f"/projects/{project.id}/codebook").text

    answer = visitor.post(f"/projects/{project.id}/codebook/preview", sent(page))

    assert answer.status_code == 200
    assert "Nothing would change" in seen(answer.text)


def test_labels_are_chosen_by_their_names(visitor: Visitor, project: Project, store: Store) -> None:
    book = large(40, 1)
    store_book(store, project, book)
    form = sent(visitor.get(f"/projects/{project.id}/codebook").text)
    form |= {
        "kind-0-head-how": ["only"],
        "kind-0-head-names": ["label 1, so called\r\n\r\n label 2, so called "],
        "label-5-merged-name": ["label 6, so called"],
        "rule-0-label-name": ["label 7, so called"],
    }

    answer = visitor.post(f"/projects/{project.id}/codebook/preview", form)

    toml = LexborHTMLParser(answer.text).css_first("[name=toml]").text()
    coming, ids = books.from_toml(toml), [label.id for label in book.labels]
    assert coming.relations[0].heads == (ids[1], ids[2])
    assert coming.relations[0].children == tuple(ids[:-1])
    assert coming.labels[5].merged_into == ids[6]
    assert coming.rules[0].label == ids[7]


def test_a_name_that_no_label_has_is_told(visitor: Visitor, project: Project, store: Store) -> None:
    store_book(store, project, large(40, 1))
    form = sent(visitor.get(f"/projects/{project.id}/codebook").text)

    answer = visitor.post(
        f"/projects/{project.id}/codebook/preview", form | {"kind-0-head-names": ["lable 1"]}
    )

    assert answer.status_code == 422
    assert "“lable 1” is no label of this codebook" in answer.text
