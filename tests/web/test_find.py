"""Search, as a list and in context; and batches of what was found."""

import re

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from annotations import codebook
from annotations.document import Annotated, Annotation, Document, Layer, Origin
from annotations.store import Project, Store
from tests.web.conftest import Visitor, act, hidden, put, seen

TEXT = "The mayor said that taxes rise.\nThe council wants lower taxes."
OTHER = "Taxes, the mayor says, will fall."


def mark(uid: str, text: str, quote: str, label: str, **more: object) -> Annotation:
    start = text.index(quote)
    return Annotation(id=uid, start=start, end=start + len(quote), label=label, **more)  # type: ignore[arg-type]


@pytest.fixture
def told(store: Store, project: Project) -> Project:
    me = Layer(id="me", annotator="Me")
    put(
        store,
        project,
        Annotated(
            document=Document(id="one", title="One", text=TEXT),
            layer=me,
            annotations=(
                mark("mayor", TEXT, "The mayor", "actor", entity="The mayor of Ham"),
                mark("rise", TEXT, "taxes rise", "claim", attributes={"stance": "neutral"}),
                mark("lower", TEXT, "lower taxes", "demand", note="Who pays?"),
            ),
        ),
        Annotated(
            document=Document(id="two", title="Two", text=OTHER),
            layer=me,
            annotations=(mark("fall", OTHER, "will fall", "claim"),),
        ),
    )
    return project


def version(store: Store, project: Project, uid: str) -> int:
    return store.marks.find(project, uid).value.version


def chosen(store: Store, project: Project, *uids: str) -> list[str]:
    return [f"{uid}:{version(store, project, uid)}" for uid in uids]


def test_marks_documents_and_names_are_listed(visitor: Visitor, told: Project) -> None:
    page = seen(visitor.get(f"/projects/{told.id}/search?q=mayor").text)

    assert "Actors and concepts 1 The mayor of Ham" in page
    assert "Marks 1" in page
    assert "Documents 2" in page


def test_a_hit_leads_to_its_place_with_the_words_sought(visitor: Visitor, told: Project) -> None:
    page = visitor.get(f"/projects/{told.id}/search?q=lower").text

    assert f'href="/projects/{told.id}/documents/one?find=%22lower%22#b1"' in page
    assert re.search(rf'href="/projects/{told.id}/documents/one\?find=%22lower%22#c\d+"', page)
    assert "The council wants <strong>lower</strong> taxes." in page


def test_an_operator_that_is_none_is_answered_with_those_that_there_are(
    visitor: Visitor, told: Project
) -> None:
    answer = visitor.get(f"/projects/{told.id}/search?q=colour:red")

    assert answer.status_code == 200
    assert "There is no operator “colour:”" in seen(answer.text)
    assert "stance:" in seen(answer.text)


@pytest.mark.parametrize("view", ["list", "context", "nothing"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        '"',
        "x" * 2000,
        "%00",
        "NEAR(",
        "-",
        "label:",
        "by:<b>x</b>",
        "<script>",
        "state:x",
        "/a(/",
        "/<b>x</b>(/",
    ],
)
def test_whatever_is_typed_the_page_comes(
    visitor: Visitor, told: Project, view: str, query: str
) -> None:
    asked = {"q": query, "view": view}
    answer = visitor.get(f"/projects/{told.id}/search", query_string=asked)

    assert answer.status_code == 200
    assert "<script>" not in answer.text.replace("<script src", "").replace("<script type", "")
    assert "<b>x</b>" not in answer.text


def test_hits_in_an_article_are_offsets_in_code_points(
    store: Store, visitor: Visitor, project: Project
) -> None:
    text = "😀 Café, cafes"
    put(store, project, Annotated(document=Document(id="d", title="D", text=text)))
    address = f"/projects/{project.id}/documents/d/hits"

    assert visitor.get(f"{address}?q=cafe").json == {"hits": [[2, 6]], "cut": False, "problem": ""}
    assert visitor.get(f"{address}?q=cafe&live=1").json["hits"] == [[2, 6], [8, 13]]
    assert visitor.get(f"{address}?q=x:y").json["problem"].startswith("There is no operator “x:”")
    assert visitor.get(f"{address}?q=/c.f[eé]/").json["hits"] == [[2, 6], [8, 12]]
    assert visitor.get(f"{address}?q=/a(/").json == {
        "hits": [],
        "cut": False,
        "problem": "The pattern /a(/ cannot be used: missing ): a(. Patterns are RE2’s: no "
        "look-ahead, no look-behind, no back-references. To find the words themselves, leave out "
        "the slashes.",
    }


# --- one page with two views


@pytest.mark.parametrize(
    ("former", "address"),
    [
        ("find", "search"),
        ("find?q=a%20%2Bb&q=c&after=1.2.3", "search?q=a+%2Bb&q=c&after=1.2.3"),
        ("find?q=x&view=context", "search?q=x"),
        ("concordance", "search?view=context"),
        ("concordance?q=%D8%A7&sort=left&page=2", "search?q=%D8%A7&sort=left&page=2&view=context"),
        ("concordance?q=x&view=list", "search?q=x&view=context"),
        ("find?_external=1&_host=evil.test", "search?_external=1&_host=evil.test"),
    ],
)
def test_the_former_addresses_lead_to_the_search_with_what_they_asked(
    visitor: Visitor, told: Project, former: str, address: str
) -> None:
    answer = visitor.get(f"/projects/{told.id}/{former}")

    assert answer.status_code == 308
    assert answer.headers["Location"] == f"/projects/{told.id}/{address}"


@pytest.mark.parametrize("former", ["find", "concordance"])
def test_the_former_addresses_of_a_project_that_is_not_there_lead_nowhere(
    visitor: Visitor, former: str
) -> None:
    assert visitor.get(f"/projects/nowhere/{former}?q=x").status_code == 404


def tabs(page: str) -> list[tuple[str, str, str]]:
    """The tabs of a page: its name, where it leads, and whether it is the current one."""
    nav = HTMLParser(page).css("nav.tabs a")
    return [
        (a.text(), a.attributes["href"] or "", a.attributes.get("aria-current") or "") for a in nav
    ]


@pytest.mark.parametrize(
    ("asked", "kept"), [("", ""), ("q=%22a%26b%22", "q=%22a%26b%22"), ("q=mayor&page=3", "q=mayor")]
)
def test_the_tabs_keep_the_words_and_say_which_is_open(
    visitor: Visitor, told: Project, asked: str, kept: str
) -> None:
    own = f"/projects/{told.id}/search"
    as_list = f"{own}?{kept}".rstrip("?")
    in_context = f"{own}?{kept}&view=context".replace("?&", "?")
    listed = visitor.get(f"{own}?{asked}").text
    lines = visitor.get(f"{own}?view=context&{asked}").text

    assert tabs(listed) == [("List", as_list, "page"), ("In context", in_context, "")]
    assert tabs(lines) == [("List", as_list, ""), ("In context", in_context, "page")]
    assert [h.text() for h in HTMLParser(listed + lines).css("h1")] == ["Search", "Search"]


def test_the_project_leads_to_one_search(visitor: Visitor, told: Project) -> None:
    page = HTMLParser(visitor.get(f"/projects/{told.id}").text)
    links = {a.text(): a.attributes["href"] for a in page.css("header a")}

    assert links["Search"] == f"/projects/{told.id}/search"
    assert not {"Find", "Concordance"} & set(links)


def test_a_line_runs_as_its_paragraph_does_whoever_said_nothing(
    store: Store, visitor: Visitor, project: Project
) -> None:
    text = "NATO\n\nقال عمال الميناء إن NATO لن تأتي\n\nThe port of NATO"
    put(store, project, Annotated(document=Document(id="ar", title="ميناء", text=text)))
    page = HTMLParser(visitor.get(f"/projects/{project.id}/search?view=context&q=NATO").text)
    rows = [
        (li.attributes["dir"], *(bdi.text() for bdi in li.css(".context bdi")))
        for li in page.css(".kwic > li")
    ]

    assert rows == [
        ("ltr", "", "NATO", " قال عمال الميناء إن NATO لن تأتي The port of NATO"),
        ("rtl", "NATO قال عمال الميناء إن ", "NATO", " لن تأتي The port of NATO"),
        ("ltr", "NATO قال عمال الميناء إن NATO لن تأتي The port of ", "NATO", ""),
    ]


# --- in context


def test_a_concordance_shows_each_hit_between_its_contexts(visitor: Visitor, told: Project) -> None:
    page = seen(visitor.get(f"/projects/{told.id}/search?view=context&q=taxes").text)

    assert "3 lines" in page
    assert "The mayor said that taxes rise." in page
    assert "marked: claim" in page


def lines(page: str) -> list[str]:
    return re.findall(r'name="line" value="([^"]+)"', page)


def test_lines_are_marked_in_one_act_and_taken_back_by_one_undo(
    store: Store, visitor: Visitor, told: Project
) -> None:
    address = f"/projects/{told.id}/search?view=context&q=mayor"
    page = visitor.get(address).text
    before = counts(store, told)
    form = {"label": "actor", "line": lines(page), "back": hidden(page, "back"), "op": "op-1"}

    answer = visitor.post(f"/projects/{told.id}/concordance/mark", form)

    assert answer.headers["Location"] == address
    assert counts(store, told) == [n + 1 for n in before]
    made = [m for d in ("one", "two") for m in marks(store, told, d) if m.origin.source]
    assert [m.origin for m in made] == [Origin("hand", "concordance")] * 2
    page = visitor.get(address).text
    assert "2 marked as actor" in seen(page)
    assert "Undo : marking several places" in seen(page)
    seq = re.search(r'name="seq" value="(\d+)"', page)
    assert seq
    visitor.post(f"/projects/{told.id}/lately/undo", {"seq": seq[1], "back": address, "op": "op-2"})
    assert counts(store, told) == before


def marks(store: Store, project: Project, document: str) -> list[Annotation]:
    return store.marks.of(store.documents.find(project, document))


def counts(store: Store, project: Project) -> list[int]:
    return [len(marks(store, project, document)) for document in ("one", "two")]


def test_a_page_that_is_behind_takes_nothing_back(
    store: Store, visitor: Visitor, told: Project
) -> None:
    address = f"/projects/{told.id}/concordance/mark"
    query = f"/projects/{told.id}/search?view=context&q=mayor"
    page = visitor.get(query).text
    first, second = lines(page)
    visitor.post(address, {"label": "claim", "line": [first], "op": "a"})
    seq = re.search(r'name="seq" value="(\d+)"', visitor.get(query).text)
    assert seq
    visitor.post(address, {"label": "claim", "line": [second], "op": "b"})
    now = counts(store, told)

    answer = visitor.post(f"/projects/{told.id}/lately/undo", {"seq": seq[1], "op": "c"})

    assert answer.status_code == 409
    assert counts(store, told) == now


@pytest.mark.parametrize("line", ["", "one", "one:1:x:3", "one:1:3:2", "one:1:0:999", "one:1:5:5"])
def test_a_damaged_line_marks_nothing(
    store: Store, visitor: Visitor, told: Project, line: str
) -> None:
    before = counts(store, told)

    answer = visitor.post(
        f"/projects/{told.id}/concordance/mark", {"label": "claim", "line": [line]}
    )

    assert answer.status_code == 422
    assert counts(store, told) == before


def test_a_line_of_a_text_corrected_since_marks_nothing(visitor: Visitor, told: Project) -> None:
    form = {"label": "claim", "line": ["one:7:0:3"]}

    answer = visitor.post(f"/projects/{told.id}/concordance/mark", form)

    assert answer.status_code == 409
    assert "corrected since" in seen(answer.text)


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example", "/projects/other", "", "/projects/x\r\nA: b"],
)
def test_no_form_leads_out_of_the_project(visitor: Visitor, told: Project, back: str) -> None:
    line = lines(visitor.get(f"/projects/{told.id}/search?view=context&q=mayor").text)[0]
    form = {"label": "claim", "line": [line], "back": back}

    answer = visitor.post(f"/projects/{told.id}/concordance/mark", form)

    assert answer.headers["Location"] == f"/projects/{told.id}"


# --- batches


def test_a_batch_is_told_before_it_is_done(store: Store, visitor: Visitor, told: Project) -> None:
    form = {"mark": chosen(store, told, "mayor", "rise", "fall"), "do": "concept", "concept": "Tax"}

    page = seen(visitor.post(f"/projects/{told.id}/batch", form).text)

    assert "Change 3 marks" in page
    assert "2 marks will change." in page
    assert "1 their label takes no concept: The mayor" in page
    assert "They lie in 2 documents" in page
    assert store.marks.find(told, "rise").value.concept is None


def test_a_batch_over_documents_is_done_and_undone(
    store: Store, visitor: Visitor, told: Project
) -> None:
    address = f"/projects/{told.id}/search?q=label:claim"
    form = {"mark": chosen(store, told, "rise", "fall"), "do": "label", "label": "demand"}

    answer = visitor.post(f"/projects/{told.id}/batch/do", {**form, "back": address})

    assert answer.headers["Location"] == address
    assert [store.marks.find(told, uid).value.label for uid in ("rise", "fall")] == ["demand"] * 2
    page = visitor.get(address).text
    assert "2 marks changed; one undo brings all of it back" in seen(page)
    visitor.post(f"/projects/{told.id}/lately/undo", {"seq": hidden(page, "seq"), "back": address})
    assert [store.marks.find(told, uid).value.label for uid in ("rise", "fall")] == ["claim"] * 2
    page = visitor.get(address).text
    assert "Redo" in seen(page)


@pytest.mark.parametrize(
    ("form", "field", "value"),
    [
        ({"do": "attribute", "attribute": "stance=against"}, "attributes", {"stance": "against"}),
        ({"do": "attribute", "attribute": "stance="}, "attributes", {}),
        ({"do": "unsure"}, "unsure", True),
        ({"do": "concept", "concept": " Tax "}, "concept", "Tax"),
    ],
)
def test_each_wish_is_done(
    store: Store, visitor: Visitor, told: Project, form: dict[str, str], field: str, value: object
) -> None:
    visitor.post(f"/projects/{told.id}/batch/do", {**form, "mark": chosen(store, told, "rise")})

    assert getattr(store.marks.find(told, "rise").value, field) == value


def test_a_stale_mark_stops_the_batch_and_the_form_offers_to_leave_it_out(
    store: Store, visitor: Visitor, told: Project
) -> None:
    form = {"mark": [*chosen(store, told, "rise"), "fall:0"], "do": "unsure"}

    page = visitor.post(f"/projects/{told.id}/batch/do", form).text

    assert not store.marks.find(told, "rise").value.unsure
    assert "1 changed elsewhere since you looked at them: will fall" in seen(page)
    visitor.post(f"/projects/{told.id}/batch/do", {**form, "skip": hidden(page, "skip")})
    unsure = [store.marks.find(told, uid).value.unsure for uid in ("rise", "fall")]
    assert unsure == [True, False]


def test_a_batch_in_one_article_answers_a_script_with_what_it_changed(
    store: Store, visitor: Visitor, told: Project
) -> None:
    form = {"mark": chosen(store, told, "rise", "lower"), "do": "unsure", "op": "x"}

    answer = visitor.post(f"/projects/{told.id}/batch/do", form, headers={"HX-Request": "true"})

    assert answer.headers["X-Postil-Changed"] == "rise lower"
    assert answer.headers["X-Postil-Blocks"] == "0 1"
    assert answer.headers["X-Postil-Ways"] == "undo"


@pytest.mark.parametrize("path", ["batch", "batch/do"])
def test_a_batch_of_nothing_is_refused(visitor: Visitor, told: Project, path: str) -> None:
    answer = visitor.post(f"/projects/{told.id}/{path}", {"do": "delete"})

    assert answer.status_code == 422
    assert "Choose some marks first." in seen(answer.text)


def test_marks_of_another_project_are_gone_to_a_batch(
    store: Store, visitor: Visitor, told: Project
) -> None:
    other = store.projects.add(act(store, "project"), "Other", codebook.default())
    form = {"mark": ["rise:1"], "do": "delete"}

    page = seen(visitor.post(f"/projects/{other.id}/batch", form).text)
    answer = visitor.post(f"/projects/{other.id}/batch/do", form)

    assert "1 deleted meanwhile" in page
    assert "taxes" not in page
    assert answer.status_code == 422
    assert store.marks.find(told, "rise").value.label == "claim"
