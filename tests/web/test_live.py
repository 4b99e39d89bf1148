"""What the server tells pages that ask what changed, and what it refuses."""

from dataclasses import replace

import pytest

from annotations.document import Annotated, Annotation, Document, new_id
from annotations.spans import Span
from annotations.store import Project, Store
from tests.web.conftest import Visitor, act, hidden, put, seen

TEXT = "Trump told Maduro to leave.\n\nReuters reports the call."
ARTICLE = "/projects/{}/documents/d"


@pytest.fixture
def article(store: Store, project: Project) -> str:
    mark = Annotation(id="m", start=6, end=17, label="claim", note="first")
    document = Document(id="d", title="The call", text=TEXT)
    put(store, project, Annotated(document=document, annotations=(mark,)))
    return ARTICLE.format(project.id)


def version(page: str) -> str:
    return page.split('data-version="', 1)[1].split('"', 1)[0]


def edit(store: Store, project: Project, **fields: object) -> None:
    here = replace(act(store, "edit", project), document=store.documents.key_of(project, "d"))
    store.marks.edit(here, project, "m", fields)


def ask(
    visitor: Visitor, address: str, known: str, **query: str
) -> tuple[int, str, dict[str, str]]:
    answer = visitor.client.get(
        address, headers={"HX-Request": "true", "If-None-Match": f'"{known}"'}, query_string=query
    )
    return answer.status_code, answer.text, dict(answer.headers)


def test_a_page_that_is_up_to_date_gets_a_bare_304(visitor: Visitor, article: str) -> None:
    known = version(visitor.get(article).text)
    for address in (f"{article}/live", f"{article.split('/documents')[0]}/live", "/live"):
        status, said, _ = ask(visitor, address, known)
        assert (status, said) == (304, "")


def test_an_article_gets_the_blocks_that_changed_and_no_others(
    store: Store, project: Project, visitor: Visitor, article: str
) -> None:
    known = version(visitor.get(article).text)
    edit(store, project, fragments=[Span(0, 17)])
    status, said, head = ask(visitor, f"{article}/live", known, revision="1", codebook="1")
    assert status == 200
    assert head["X-Postil-Blocks"] == "0"
    assert 'id="b0"' in said
    assert 'id="b1"' not in said
    assert "X-Postil-Renew" not in head
    newer = head["ETag"].strip('"W/')
    assert ask(visitor, f"{article}/live", newer)[0] == 304


@pytest.mark.parametrize("known", ["", "x", "0", "-1", "9" * 30, '1", "2', "٣"])
def test_a_version_that_nobody_gave_out_gets_an_answer(
    visitor: Visitor, article: str, known: str
) -> None:
    answer = visitor.client.get(
        f"{article}/live",
        headers={"HX-Request": "true", "If-None-Match": f'"{known}"'.encode().decode("latin-1")},
    )
    assert answer.status_code in (200, 304)


@pytest.mark.parametrize("asked", [{"revision": "2"}, {"codebook": "7"}])
def test_another_text_or_codebook_asks_for_the_page_anew(
    store: Store, project: Project, visitor: Visitor, article: str, asked: dict[str, str]
) -> None:
    known = version(visitor.get(article).text)
    edit(store, project, note="second")
    status, said, head = ask(visitor, f"{article}/live", known, **asked)
    assert (status, said, head["X-Postil-Renew"]) == (200, "", "page")


def test_a_save_says_what_was_there_before_it(
    store: Store, project: Project, visitor: Visitor, article: str
) -> None:
    page = visitor.get(article).text
    token = hidden(visitor.get("/you").text, "csrf_token")
    before = store.log.version(store.documents.key_of(project, "d"))

    def save(end: int) -> tuple[int, int]:
        form = {"csrf_token": token, "label": "actor", "start": "0", "end": end, "op": new_id()}
        answer = visitor.client.post(
            f"{article}/annotations", data=form, headers={"HX-Request": "true"}
        )
        return int(answer.headers["X-Postil-Before"]), int(answer.headers["X-Postil-Seq"])

    first, second = save(5), save(4)
    assert first[0] <= before <= int(version(page))
    assert second[0] == first[1]


def sent(visitor: Visitor, address: str, person: str, **form: str) -> tuple[int, str, str]:
    token = hidden(visitor.get("/you").text, "csrf_token")
    answer = visitor.client.post(
        address,
        data={"csrf_token": token, "op": new_id(), **form},
        headers={"HX-Request": "true", "X-Postil-Person": person},
    )
    return answer.status_code, answer.text, answer.headers.get("X-Postil-Problem", "")


def test_what_one_person_wrote_is_not_taken_from_another(
    store: Store, project: Project, visitor: Visitor, article: str
) -> None:
    me, ben = store.people.first(), store.people.add("Ben")
    mark = {"label": "actor", "start": "0", "end": "5"}
    status, said, problem = sent(visitor, f"{article}/annotations", ben.id, **mark)
    assert (status, problem) == (409, "person")
    assert f"This was written as Ben , and at this browser you are {me.name} now" in seen(
        f"<body>{said}"
    )
    document = store.documents.find(project, "d")
    assert len(store.marks.of(document)) == 1
    assert sent(visitor, f"{article}/annotations", me.id, **mark)[0] == 200
    assert len(store.marks.of(document)) == 2
    assert sent(visitor, f"{article}/annotations", "nobody", **mark)[0] == 409


def stale(visitor: Visitor, project: Project, known: str, **form: str) -> tuple[int, str]:
    address = f"/projects/{project.id}/annotations/m"
    token = hidden(visitor.get("/you").text, "csrf_token")
    data = {"csrf_token": token, "op": new_id(), "saw": known, **form}
    answer = visitor.client.post(address, data=data, headers={"HX-Request": "true"})
    return answer.status_code, answer.text


def test_a_stale_edit_shows_both_sides_of_what_differs_and_nothing_else(
    store: Store, project: Project, visitor: Visitor, article: str
) -> None:
    known = str(store.marks.find(project, "m").value.version)
    edit(store, project, note="theirs", concept="same")
    status, said = stale(visitor, project, known, note="mine", concept="same", unsure="1")
    assert status == 409
    rows = [seen(f"<body>{row}") for row in said.split("<tr data-fields")[1:]]
    assert [row.split(">", 1)[-1].split()[:3] for row in rows] == [
        ["Note", "mine", "theirs"],
        ["Unsure", "yes", "no"],
    ]
    assert store.marks.find(project, "m").value.note == "theirs"


def test_an_edit_that_somebody_else_has_made_just_so_is_no_conflict(
    store: Store, project: Project, visitor: Visitor, article: str
) -> None:
    known = str(store.marks.find(project, "m").value.version)
    edit(store, project, note="ours")
    before = store.log.newest()
    assert stale(visitor, project, known, note="ours")[0] == 200
    assert store.log.newest() == before


def test_a_stale_edit_can_be_settled_without_scripts(
    store: Store, project: Project, visitor: Visitor, article: str
) -> None:
    known = str(store.marks.find(project, "m").value.version)
    edit(store, project, note="theirs")
    address = f"/projects/{project.id}/annotations/m"
    page = visitor.post(address, {"op": new_id(), "saw": known, "note": "mine"})
    assert page.status_code == 409
    again = {name: hidden(page.text, name) for name in ("op", "saw", "note")}
    assert again["note"] == "mine"
    assert visitor.post(address, again).status_code == 303
    assert store.marks.find(project, "m").value.note == "mine"


def test_an_edit_of_what_was_deleted_says_so(
    store: Store, project: Project, visitor: Visitor, article: str
) -> None:
    known = str(store.marks.find(project, "m").value.version)
    store.marks.delete(act(store, "delete", project), project, "m")
    status, said = stale(visitor, project, known, note="mine")
    assert status == 409
    assert "This mark was deleted elsewhere." in said


def test_a_repeated_send_is_the_same_request_whatever_it_must_have_seen(
    store: Store, project: Project, visitor: Visitor, article: str
) -> None:
    token = hidden(visitor.get("/you").text, "csrf_token")
    known = store.marks.find(project, "m").value.version
    form = {"csrf_token": token, "op": new_id(), "note": "once"}
    address = f"/projects/{project.id}/annotations/m"
    answers = [
        visitor.client.post(
            address, data={**form, "saw": str(saw)}, headers={"HX-Request": "true"}
        ).headers["X-Postil-Seq"]
        for saw in (known, known + 1)
    ]
    assert answers[0] == answers[1]


def test_the_version_of_a_project_is_found_without_reading_all_changes(
    store: Store, project: Project, article: str
) -> None:
    plan = store.database.rows(
        "explain query plan select max(seq) from changes "
        "where +project_id = 1 and document_id is null"
    )
    assert "changes_of_document" in plan[0][3]
    assert store.log.version_of_project(project.key) <= store.log.newest_of_project(project.key)
