"""History, the article as it was, the trash, and correcting, as the server gives them."""

import re

import pytest

from annotations.document import Annotated, Annotation, Document, Layer, new_id
from annotations.ingest import read_article
from annotations.store import Project, Store
from tests.web.conftest import Visitor, hidden, put, seen

TEXT = "The harbour\n\nThe goverment closed the harbour.\n\nWorkers want it back."


@pytest.fixture
def article(store: Store, project: Project) -> str:
    """The address of an article that nobody has marked."""
    document = read_article(TEXT, name="harbour.txt")
    put(store, project, Annotated(document=document))
    return f"/projects/{project.id}/documents/{document.id}"


def mark(visitor: Visitor, article: str, quote: str, label: str = "claim", text: str = TEXT) -> str:
    start = text.index(quote)
    uid = new_id()
    form = {"id": uid, "label": label, "start": start, "end": start + len(quote), "revision": 1}
    answer = visitor.post(f"{article}/annotations", form)
    assert answer.status_code == 303
    return uid


def of_project(article: str) -> str:
    return article.partition("/documents/")[0]


def corrected(visitor: Visitor, article: str, number: int, words: str, **more: object) -> object:
    form = {"do": "save", "revision": 1, "from": 0, f"block-{number}": words, **more}
    return visitor.post(f"{article}/correct", form)


# --- history


def test_the_history_of_an_article_says_who_did_what_before_and_after(
    visitor: Visitor, article: str
) -> None:
    uid = mark(visitor, article, "goverment", "actor")
    address = f"{of_project(article)}/annotations/{uid}"
    visitor.post(address, {"note": "a typo"})
    visitor.post(address, {"note": "a typo of theirs"})
    page = visitor.get(f"{article}/history")
    said = seen(page.text)
    assert "changed the article then actor goverment Note a typo of theirs" in said
    assert "<ins> of theirs</ins>" in page.text
    assert "marked the article then actor goverment made" in said
    assert "imported" in said


def test_the_history_of_a_project_names_the_article_and_goes_on(
    visitor: Visitor, store: Store, article: str
) -> None:
    quotes = [TEXT[:end] for end in range(1, len(TEXT) + 1) if not TEXT[end - 1].isspace()]
    uids = [mark(visitor, article, quote) for quote in quotes[:30]]
    uids += [mark(visitor, article, quote, "actor") for quote in quotes[:30]]
    assert len(uids) == 60
    first = visitor.get(f"{of_project(article)}/history")
    assert first.text.count('class="line"') == 50
    older = re.search(r'rel="next" href="([^"]*)"', first.text)
    assert older
    rest = visitor.get(older[1].replace("&amp;", "&"))
    assert rest.text.count('class="line"') == 12
    assert "began the project" in seen(rest.text)
    assert "Newest" in seen(rest.text)


def test_the_history_is_narrowed_by_the_address(visitor: Visitor, article: str) -> None:
    uid = mark(visitor, article, "harbour")
    visitor.post(f"{of_project(article)}/annotations/{uid}/delete", {})
    page = visitor.get(f"{article}/history?kind=delete")
    assert page.text.count('class="line"') == 1
    assert "Nothing like that happened" in seen(visitor.get(f"{article}/history?person=x").text)
    assert visitor.get(f"{article}/history?before=nonsense&kind=%00").status_code == 200


def test_one_change_and_one_mark_have_pages(visitor: Visitor, article: str, store: Store) -> None:
    uid = mark(visitor, article, "harbour")
    page = visitor.get(f"{of_project(article)}/marks/{uid}")
    assert "History of a mark" in seen(page.text)
    change = re.search(rf'href="({of_project(article)}/history/\d+)"', page.text)
    assert change
    assert "Marked" in seen(visitor.get(change[1]).text)
    assert visitor.get(f"{of_project(article)}/history/99999").status_code == 404
    assert visitor.get(f"{of_project(article)}/marks/nobody").status_code == 404


def test_a_version_is_brought_back(visitor: Visitor, article: str, store: Store) -> None:
    uid = mark(visitor, article, "harbour")
    project = store.projects.find(of_project(article).rpartition("/")[2])
    visitor.post(f"{of_project(article)}/annotations/{uid}", {"note": "wrong"})
    versions = store.history.of_mark(project, uid)
    saw = store.marks.find(project, uid).value.version
    answer = visitor.post(
        f"{of_project(article)}/marks/{uid}", {"seq": versions[-1].seq, "saw": saw}
    )
    assert answer.status_code == 303
    assert store.marks.find(project, uid).value.note == ""
    again = visitor.post(f"{of_project(article)}/marks/{uid}", {"seq": versions[0].seq, "saw": saw})
    assert again.status_code == 409


# --- the article as it was


def test_the_article_is_read_as_it_was_and_brought_back(
    visitor: Visitor, article: str, store: Store
) -> None:
    kept = mark(visitor, article, "harbour")
    project = store.projects.find(of_project(article).rpartition("/")[2])
    document = store.documents.find(project, article.rpartition("/")[2])
    then = store.log.version(document.key)
    visitor.post(f"{of_project(article)}/annotations/{kept}/delete", {})
    page = visitor.get(f"{article}/at/{then}")
    assert "As it was." in seen(page.text)
    assert "<mark" in page.text
    assert "1 would come back, 0 would go, 0 would change." in seen(page.text)
    assert "data-create" not in page.text
    saw = hidden(page.text, "saw")
    answer = visitor.post(f"{article}/at/{then}", {"whose": "mine", "saw": saw})
    assert answer.status_code == 303
    assert [m.id for m in store.marks.of(document)] == [kept]
    stale = visitor.post(f"{article}/at/{then - 1}", {"whose": "mine", "saw": saw})
    assert stale.status_code == 409
    assert visitor.get(f"{article}/at/1").status_code == 404


# --- the trash


def test_the_trash_gives_back_what_is_chosen(visitor: Visitor, article: str, store: Store) -> None:
    first, second = mark(visitor, article, "harbour"), mark(visitor, article, "Workers")
    for uid in (first, second):
        visitor.post(f"{of_project(article)}/annotations/{uid}/delete", {})
    trash = f"{of_project(article)}/trash"
    page = visitor.get(trash)
    assert page.text.count('name="mark"') == 2
    op = new_id()
    for _ in range(2):  # the same form twice brings back once
        answer = visitor.post(trash, {"op": op, "mark": [first]})
        assert answer.status_code == 303
    page = visitor.get(trash)
    assert page.text.count('name="mark"') == 1
    assert "1 thing was brought back." in seen(page.text)
    assert visitor.post(trash, {}).status_code == 422
    assert "Workers" in seen(visitor.get(f"{trash}?document={article.rpartition('/')[2]}").text)


def test_an_article_goes_into_the_trash_and_comes_back(
    visitor: Visitor, article: str, store: Store
) -> None:
    assert visitor.post(f"{article}/remove", {}).status_code == 303
    assert visitor.get(article).status_code == 404
    trash = f"{of_project(article)}/trash"
    document = re.search(r'name="document" value="([^"]*)"', visitor.get(trash).text)
    assert document
    assert visitor.post(trash, {"document": document[1]}).status_code == 303
    assert visitor.get(article).status_code == 200
    assert "The trash is empty" in seen(visitor.get(trash).text)


# --- correcting


def test_a_correction_is_looked_at_and_then_saved(
    visitor: Visitor, article: str, store: Store
) -> None:
    mark(visitor, article, "goverment", "actor")
    mark(visitor, article, "harbour.", "claim")
    page = visitor.get(f"{article}/correct")
    assert page.text.count("<textarea") == 3
    words = "The government closed the harbour."
    form = {"do": "look", "revision": 1, "from": 0, "block-0": "The harbour", "block-1": words}
    look = visitor.post(f"{article}/correct", form)
    assert "<del>goverment</del><ins>government</ins>" in look.text
    assert "1 mark would read otherwise:" in seen(look.text)
    assert look.text.count("<textarea") == 1
    saved = corrected(visitor, article, 1, words)
    assert saved.headers["Location"] == article
    page = visitor.get(article)
    assert "The text is corrected. 2 marks were carried over." in seen(page.text)
    assert "The <mark" in page.text
    assert ">government</mark>" in page.text


def test_nothing_changed_and_nothing_left_are_said_above_the_fields(
    visitor: Visitor, article: str
) -> None:
    same = visitor.post(f"{article}/correct", {"do": "look", "revision": 1, "from": 0})
    assert (same.status_code, "Nothing was changed" in seen(same.text)) == (422, True)
    form = {"do": "look", "revision": 1, "block-0": "", "block-1": "", "block-2": " "}
    nothing = visitor.post(f"{article}/correct", form)
    assert (nothing.status_code, "Nothing would be left" in seen(nothing.text)) == (422, True)
    assert visitor.post(f"{article}/correct", {"do": "look", "block-99": "x"}).status_code == 422
    wrong = visitor.post(f"{article}/correct", {"do": "save", "block-1": "a\0b"})
    assert wrong.status_code == 422


def test_writing_on_keeps_what_was_written(visitor: Visitor, article: str) -> None:
    form = {"do": "write", "revision": 1, "from": 0, "block-1": "Another <b>text</b>."}
    page = visitor.post(f"{article}/correct", form)
    assert "Another &lt;b&gt;text&lt;/b&gt;.</textarea>" in page.text


def test_who_corrects_an_older_text_keeps_the_words_and_is_told(
    visitor: Visitor, article: str
) -> None:
    op = new_id()
    corrected(visitor, article, 1, "First.", op=op)
    again = corrected(visitor, article, 1, "First.", op=op)
    assert again.status_code == 303
    late = corrected(visitor, article, 1, "Second.")
    assert late.status_code == 409
    assert "corrected by somebody else" in seen(late.text)
    assert "\nSecond.</textarea>" in late.text


def test_doubts_are_listed_and_settled(visitor: Visitor, article: str) -> None:
    mark(visitor, article, "Workers", "actor")
    mark(visitor, article, "goverment", "actor")
    answer = corrected(
        visitor, article, 2, "People want it back.", **{"block-1": "They closed it."}
    )
    assert answer.headers["Location"] == f"{article}/doubts"
    assert "2 marks to settle" in seen(visitor.get(article).text)
    page = visitor.get(f"{article}/doubts")
    assert "It was Workers in the text then" in seen(page.text)
    uid, saw = hidden(page.text, "mark"), hidden(page.text, "saw")
    script = {"HX-Request": "true"}
    settled = visitor.post(f"{article}/doubts", {"mark": uid, "saw": saw}, headers=script)
    assert '<span id="left" class="soft" hx-swap-oob="true">1</span>' in settled.text
    stale = visitor.post(f"{article}/doubts", {"mark": uid, "saw": saw}, headers=script)
    assert stale.status_code == 409
    rest = hidden(visitor.get(f"{article}/doubts").text, "mark")
    assert visitor.post(f"{article}/doubts/{rest}/delete", {}).status_code == 303
    assert "Every mark is settled." in seen(visitor.get(f"{article}/doubts").text)
    assert "to settle" not in seen(visitor.get(article).text)


def test_the_older_text_stays_readable_with_its_marks_and_comes_back(
    visitor: Visitor, article: str, store: Store
) -> None:
    mark(visitor, article, "Workers", "actor")
    corrected(visitor, article, 2, "People want it back.")
    old = visitor.get(f"{article}?revision=1")
    assert "This is an earlier text (1)." in seen(old.text)
    assert ">Workers</mark>" in old.text
    assert visitor.get(f"{article}?revision=9").status_code == 404
    page = visitor.get(f"{article}/texts")
    assert "Text 2" in seen(page.text)
    answer = visitor.post(f"{article}/texts", {"text": 1, "revision": 2})
    assert answer.status_code == 303
    assert "Workers want it back" in seen(visitor.get(article).text)
    assert visitor.post(f"{article}/texts", {"text": 1, "revision": 2}).status_code == 409


def test_a_long_article_is_corrected_in_parts(
    visitor: Visitor, store: Store, project: Project
) -> None:
    text = "\n\n".join(f"Paragraph {number}." for number in range(200))
    document = read_article(text, name="long.txt")
    put(store, project, Annotated(document=document))
    address = f"/projects/{project.id}/documents/{document.id}"
    page = visitor.get(f"{address}/correct")
    assert page.text.count("<textarea") == 80
    later = visitor.get(f"{address}/correct?from=80")
    assert "Paragraph 80.</textarea>" in later.text
    assert "Paragraph 199.</textarea>" in visitor.get(f"{address}/correct?from=99999").text
    at = text.index("Paragraph 170")
    assert "Paragraph 170.</textarea>" in visitor.get(f"{address}/correct?at={at}").text
    corrected(visitor, address, 170, "Paragraph one hundred and seventy.")
    assert "one hundred and seventy" in visitor.get(address).text


def test_an_article_without_layout_stays_without(
    visitor: Visitor, store: Store, project: Project
) -> None:
    put(store, project, Annotated(document=Document(id="plain", title="Plain", text="One.\nTwo.")))
    address = f"/projects/{project.id}/documents/plain"
    corrected(visitor, address, 1, "Three.")
    kept = store.documents.find(project, "plain").value
    assert (kept.text, kept.layout.blocks) == ("One.\nThree.", ())


# --- a page that did not see the correction


def test_a_mark_from_a_page_with_the_older_text_is_kept_and_the_page_is_told(
    visitor: Visitor, article: str, store: Store
) -> None:
    corrected(visitor, article, 0, "The old harbour")
    start = TEXT.index("Workers")
    form = {"label": "actor", "start": start, "end": start + 7, "revision": 1, "quote": "Workers"}
    script = {"HX-Request": "true", "X-Postil-Revision": "1"}
    answer = visitor.post(f"{article}/annotations", form, headers=script)
    assert (answer.status_code, answer.headers["X-Postil-Revision"]) == (200, "2")
    assert 'class="b' not in answer.text
    assert ">Workers</mark>" in visitor.get(article).text


def test_borders_from_a_page_with_the_older_text_are_carried_over(
    visitor: Visitor, article: str, store: Store
) -> None:
    uid = mark(visitor, article, "Workers", "actor")
    project = store.projects.find(of_project(article).rpartition("/")[2])
    saw = store.marks.find(project, uid).value.version
    corrected(visitor, article, 0, "The old harbour")
    start = TEXT.index("Workers")
    script = {"HX-Request": "true", "X-Postil-Revision": "1"}
    form = {"start": start, "end": start + len("Workers want"), "saw": saw}
    answer = visitor.post(f"{of_project(article)}/annotations/{uid}", form, headers=script)
    assert answer.status_code == 200
    assert ">Workers want</mark>" in visitor.get(article).text


def test_an_undo_that_brings_another_text_tells_the_page(visitor: Visitor, article: str) -> None:
    corrected(visitor, article, 0, "The old harbour")
    script = {"HX-Request": "true", "X-Postil-Revision": "2"}
    answer = visitor.post(f"{article}/undo", {"op": new_id()}, headers=script)
    assert (answer.status_code, answer.headers["X-Postil-Revision"]) == (200, "1")
    assert "The old harbour" not in visitor.get(article).text


def test_marks_of_a_closed_layer_are_shown_on_their_own_text(
    visitor: Visitor, store: Store, project: Project
) -> None:
    layer = Layer(id="closed", kind="key", annotator="Ada", frozen=True)
    claim = Annotation(id="m1", start=0, end=3, label="claim")
    document = Document(id="two", title="Two", text="One two three.")
    put(store, project, Annotated(document=document, layer=layer, annotations=(claim,)))
    address = f"/projects/{project.id}/documents/two"
    corrected(visitor, address, 0, "Four two three.")
    assert "<mark" not in visitor.get(address).text
    assert ">One</mark>" in visitor.get(f"{address}?revision=1").text
    assert "1 mark of a closed layer stays on it." in seen(visitor.get(f"{address}/texts").text)
    assert "One" in seen(visitor.get(f"/projects/{project.id}/statements").text)
