import io
import json
import os
import re
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from annotations import codebook, formats
from annotations.document import Annotated, Document, Layer
from annotations.store import Project, Store
from reader import uploads
from reader.pages.transfer import bringing
from tests.documents import DOCUMENTS, marked
from tests.web.conftest import Visitor, act, hidden, put, seen

HTML = b"<title>Strike</title><h1>The strike</h1><p>They stopped.</p><script>alert(1)</script>"


def send(
    visitor: Visitor, project: Project, *files: tuple[str, bytes], **form: str
) -> TestResponse:
    """Encoded here, because the test client leaves its temporary files open."""
    sent = [FileStorage(io.BytesIO(data), name) for name, data in files]
    token = hidden(visitor.get("/you").text, "csrf_token")
    boundary, body = encode_multipart({"csrf_token": token, **form, "file": sent})
    return visitor.client.post(
        f"/projects/{project.id}/import",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def keep(visitor: Visitor, project: Project, page: str, **form: str) -> TestResponse:
    data = {"upload": hidden(page, "upload"), "op": hidden(page, "op"), **form}
    return visitor.post(f"/projects/{project.id}/import/store", data)


def line(id: str, text: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "title": id.upper(), "text": text, **more}


def jsonl(*lines: dict[str, Any]) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in lines).encode()


def waiting(app: Flask) -> list[Path]:
    folder = Path(f"{app.extensions['postil'].database.path}.incoming")
    return list(folder.iterdir()) if folder.exists() else []


# ── in ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pasted_text_is_shown_first_and_stored_on_a_word(
    visitor: Visitor, store: Store, project: Project, app: Flask
) -> None:
    shown = send(
        visitor, project, text="The strike goes on.\r\n\r\nNobody 😀 knows why.", title="Strike"
    )
    assert shown.status_code == 200
    assert "Strike 40 characters · 2 paragraphs" in seen(shown.text)
    assert store.documents.count(project) == 0
    kept = keep(visitor, project, shown.text)
    [key] = store.documents.keys(project)
    document = store.documents.by_key(key).value
    assert (document.title, document.text) == (
        "Strike",
        "The strike goes on.\n\nNobody 😀 knows why.",
    )
    assert (kept.status_code, kept.location) == (
        303, f"/projects/{project.id}/documents/{document.id}",
    )  # fmt: skip
    assert waiting(app) == []


@pytest.mark.parametrize(("length", "shown"), [(300, "x" * 300), (301, "x" * 300 + " …")])
def test_a_preview_shows_three_hundred_characters_of_a_text(
    visitor: Visitor, project: Project, length: int, shown: str
) -> None:
    page = send(visitor, project, ("a.txt", b"x" * length)).text

    quoted = re.search("<blockquote[^>]*>(.*?)</blockquote>", page)
    assert quoted
    assert unescape(quoted[1]).replace("\N{HAIR SPACE}", " ") == shown


def test_a_preview_shows_twenty_documents_and_counts_the_others(
    visitor: Visitor, project: Project
) -> None:
    files = [(f"{number:02}.txt", f"Text {number:02}.".encode()) for number in range(22)]

    page = send(visitor, project, *files).text

    assert "22 documents" in seen(page)
    quotes = re.findall("<blockquote[^>]*>(.*?)</blockquote>", page)
    assert quotes == [f"Text {number:02}." for number in range(20)]


def test_several_files_are_one_act(visitor: Visitor, store: Store, project: Project) -> None:
    span = {"start": 0, "end": 6, "label": "actor"}
    marks = jsonl(line("one", "Maduro spoke.", spans=[span]), line("two", "Nobody did."))
    shown = send(
        visitor, project, ("a.txt", b"Plain."), ("b.md", b"# Title\n\nText."), ("c.jsonl", marks)
    )
    assert "4 documents, 1 mark, 0 relations." in seen(shown.text)
    kept = keep(visitor, project, shown.text)
    assert kept.location == f"/projects/{project.id}"
    assert "Stored: 4 documents, 1 mark, 0 relations." in visitor.get(kept.location).text
    assert store.documents.count(project) == 4


def test_the_preview_says_what_was_left_out(visitor: Visitor, project: Project) -> None:
    page = send(visitor, project, ("strike.html", HTML)).text
    assert "Left out with their contents: 1 × script." in page
    assert "alert(1)" not in page


def test_many_documents_are_counted_and_the_first_shown(visitor: Visitor, project: Project) -> None:
    page = send(
        visitor, project, ("m.jsonl", jsonl(*(line(f"d{n}", "Text.") for n in range(50))))
    ).text
    assert page.count('<article class="panel seen">') == 20
    assert "and 30 more documents" in page


def test_a_tick_takes_the_marks_as_suggestions(
    visitor: Visitor, store: Store, project: Project
) -> None:
    span = {"id": "s", "start": 0, "end": 5, "label": "actor", "text": "Hello"}
    file = jsonl(line("a", "Hello there", layer="m", annotator="A model", spans=[span]))
    page = send(visitor, project, ("marked.jsonl", file)).text
    assert '<input type="checkbox" name="as_suggestions" value="1">' in page

    answer = keep(visitor, project, page, as_suggestions="1")

    kept = store.documents.find(project, "a")
    assert answer.location == f"/projects/{project.id}/documents/a"
    assert store.marks.of(kept) == []
    offered = store.suggestions.open(project, store.people.first(), kept)
    assert [(each.source, each.label, each.start, each.end) for each in offered] == [
        ("A model", "actor", 0, 5)
    ]


def test_without_the_tick_they_are_marks_and_without_marks_there_is_none(
    visitor: Visitor, store: Store, project: Project
) -> None:
    span = {"id": "s", "start": 0, "end": 5, "label": "actor", "text": "Hello"}
    marked = send(visitor, project, ("m.jsonl", jsonl(line("a", "Hello", layer="m", spans=[span]))))
    plain = send(visitor, project, ("p.jsonl", jsonl(line("b", "Hello"))))

    keep(visitor, project, marked.text)

    kept = store.documents.find(project, "a")
    assert "as_suggestions" not in plain.text
    assert [mark.label for mark in store.marks.of(kept)] == ["actor"]
    assert store.suggestions.open(project, store.people.first(), kept) == []


def test_a_store_that_is_sent_again_is_not_done_again(
    visitor: Visitor, store: Store, project: Project
) -> None:
    page = send(visitor, project, text="Once.").text
    first, second = keep(visitor, project, page), keep(visitor, project, page)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert store.documents.count(project) == 1


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("bad.jsonl", jsonl(line("a", "Fine.")) + b"{nonsense\n", "bad.jsonl, line 2"),
        ("nul.txt", b"one\ntwo\0", "nul.txt, line 2"),
        ("latin.txt", "café".encode("latin-1"), "latin.txt"),
        ("table.csv", b"a,b\n", "table.csv"),
    ],
)
def test_a_bad_file_is_refused_by_name_and_place(
    visitor: Visitor, store: Store, project: Project, app: Flask, name: str, data: bytes, says: str
) -> None:
    answer = send(visitor, project, ("good.txt", b"Good."), (name, data), text="Pasted.")
    assert answer.status_code == 422
    assert says in answer.text
    assert "Nothing was stored." in answer.text
    assert "Pasted.</textarea>" in answer.text
    assert store.documents.count(project) == 0
    assert len(waiting(app)) == 1


def look_again(visitor: Visitor, project: Project, page: str, **choices: str) -> TestResponse:
    data = {"upload": hidden(page, "upload"), **choices}
    return visitor.post(f"/projects/{project.id}/import/look", data)


def test_what_cannot_be_read_is_left_out_on_a_word_and_listed_first(
    visitor: Visitor, store: Store, project: Project
) -> None:
    data = jsonl(line("a", "Fine.")) + b"{nonsense\n" + jsonl(line("b", "Good."))
    refused = send(visitor, project, ("bad.jsonl", data))
    assert refused.status_code == 422
    shown = look_again(visitor, project, refused.text, skip_bad="1")
    assert shown.status_code == 200
    assert "2 documents, 0 marks, 0 relations." in seen(shown.text)
    assert "1 place cannot be read and is left out bad.jsonl , line 2: " in seen(shown.text)
    assert store.documents.count(project) == 0
    kept = keep(visitor, project, shown.text)
    assert kept.status_code == 303
    assert [listed.id for listed in store.documents.listed(project, "title")] == ["a", "b"]


def test_a_bad_span_is_left_out_alone_and_listed(
    visitor: Visitor, store: Store, project: Project
) -> None:
    spans = [{"start": 0, "end": 4, "label": "x"}, {"start": 0, "end": 9, "label": "y"}]
    data = jsonl({**line("a", "Fine."), "spans": spans})
    refused = send(visitor, project, ("bad.jsonl", data))
    assert refused.status_code == 422
    shown = look_again(visitor, project, refused.text, skip_bad="1")
    assert "1 document, 1 mark, 0 relations." in seen(shown.text)
    assert (
        "1 place cannot be read and is left out bad.jsonl , line 1: span 2: 0–9 does not fit"
    ) in seen(shown.text)
    kept = visitor.get(keep(visitor, project, shown.text).location)
    assert "Stored: 1 document, 1 mark, 0 relations." in kept.text


def test_what_the_project_cannot_keep_is_left_out_too_and_told(
    visitor: Visitor, store: Store, project: Project
) -> None:
    put(store, project, Annotated(document=Document(id="one", title="One", text="Here.")))
    lines = (line("two", "New."), line("one", "Other."))
    shown = send(visitor, project, ("m.jsonl", jsonl(*lines)))
    again = look_again(visitor, project, shown.text, skip_bad="1")
    assert "so this one will be left out" in again.text
    kept = visitor.get(keep(visitor, project, again.text).location)
    assert "Left out: m.jsonl, line 2: " in kept.text
    assert "Stored: 1 document, 0 marks, 0 relations." in kept.text
    assert store.documents.find(project, "one").value.text == "Here."


def test_what_was_sent_can_be_read_as_something_else(visitor: Visitor, project: Project) -> None:
    shown = send(visitor, project, ("story.txt", b"# The strike\n\nThey *stopped*."), title="Mine")
    assert "# The strike" in seen(shown.text)
    again = look_again(visitor, project, shown.text, kind="markdown")
    assert "Mine 25 characters · 2 paragraphs" in seen(again.text)
    assert look_again(visitor, project, shown.text, kind="exe").status_code == 422
    assert look_again(visitor, project, shown.text, offsets="bytes").status_code == 422


def test_a_unit_that_nothing_proves_is_asked_for_in_the_page(
    visitor: Visitor, project: Project
) -> None:
    open_unit = jsonl({"text": "📞 Ada", "label": [[3, 6, "actor"]]})
    refused = send(visitor, project, ("admin.jsonl", open_unit))
    assert refused.status_code == 422
    assert "say what the offsets count: UTF-16 (as doccano does)" in seen(refused.text)
    assert "--offsets" not in refused.text
    shown = look_again(visitor, project, refused.text, offsets="utf-16")
    assert shown.status_code == 200
    assert "1 mark" in seen(shown.text)


def test_another_browser_cannot_look_at_what_was_sent(
    visitor: Visitor, project: Project, app: Flask
) -> None:
    shown = send(visitor, project, text="Secret.").text
    answer = look_again(Visitor(app.test_client()), project, shown)
    assert answer.status_code == 422
    assert "Secret" not in answer.text


def test_a_pasted_text_that_cannot_be_read_is_named(visitor: Visitor, project: Project) -> None:
    answer = send(visitor, project, text='{"text": "x", "spans": [{"start": 0}]}')
    assert answer.status_code == 422
    assert "pasted text, line 1" in answer.text


def test_nothing_at_all_is_told(visitor: Visitor, project: Project) -> None:
    answer = send(visitor, project, text="   ")
    assert answer.status_code == 422
    assert "paste a text, or choose a file" in answer.text


def test_all_or_nothing_also_where_only_the_database_knows(
    visitor: Visitor, store: Store, project: Project
) -> None:
    put(store, project, Annotated(document=Document(id="one", title="One", text="Here.")))
    page = send(
        visitor, project, ("m.jsonl", jsonl(line("two", "New."), line("one", "Other.")))
    ).text
    assert "another text" in page
    answer = keep(visitor, project, page)
    assert answer.status_code == 422
    assert "m.jsonl, line 2" in answer.text
    assert "Nothing was stored." in answer.text
    assert [listed.id for listed in store.documents.listed(project)] == ["one"]


def test_what_was_shown_to_one_browser_is_not_stored_by_another(
    visitor: Visitor, store: Store, project: Project, app: Flask
) -> None:
    page = send(visitor, project, text="Mine.").text
    answer = keep(Visitor(app.test_client()), project, page)
    assert answer.status_code == 422
    assert store.documents.count(project) == 0


def test_a_preview_belongs_to_its_project(visitor: Visitor, store: Store, project: Project) -> None:
    other = store.projects.add(act(store, "project"), "Other", codebook.default())
    page = send(visitor, project, text="Mine.").text
    assert keep(visitor, other, page).status_code == 422
    assert store.documents.count(other) == 0


@pytest.mark.parametrize("upload", ["", "x", "../../etc/passwd", "W10.x.y"])
def test_a_made_up_upload_is_refused(visitor: Visitor, project: Project, upload: str) -> None:
    data = {"upload": upload, "op": "one-op"}
    assert visitor.post(f"/projects/{project.id}/import/store", data).status_code == 422


def test_what_waits_too_long_goes(
    visitor: Visitor, project: Project, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = send(visitor, project, text="Old.").text
    [old] = waiting(app)
    os.utime(old, (1, 1))
    send(visitor, project, text="New.")
    assert old not in waiting(app)
    assert keep(visitor, project, page).status_code == 422
    monkeypatch.setattr(uploads, "MOST", 3)
    for _ in range(5):
        send(visitor, project, text="More.")
    assert len(waiting(app)) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes there")
def test_what_was_shown_an_hour_ago_is_not_stored(
    visitor: Visitor, store: Store, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = hidden(send(visitor, project, ("a.txt", b"Words.")).text, "upload")
    monkeypatch.setattr(bringing, "SECONDS", -1)

    answer = visitor.post(f"/projects/{project.id}/import/store", {"upload": shown})

    assert answer.status_code == 422
    assert "was kept for an hour and is gone now" in seen(answer.text)
    assert store.documents.count(project) == 0


def test_what_waits_is_readable_by_its_owner_alone(
    visitor: Visitor, project: Project, app: Flask
) -> None:
    send(visitor, project, text="Secret.")
    [place] = waiting(app)
    assert [p.stat().st_mode & 0o777 for p in (place.parent, place)] == [0o700, 0o700]
    assert {file.stat().st_mode & 0o777 for file in place.iterdir()} == {0o600}


def test_too_much_is_refused_with_the_limit(visitor: Visitor, project: Project, app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    app.config["POSTIL_MOST_BROUGHT"] = 2_000_000
    answer = send(visitor, project, ("big.txt", b"x" * 2_100_000))
    assert answer.status_code == 413
    assert "At most 2 MB" in answer.text
    assert send(visitor, project, ("big.txt", b"x " * 700_000)).status_code == 200
    other = visitor.post(f"/projects/{project.id}/import/look", {"upload": "x" * 1_100_000})
    assert other.status_code == 413


def test_a_script_gets_the_preview_alone_and_errors_as_a_message(
    visitor: Visitor, project: Project
) -> None:
    def sent(text: str) -> TestResponse:
        return visitor.post(
            f"/projects/{project.id}/import", {"text": text}, headers={"HX-Request": "true"}
        )

    assert sent("A text.").text.lstrip().startswith('<div id="bring"')
    bad = sent("")
    assert bad.status_code == 422
    assert bad.text.startswith('<div class="problem"')


def test_a_title_with_mischief_in_it_is_only_a_title(
    visitor: Visitor, store: Store, project: Project
) -> None:
    page = send(visitor, project, text="Text.", title='"><script>alert(1)</script>').text
    assert "<script>alert" not in page
    keep(visitor, project, page)
    assert [listed.title for listed in store.documents.listed(project)] == [
        '"><script>alert(1)</script>'
    ]


def test_a_text_may_begin_with_its_project(visitor: Visitor, store: Store) -> None:
    assert "Into a new one" in visitor.get("/import").text
    answer = visitor.post("/projects", {"name": "Mine", "op": "one-op", "then": "import"})
    [made] = store.projects.all()
    assert answer.location == f"/projects/{made.id}/import"
    again = visitor.post("/projects", {"name": "Mine", "op": "two-op", "then": "import"})
    assert again.status_code == 422
    assert "Into a new one" in again.text


# ── out ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def full(store: Store, project: Project) -> Project:
    """Two documents; Ada marked both, and Bob one of them."""
    ada = marked("call", "Maduro asked Trump.", ("actor", "Maduro"), ("claim", "asked"))
    bob = marked("call", "Maduro asked Trump.", ("actor", "Trump"))
    other = marked("other", "Nobody came.", ("actor", "Nobody"))
    bobs = Layer(id="layer-bob", annotator="bob")
    renamed = [
        a.__class__(id="bob-1", start=a.start, end=a.end, label=a.label) for a in bob.annotations
    ]
    put(
        store,
        project,
        ada,
        Annotated(document=bob.document, layer=bobs, annotations=tuple(renamed)),
        other,
    )
    return project


def file(visitor: Visitor, project: Project, **choice: str) -> TestResponse:
    return visitor.get(f"/projects/{project.id}/export/file", query_string=choice)


def test_the_dialogue_asks_whose_marks_where_several_people_marked(
    visitor: Visitor, full: Project
) -> None:
    page = visitor.get(f"/projects/{full.id}/export").text
    assert "Choose whose marks to take" in page
    assert '<button class="primary" disabled>' in page
    refused = file(visitor, full)
    assert refused.status_code == 422
    assert "Choose whose marks to take" in refused.text


def test_the_dialogue_asks_nothing_where_one_person_marked(visitor: Visitor, full: Project) -> None:
    page = visitor.get(f"/projects/{full.id}/export?document=doc-other").text
    assert "1 document 1 mark 0 relations" in in_order(page)
    assert "disabled" not in page


def in_order(page: str) -> str:
    """The counts as they are seen: the number stands first."""
    words = seen(page)
    for what in ("document", "mark", "relation"):
        for name in (f"{what}s", what):
            for number in range(10):
                words = words.replace(f" {name} {number} ", f" {number} {name} ")
    return words


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"layer": "layer-ada"}, "2 documents 3 marks"),
        ({"layer": "*"}, "2 documents 4 marks"),
        ({"layer": "layer-ada", "document": "doc-call"}, "1 document 2 marks"),
        ({"layer": "*", "chosen": "1", "label": "actor"}, "2 documents 3 marks"),
        ({"layer": "*", "chosen": "1"}, "No label is chosen"),
        ({"layer": "*", "format": "csv"}, "This format cannot carry: the texts themselves"),
        ({"layer": "*"}, "Nothing is left out."),
    ],
)
def test_the_dialogue_counts_what_will_be_in_the_file(
    visitor: Visitor, full: Project, choice: dict[str, str], says: str
) -> None:
    address = f"/projects/{full.id}/export"
    whole = visitor.get(address, query_string=choice).text
    assert says in in_order(whole)
    part = visitor.get(address, query_string=choice, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="choices">')
    assert says in in_order(f"<body>{part}")


def test_the_file_holds_what_the_dialogue_said(visitor: Visitor, full: Project) -> None:
    answer = file(visitor, full, layer="*", label="actor")
    lines = [json.loads(each) for each in answer.data.splitlines()]
    assert [(each["id"], each["layer"], len(each["spans"])) for each in lines] == [
        ("doc-call", "layer-ada", 1), ("doc-call", "layer-bob", 1), ("doc-other", "layer-ada", 1),
    ]  # fmt: skip
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_spreadsheet_comes_as_one(visitor: Visitor, full: Project) -> None:
    answer = visitor.get(
        f"/projects/{full.id}/export/file?format=csv&layer=*", headers={"Accept-Encoding": "gzip"}
    )
    assert answer.content_type == "text/csv; charset=utf-8"
    assert len(answer.data.splitlines()) == 5
    assert int(answer.headers["Content-Length"]) == len(answer.data)


@pytest.mark.parametrize("entry", DOCUMENTS.values(), ids=DOCUMENTS)
def test_what_is_taken_home_can_be_brought_back(
    visitor: Visitor, store: Store, project: Project, entry: Annotated
) -> None:
    put(store, project, entry)
    taken = file(visitor, project, layer="*").data
    other = store.projects.add(act(store, "project"), "Other", codebook.default())
    page = send(visitor, other, ("back.jsonl", taken)).text
    assert keep(visitor, other, page).status_code == 303
    again = file(visitor, other, layer="*").data
    assert without_times(again) == without_times(taken)


def without_times(data: bytes) -> list[Any]:
    lines = [json.loads(each) for each in data.splitlines()]
    for each in lines:
        each.pop("codebook", None)
    return lines


@pytest.mark.parametrize(
    ("title", "plain", "full"),
    [
        ("The call", "the-call.jsonl", "The%20call.jsonl"),
        ("عمال", "postil.jsonl", "%D8%B9%D9%85%D8%A7%D9%84.jsonl"),
        ('a/b\\c:"d"\r\nX: y', "a-b-c-d-x-y.jsonl", "a%20b%20c%20d%20X%20y.jsonl"),
        ("../../etc/passwd", None, None),
        ("\u202egpj.exe", "gpj.exe.jsonl", "gpj.exe.jsonl"),
        ("", "postil.jsonl", "postil.jsonl"),
    ],
)
def test_a_file_has_a_good_name(
    visitor: Visitor,
    store: Store,
    project: Project,
    title: str,
    plain: str | None,
    full: str | None,
) -> None:
    put(store, project, Annotated(document=Document(id="doc", title=title, text="Text.")))
    named = file(visitor, project, document="doc").headers["Content-Disposition"]
    if plain is None:
        assert "/" not in named
        assert named.startswith('attachment; filename="etc-passwd.jsonl"')
    else:
        assert named == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"


def test_what_is_not_there_is_404(visitor: Visitor, full: Project) -> None:
    assert file(visitor, full, document="nothing").status_code == 404
    assert visitor.get("/projects/nothing/export").status_code == 404
    assert visitor.get(f"/projects/{full.id}/export?document=nothing").status_code == 404


# ── out, as asked ─────────────────────────────────────────────────────────────────────────────────


def dialogue(visitor: Visitor, project: Project, *fields: tuple[str, str]) -> str:
    return visitor.get(f"/projects/{project.id}/export", query_string=list(fields)).text


def taken(visitor: Visitor, project: Project, *fields: tuple[str, str]) -> TestResponse:
    return visitor.get(f"/projects/{project.id}/export/file", query_string=list(fields))


@pytest.mark.parametrize("format", formats.writable())
def test_every_format_can_be_taken_home(visitor: Visitor, full: Project, format: str) -> None:
    fields = [("format", format), ("layer", "layer-ada"), ("states", "all")]
    page = dialogue(visitor, full, *fields)
    assert re.search(rf'value="{format}" checked', page)
    assert "2 documents 3 marks" in in_order(page)
    answer = taken(visitor, full, *fields)
    assert answer.status_code == 200
    assert answer.content_type == formats.get(format).media_type
    assert len(answer.data) == int(answer.headers["Content-Length"]) > 0


def test_labels_go_out_under_other_names_or_not_at_all(visitor: Visitor, full: Project) -> None:
    fields = [("layer", "layer-ada"), ("chosen", "1"), ("label", "actor"), ("as:actor", " PER ")]
    page = dialogue(visitor, full, *fields)
    assert "1 mark of another label stays at home" in seen(page)
    assert 'name="as:actor" id="as-2" value="PER"' in page
    lines = [json.loads(each) for each in taken(visitor, full, *fields).data.splitlines()]
    assert [span["label"] for each in lines for span in each["spans"]] == ["PER", "PER"]


def map_with(visitor: Visitor, project: Project, toml: bytes, query: str = "") -> TestResponse:
    token = hidden(visitor.get("/you").text, "csrf_token")
    file = FileStorage(io.BytesIO(toml), "names.toml")
    fields = {"csrf_token": token, "query": query, "mapping": file}
    boundary, body = encode_multipart(fields)
    return visitor.client.post(
        f"/projects/{project.id}/export/mapping",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def test_a_mapping_file_fills_in_the_names(visitor: Visitor, full: Project) -> None:
    toml = b'[labels]\nclaim = "CLAIM"\nactor = false\n[relations]\n"made by" = "BY"\n'
    answer = map_with(visitor, full, toml, "layer=layer-ada&format=csv&label=demand&as:demand=X")
    assert answer.status_code == 303
    page = visitor.get(answer.location).text
    assert 'value="claim" checked' in page
    assert 'value="actor" checked' not in page
    assert 'value="CLAIM"' in page
    assert 'value="BY"' in page
    assert 'value="X"' not in page
    assert 'value="csv" checked' in page
    assert "2 marks of other labels stay at home" in seen(page)


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        (b"[labels\n", "names.toml, line 1"),
        (b'[labels]\nnobody = "X"\n', "which the codebook lacks"),
        (b"\xff\xfe", "not UTF-8"),
        (b"#" * 1_100_000, "at most"),
        (b"", None),
    ],
)
def test_a_bad_mapping_file_is_refused_with_the_reason(
    visitor: Visitor, full: Project, toml: bytes, says: str | None
) -> None:
    answer = map_with(visitor, full, toml)
    assert answer.status_code == (303 if says is None else 422)
    assert says is None or says in answer.text


def test_formats_that_train_take_what_is_done_unless_told_otherwise(
    visitor: Visitor, store: Store, full: Project
) -> None:
    person = store.people.first()
    for uid in ("doc-other",):
        kept = store.documents.find(full, uid)
        store.states.set(act(store, "state", full), full, person, kept, "done")
    fields = [("format", "bio"), ("layer", "*")]
    page = seen(dialogue(visitor, full, *fields))
    assert "1 document that is not done stays at home" in page
    assert "1 document that is done goes out without a mark" in page
    every = dialogue(visitor, full, *fields, ("states", "all"))
    assert "not done" not in seen(every)
    assert "2 documents" in in_order(every)


def test_a_change_of_the_format_brings_the_states_that_are_usual_for_it(
    visitor: Visitor, full: Project
) -> None:
    whose = ("layer", "*")
    drawn_for_jsonl = [("format", "bio"), whose, ("shown", "jsonl"), ("states", "all")]
    assert 'value="done" checked' in dialogue(visitor, full, *drawn_for_jsonl)
    chosen_for_bio = [("format", "bio"), whose, ("shown", "bio"), ("states", "all")]
    assert 'value="all" checked' in dialogue(visitor, full, *chosen_for_bio)


def test_what_a_format_needs_to_know_is_asked_for_it_alone(visitor: Visitor, full: Project) -> None:
    whose = ("layer", "*")
    native = dialogue(visitor, full, ("format", "jsonl"), whose)
    tokens = dialogue(visitor, full, ("format", "bio"), whose)
    asked = ("fragments", "borders", "tokens", "negatives")
    assert [f'name="{name}"' in native for name in asked] == [False, False, False, True]
    assert [f'name="{name}"' in tokens for name in asked] == [True, True, True, False]


def test_what_cannot_be_is_told_before_it_is_taken(visitor: Visitor, full: Project) -> None:
    off = marked("off", "Maduro asked.", ("actor", "Madu"))
    put(here_store(visitor), full, off)
    fields = [("format", "bio"), ("layer", "*"), ("states", "all"), ("borders", "stop")]
    page = dialogue(visitor, full, *fields)
    assert "Madu" in page
    assert '<button class="primary" disabled>' in page
    assert taken(visitor, full, *fields).status_code == 422


def here_store(visitor: Visitor) -> Store:
    store: Store = visitor.client.application.extensions["postil"]
    return store


def test_since_takes_moments_alone(visitor: Visitor, full: Project, tmp_path: Path) -> None:
    whose = ("layer", "*")
    later = dialogue(visitor, full, whose, ("since", "2199-01-31T18:00"))
    assert "2 documents that did not change since stay at home" in seen(later)
    earlier = dialogue(visitor, full, whose, ("since", "2020-01-31"))
    assert "2 documents" in in_order(earlier)
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"made_from": {"project": "x", "at": "2020-01-01", "change": 1}}')
    for said in (str(manifest), "yesterday", "9999999-01-01"):
        page = dialogue(visitor, full, whose, ("since", said))
        assert "is not a moment such as" in page
        assert taken(visitor, full, whose, ("since", said)).status_code == 422


def test_losses_come_with_the_first_quotes_that_lose_something(
    visitor: Visitor, full: Project
) -> None:
    page = dialogue(visitor, full, ("format", "bio"), ("layer", "*"), ("states", "all"))
    assert "overlapping marks (1) : “" not in seen(page)
    noted = replace(marked("noted", "Ana spoke.", ("actor", "Ana")).annotations[0], note="Hm.")
    entry = replace(marked("noted", "Ana spoke.", ("actor", "Ana")), annotations=(noted,))
    put(here_store(visitor), full, entry)
    page = dialogue(visitor, full, ("format", "bio"), ("layer", "*"), ("states", "all"))
    assert '<li>notes <span class="soft">(1)</span><span class="soft">: <q dir="auto">Ana</q>' in (
        page
    )


@pytest.mark.parametrize("choice", [{"format": "exe"}, {"layer": "nobody"}, {"label": "nothing"}])
def test_a_choice_that_is_not_there_is_passed_over(
    visitor: Visitor, full: Project, choice: dict[str, str]
) -> None:
    assert visitor.get(f"/projects/{full.id}/export", query_string=choice).status_code == 200


# ── names that the codebook lacks ─────────────────────────────────────────────────────────────────


def _said(label: str, relation: str) -> bytes:
    spans = [
        {"id": "c", "start": 0, "end": 12, "label": label},
        {"id": "a", "start": 0, "end": 3, "label": "actor"},
    ]
    relations = [{"id": "r", "head": "c", "child": "a", "label": relation}]
    return jsonl(line("one", "Ada says so.", spans=spans, relations=relations))


def test_names_that_the_codebook_lacks_are_shown_and_asked_about_where_they_look_alike(
    visitor: Visitor, store: Store, project: Project
) -> None:
    page = send(visitor, project, ("a.jsonl", _said("city", "made_by"))).text

    assert "made_by relation · 1 ×" in seen(page)
    assert "looks like made by" in seen(page)
    assert re.search(r'name="map.made_by"[^>]* required', page)
    assert not re.search(r'name="map.city"[^>]* required', page)

    keep(visitor, project, page, **{"map.made_by": "made by", "map.city": "city"})

    book = store.codebooks.of(project.key)
    assert (book.has_label("city"), book.has_kind("made_by")) == (True, False)
    layers = store.exchange.choose(project, None, every=True)
    (entry,) = store.exchange.out(project, layers)
    assert [relation.label for relation in entry.relations] == ["made by"]


def test_what_the_codebook_has_is_not_asked_about(visitor: Visitor, project: Project) -> None:
    page = send(visitor, project, ("a.jsonl", _said("claim", "made by"))).text
    assert "What the codebook does not have" not in seen(page)
