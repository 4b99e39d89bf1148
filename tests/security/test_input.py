"""Texts that cannot be taken, said where; and texts that can, however strange."""

import csv
import io
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask

from annotations import codebook
from annotations.document import Annotated, Annotation, Block, Document, Inline, Layout
from annotations.errors import BadInput, TooDeep, UnstorableText
from annotations.formats.cells import safe
from annotations.ingest import read_article
from annotations.store import Store
from tests.growth import grows_with_its_input
from tests.security.conftest import Visitor, act, everything, store_of
from tests.security.vectors import vectors

DOCUMENT = "/projects/mine/documents/mine-doc"
DEEP = {
    "divisions": "<div>" * 201 + "at the bottom",
    "quotations": "<p>Before the deep.</p>" + "<blockquote>" * 5_000 + "x",
    "lists": "<ul><li>" * 300 + "x",
    "tables": "<table><tr><td>" * 300 + "x",
    "styles": "<p>" + "<b><i><u>" * 300 + "x",
    "links": '<a href="http://a.test">' * 10 + "<section>" * 300 + "x",
    "a megabyte": "<div>" * 200_000,
}


# ── what is refused ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [name for name in DEEP if name != "styles"])
def test_a_page_that_is_too_deep_is_refused_with_the_place(
    visitor: Visitor, store: Store, name: str
) -> None:
    before = everything(store)

    with pytest.raises(TooDeep, match=r"nests more than 200 elements \(at <\w+> near “.+”\)"):
        read_article(DEEP[name], kind="html")
    answer = visitor.script("/projects/mine/import", {"text": DEEP[name], "kind": "html"})

    assert answer.status_code == 422
    assert "nests more than 200 elements" in answer.text
    assert everything(store) == before


def test_the_place_is_given_in_words(visitor: Visitor) -> None:
    deep = "<p>On the way down.</p>" + "<dl><dd>" * 99 + "Nearly there." + "<dl><dd>" * 99

    answer = visitor.script("/projects/mine/import", {"text": deep, "kind": "html"})

    assert "near “On the way down. Nearly there.”" in answer.text


def test_styles_in_styles_are_no_depth_that_hurts() -> None:
    def styled(times: int) -> None:
        with suppress(BadInput):
            read_article("<p>" + "<b><i><u>" * times + "x", kind="html")

    assert grows_with_its_input(styled, 400)


UNSTORABLE = {"NUL": "\0", "a high surrogate": "\ud800", "a low surrogate": "\udfff"}


@pytest.mark.parametrize("kind", ["text", "markdown", "html"])
@pytest.mark.parametrize("name", UNSTORABLE)
def test_what_no_page_can_show_is_refused_with_the_place(name: str, kind: str) -> None:
    character = UNSTORABLE[name]

    with pytest.raises(UnstorableText) as refused:
        read_article(f"One line.\nTwo {character} lines.", kind=kind)

    assert (refused.value.place, refused.value.line) == (14, 2)
    assert f"U+{ord(character):04X} at position 14 (line 2)" in str(refused.value)


def test_a_text_with_nul_is_refused_with_the_place_by_the_page(
    visitor: Visitor, store: Store
) -> None:
    before = everything(store)

    pasted = visitor.script("/projects/mine/import", {"text": "One line.\nTwo \0 lines."})

    assert pasted.status_code == 422
    assert "U+0000 at position 14 (line 2)" in pasted.text
    assert everything(store) == before


@pytest.mark.parametrize("name", UNSTORABLE)
@pytest.mark.parametrize(
    "field", ["text", "title", "source", "date", "note", "entity", "concept", "label", "attributes"]
)
def test_no_field_of_a_file_takes_what_no_page_can_show(
    visitor: Visitor, store: Store, field: str, name: str
) -> None:
    bad = f"a{UNSTORABLE[name]}b"
    span = {"start": 0, "end": 1, "label": "claim"}
    line = {"schema": "postil/1", "id": "x", "title": "t", "text": "text", "spans": [span]}
    (span if field in ("note", "entity", "concept", "label", "attributes") else line)[field] = (
        {"x": bad} if field == "attributes" else bad
    )
    before = everything(store)
    form = {"text": json.dumps(line), "kind": "jsonl"}

    shown = visitor.script("/projects/mine/import", form)

    assert shown.status_code == 422
    assert "line 1" in shown.text
    assert everything(store) == before


@pytest.mark.parametrize("name", UNSTORABLE)
def test_no_field_of_a_form_takes_what_no_page_can_show(
    visitor: Visitor, store: Store, name: str
) -> None:
    bad = f"a{UNSTORABLE[name]}b".encode("utf-8", "surrogatepass")
    mark = "/projects/mine/annotations/mine-demand"
    for path, field in (
        (mark, "note"),
        (mark, "concept"),
        (mark, "attribute.status"),
        ("/projects", "name"),
    ):
        visitor.script(path, {field: bad})
    visitor.post("/you", {"do": "add", "name": bad})

    # What is no UTF-8 arrives as U+FFFD; NUL arrives as it is, and is refused.
    kept = repr(everything(store))
    assert "\\x00" not in kept
    assert "\\ud800" not in kept
    assert store.upkeep.check().problems == ()


def test_a_link_that_could_run_is_never_drawn(visitor: Visitor, store: Store) -> None:
    """Formats and ingest refuse it; a document that comes by another way is drawn without it."""
    project = store.projects.find("mine")
    bad = ("javascript:alert(1)", "data:text/html,x", " javascript:alert(1)", "//evil.test")
    inlines = tuple(Inline("a", n, n + 1, href) for n, href in enumerate(bad))
    layout = Layout((Block("p", 0, 9),), inlines)
    document = Document(id="links", title="Links", text="some text", layout=layout)
    store.exchange.take(act(store, "import", project.key), project, [Annotated(document=document)])

    page = visitor.page("/projects/mine/documents/links")

    assert "javascript:" not in page
    assert "data:text" not in page
    assert "evil.test" not in page


# ── what is taken ─────────────────────────────────────────────────────────────────────────────────


def test_a_megabyte_in_one_line_is_taken_and_shown(visitor: Visitor) -> None:
    text = "All in one line. " * 62_000

    shown = visitor.script("/projects/mine/import", {"text": text})
    sealed = shown.text.partition('name="upload" value="')[2].partition('"')[0]
    stored = visitor.post("/projects/mine/import/store", {"upload": sealed})
    page = visitor.get(stored.headers["Location"])
    found = visitor.get("/?q=line")

    assert (page.status_code, found.status_code) == (200, 200)
    assert text.strip() in page.text


def test_a_huge_title_breaks_no_page(visitor: Visitor, store: Store) -> None:
    project = store.projects.find("mine")
    for n in range(3):
        document = Document(id=f"huge{n}", title="Title " * 50_000, text="x")
        entry = Annotated(document=document)
        store.exchange.take(act(store, "import", project.key), project, [entry])

    for path in ("/", "/projects/mine", "/?q=Title", "/projects/mine/export"):
        assert visitor.get(path).status_code == 200


@pytest.mark.parametrize(
    "text", ["\x01\x02\x1b[0m", "\u2028\u2029\x85", "\x0b\x0c", "\ufeff\ufffe"]
)
def test_control_characters_are_kept_as_they_are(visitor: Visitor, store: Store, text: str) -> None:
    mark = "/projects/mine/annotations/mine-demand"

    assert visitor.script(mark, {"note": f"a{text}b"}).status_code == 200

    assert store.marks.find(store.projects.find("mine"), "mine-demand").value.note == f"a{text}b"


def test_names_that_turn_the_writing_stay_in_their_own_element(
    visitor: Visitor, store: Store
) -> None:
    turned = "\u202eevil\u202d\u2067"
    visitor.post("/you", {"do": "rename", "name": turned})
    store.projects.add(act(store, "project"), turned, codebook.default(), uid="turned")
    mark = "/projects/mine/annotations/mine-demand"
    visitor.script(mark, {"concept": turned, "note": turned})

    for path in ("/", "/you", "/import", "/projects/turned", DOCUMENT, mark, "/projects/mine"):
        page = visitor.page(path)
        body = page.partition("<body")[2]
        for before in body.split(turned)[:-1]:
            tag = before[before.rindex("<") :]
            assert "<bdi" in tag or "dir=" in tag or "=" in tag.partition(">")[0], (path, tag)


def test_an_error_does_not_turn_the_writing(visitor: Visitor) -> None:
    answer = visitor.get("/projects/mine\u202e/export")

    assert answer.status_code == 404
    assert "mine\\u202e" in answer.text


# ── what is taken home ────────────────────────────────────────────────────────────────────────────

NAMES = ('a"; filename="evil.exe', "a\r\nX-Evil: 1", "../../etc/passwd", "\u202egpj.exe", "CON", "")
NAMES += ("a\x00b", "x" * 5_000, "Ünï – 文", ".htaccess", "a/b\\c", "\ud83d\ude00".encode("utf-16",
    "surrogatepass").decode("utf-16"), "a%0d%0ab", "';alert(1)//", "-rf", "a;b,c")  # fmt: skip


@pytest.mark.parametrize("title", NAMES, ids=lambda name: ascii(name)[:20])
@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_a_download_is_called_something_harmless(
    app: Flask, visitor: Visitor, title: str, format: str
) -> None:
    store = store_of(app)
    project = store.projects.find("mine")
    document = Document(id="named", title=title.replace("\0", "\x01"), text="x")
    store.exchange.take(act(store, "import", project.key), project, [Annotated(document=document)])

    answer = visitor.get(f"/projects/mine/export/file?document=named&format={format}")

    assert answer.status_code == 200
    assert "X-Evil" not in answer.headers
    (said,) = answer.headers.getlist("Content-Disposition")
    plain, _, full = said.removeprefix("attachment; ").partition("; ")
    name = unquote(full.removeprefix("filename*=UTF-8''"))
    assert plain.startswith('filename="')
    assert plain.endswith(f'.{format}"')
    assert plain.count('"') == 2
    assert name.endswith(f".{format}")
    assert len(name) <= 100
    for each in (name, plain[10:-1]):
        assert Path(each).name == each
        assert each.isprintable()
        assert not set(each) & set('/\\:*?"<>|\r\n')
        assert each[0] != "."


def test_no_cell_of_a_table_is_a_formula(visitor: Visitor, store: Store) -> None:
    project = store.projects.find("mine")
    bad = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "－1", *vectors()[::5]]
    bad = [text for text in bad if text.strip()]
    text = "\n".join(bad)
    marks, place = [], 0
    for number, each in enumerate(bad):
        end = place + len(each)
        mark = Annotation(id=f"f{number}", start=place, end=end, label="claim", note=each)
        marks.append(replace(mark, concept=each[:2_000]))
        place = end + 1
    entry = Annotated(document=Document(id="f", title="=1", text=text), annotations=tuple(marks))
    store.exchange.take(act(store, "import", project.key), project, [entry])

    for path in ("export/file?document=f&format=csv", "statements.csv"):
        sheet = visitor.get(f"/projects/mine/{path}").data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(sheet, newline="")))
        assert len(rows) > len(bad)
        for row in rows:
            for cell in row:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "－"))
    assert safe("=1") == "'=1"
    assert safe("a=1") == "a=1"


def test_a_fragment_that_runs_backwards_is_refused_with_the_line(visitor: Visitor) -> None:
    span = {"start": 0, "end": 4, "label": "claim", "fragments": [[0, 1], [3, 2], [2, 4]]}
    line = {"schema": "postil/1", "id": "x", "title": "t", "text": "text", "spans": [span]}

    answer = visitor.script("/projects/mine/import", {"text": json.dumps(line), "kind": "jsonl"})

    assert answer.status_code == 422
    assert "line 1" in answer.text


@pytest.mark.parametrize("revision", [0, -1, 2**31, 2**63, 10**40])
def test_a_revision_that_nobody_counts_to_is_refused(
    visitor: Visitor, store: Store, revision: int
) -> None:
    line = {"schema": "postil/1", "id": "x", "title": "t", "text": "text", "revision": revision}
    before = everything(store)
    shown = visitor.script("/projects/mine/import", {"text": json.dumps(line), "kind": "jsonl"})
    sealed = shown.text.partition('name="upload" value="')[2].partition('"')[0]

    stored = visitor.post("/projects/mine/import/store", {"upload": sealed})

    assert stored.status_code == 422
    assert everything(store) == before


@pytest.mark.parametrize("token", ["[", "![", "</b>["])
def test_brackets_without_end_are_refused(token: str) -> None:
    with pytest.raises(BadInput, match="opening brackets"):
        read_article(token * 60_000, kind="markdown")
