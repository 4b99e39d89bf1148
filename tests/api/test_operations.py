"""What programs do through the door."""

import json
from typing import Any

import pytest

from annotations.codebook import as_data, default
from annotations.library import Workspace
from tests.api.conftest import TEXT, Program

MARK = {"start": 0, "end": 6, "label": "actor", "text": "Maduro"}


def mark(writer: Program, **said: Any) -> dict[str, Any]:
    made: dict[str, Any] = writer.send("POST", "/documents/call/annotations", {**MARK, **said}, 201)
    return made


# --- documents


def test_a_program_learns_what_its_token_opens(reader: Program, work: Workspace) -> None:
    found = reader.get("/project")

    assert found["project"] == {
        "id": work.project.id,
        "name": "Sanctions",
        "description": "",
        "documents": 1,
    }
    assert (found["person"]["name"], found["token"]["scope"]) == ("Ana", "read")


def test_documents_come_page_by_page(reader: Program, work: Workspace) -> None:
    for number in range(4):
        work.add_text(f"Text {number}", id=f"d+{number}")

    address, seen = "/documents?limit=2", []
    while address:
        page = reader.get(address)
        seen.append([each["id"] for each in page["documents"]])
        address = page["next"]

    assert seen == [["call", "d+0"], ["d+1", "d+2"], ["d+3"]]
    assert reader.ask("GET", "/documents?after=nine").status_code == 404


def test_a_document_is_added_and_read(writer: Program) -> None:
    body = {"text": "One.\r\n\r\nTwo 😀.", "id": "two", "language": "en", "meta": {"a": [1, None]}}

    made = writer.send("POST", "/documents", body, 201)

    assert (made["text"], made["title"], made["characters"]) == ("One.\n\nTwo 😀.", "One.", 12)
    assert made["meta"] == {"a": [1, None]}
    assert writer.get("/documents/two") == made
    assert writer.send("POST", "/documents", body, 422)["detail"].startswith("The project has")


def test_a_whole_number_stays_what_it_is_at_any_length(writer: Program) -> None:
    body = {"text": "One.", "meta": {"doi": 10**25 + 7}}

    made = writer.send("POST", "/documents", body, 201)

    assert made["meta"] == {"doi": 10**25 + 7}
    assert writer.get(f"/documents/{made['id']}")["meta"] == {"doi": 10**25 + 7}


def test_a_state_is_the_tokens_persons(writer: Program, work: Workspace) -> None:
    assert writer.get("/documents/call/state") == {"state": "new", "note": ""}

    said = writer.send("PUT", "/documents/call/state", {"state": "flagged", "note": "Why?"}, 200)

    assert said == {"state": "flagged", "note": "Why?"}
    writer.send("PUT", "/documents/call/state", {"state": "flagged"}, 422)
    writer.send("PUT", "/documents/call/state", {"state": "finished"}, 422)


# --- annotations


def test_a_mark_is_made_changed_and_deleted(writer: Program, work: Workspace) -> None:
    made = mark(writer, entity="Nicolás Maduro", attributes={"a": 2**70}, unsure=True)

    assert (made["text"], made["entity"], made["attributes"]) == (
        "Maduro",
        "Nicolás Maduro",
        {"a": pytest.approx(2.0**70)},
    )
    assert made["origin"] == {"kind": "import", "source": "tagger", "score": None}
    changed = writer.send(
        "PATCH",
        f"/annotations/{made['id']}",
        {
            "version": made["version"],
            "label": "claim",
            "fragments": [[0, 2], [4, 6]],
            "entity": None,
        },
        200,
    )
    assert (changed["label"], changed["fragments"], changed["entity"]) == (
        "claim",
        [[0, 2], [4, 6]],
        None,
    )
    assert writer.get(f"/annotations/{made['id']}") == changed
    gone = writer.ask("DELETE", f"/annotations/{made['id']}?version={changed['version']}")
    assert (gone.status_code, gone.data) == (204, b"")
    assert writer.ask("GET", f"/annotations/{made['id']}").status_code == 404
    assert writer.get("/documents/call/annotations")["annotations"] == []


def test_offsets_are_code_points(writer: Program) -> None:
    start = TEXT.index("😀")
    made = writer.send(
        "POST",
        "/documents/call/annotations",
        {"start": start, "end": start + 2.0, "label": "claim", "text": "😀 "},
        201,
    )

    assert (made["start"], made["end"], made["text"]) == (start, start + 2, "😀 ")


def test_the_same_words_with_the_same_label_are_refused_with_what_is_there(
    writer: Program,
) -> None:
    made = writer.send("POST", "/documents/call/annotations", MARK, 201)
    problem = writer.send("POST", "/documents/call/annotations", MARK, 422)
    assert problem["type"] == "urn:postil:problem:already-marked"
    assert problem["annotation"] == made["id"]
    assert len(writer.get("/documents/call/annotations")["annotations"]) == 1


def test_what_does_not_stand_there_is_refused(writer: Program) -> None:
    problem = writer.send("POST", "/documents/call/annotations", {**MARK, "text": "Trump!"}, 409)

    assert (problem["type"], problem["expected"], problem["found"]) == (
        "urn:postil:problem:quote-mismatch",
        "Trump!",
        "Maduro",
    )
    for wrong, status in (
        ({"end": 10_000}, 422),
        ({"end": 0}, 422),
        ({"label": "novel"}, 404),
        ({"fragments": [[0, 2], [1, 6]]}, 422),
        ({"fragments": [[0, 2], [3, 5]]}, 422),
        ({"fragments": [[0, 0], [3, 6]]}, 422),
        ({"id": "-"}, 422),
    ):
        body = {"start": 0, "end": 6, "label": "actor", **wrong}
        writer.send("POST", "/documents/call/annotations", body, status)
    assert writer.get("/documents/call/annotations")["annotations"] == []


def test_a_stale_change_shows_how_it_stands(writer: Program, work: Workspace) -> None:
    made = mark(writer)
    work.change(made["id"], note="mine")

    for method, address, body in (
        ("PATCH", f"/annotations/{made['id']}", {"version": made["version"], "note": "theirs"}),
        ("DELETE", f"/annotations/{made['id']}?version={made['version']}", None),
    ):
        problem = writer.send(method, address, body, 409)
        assert problem["type"] == "urn:postil:problem:stale"
        assert problem["current"] == writer.get(f"/annotations/{made['id']}")
        assert problem["current"]["note"] == "mine"


def test_the_same_key_is_done_once(writer: Program, work: Workspace) -> None:
    key = {"Idempotency-Key": "key-1"}
    first = writer.send("POST", "/documents/call/annotations", MARK, 201, headers=key)
    again = writer.send("POST", "/documents/call/annotations", MARK, 201, headers=key)

    assert again == first
    assert len(work.annotations("call")) == 1
    other = {**MARK, "label": "claim"}
    writer.send("POST", "/documents/call/annotations", other, 409, headers=key)
    for _ in range(2):
        gone = writer.ask(
            "DELETE", f"/annotations/{first['id']}", headers={"Idempotency-Key": "key-2"}
        )
        assert gone.status_code == 204
    writer.send("POST", "/documents", {"text": "x"}, 400, headers={"Idempotency-Key": "no spaces"})


def test_marks_are_listed_by_place_and_by_layer(writer: Program, work: Workspace) -> None:
    mine = [mark(writer, start=n, end=n + 2, text=TEXT[n : n + 2])["id"] for n in (4, 0, 2)]
    other = Workspace(work.store, "Sanctions", person="Bo").mark("call", 7, 12, "claim")

    first = writer.get("/documents/call/annotations?limit=3")
    assert [each["id"] for each in first["annotations"]] == [mine[1], mine[2], mine[0]]
    second = writer.get(first["next"])
    assert ([each["id"] for each in second["annotations"]], second["next"]) == ([other.id], None)
    only = writer.get(f"/documents/call/annotations?layer={other.layer}")
    assert [each["id"] for each in only["annotations"]] == [other.id]
    titles = [layer["title"] for layer in writer.get("/layers")["layers"]]
    assert titles == ["Ana · work", "Bo · work"]


def test_marks_are_joined(writer: Program) -> None:
    actor = mark(writer)
    demand = mark(writer, start=19, end=40, label="demand", text="to lift all sanctions")
    body = {"head": demand["id"], "label": "made by", "child": actor["id"]}

    made = writer.send("POST", "/relations", body, 201)
    other = writer.send(
        "POST",
        "/relations",
        {"head": demand["id"], "label": "reported by", "child_entity": "Reuters"},
        201,
    )

    assert writer.get("/documents/call/relations")["relations"] == [made, other]
    writer.send("POST", "/relations", body, 422)
    writer.send("POST", "/relations", {"head": "none", "label": "made by"}, 404)
    assert writer.ask("DELETE", f"/relations/{made['id']}").status_code == 204
    assert writer.get("/documents/call/relations")["relations"] == [other]


def test_what_a_program_does_can_be_undone(writer: Program, work: Workspace) -> None:
    mark(writer)
    found = work.store.documents.find(work.project, "call")

    history = [entry.kind for entry in work.store.log.of_object("annotations", 1)]

    assert history == ["create"]
    assert found.value.text == TEXT


# --- codebook


def test_the_codebook_is_read_and_kept(writer: Program, work: Workspace) -> None:
    book = writer.get("/codebook")
    assert book == as_data(work.codebook)
    book["labels"][0]["description"] = "Another one."

    kept = writer.send("PUT", "/codebook", book, 200)

    assert (kept["version"], kept["labels"][0]["description"]) == (2, "Another one.")
    assert writer.send("PUT", "/codebook", book, 409)["type"] == "urn:postil:problem:stale"
    for broken in ({"labels": [{"id": "x"}]}, {"labels": [{"colour": 3}]}, {"relations": [{}]}):
        writer.send("PUT", "/codebook", {**kept, **broken}, 422)
    assert work.codebook.version == 2


# --- files


def test_a_file_goes_in_and_out_again(writer: Program, work: Workspace) -> None:
    mark(writer)
    out = writer.ask("GET", "/export?format=jsonl")

    assert out.mimetype == "application/x-ndjson"
    assert json.loads(out.headers["Postil-Counts"])["spans"] == 1
    line = json.loads(out.data)
    assert (line["id"], line["spans"][0]["label"]) == ("call", "actor")

    renamed = out.data.replace(b'"call"', b'"copy"').replace(
        line["spans"][0]["id"].encode(), b"another"
    )
    taken = writer.ask("POST", "/import?name=x.jsonl", data=renamed).json
    assert (taken["documents"], taken["spans"]) == (1, 1)
    again = writer.ask("POST", "/import?name=x.jsonl", data=renamed)
    assert (again.status_code, again.json["detail"].startswith("x.jsonl, line 1")) == (422, True)


def test_a_bad_file_changes_nothing_unless_bad_may_be_skipped(
    writer: Program, work: Workspace
) -> None:
    data = b'{"text": "One"}\n{]\n{"text": "Two"}\n'

    problem = writer.ask("POST", "/import?format=jsonl", data=data)
    assert (problem.status_code, problem.json["line"]) == (422, 2)
    assert len(list(work.documents())) == 1

    taken = writer.ask("POST", "/import?format=jsonl&skip_bad=true", data=data).json
    assert (taken["documents"], len(taken["skipped"])) == (2, 1)
    data = b'{"text": "Three", "spans": [{"id": "s", "start": 0, "end": 9, "label": "x"}]}'
    taken = writer.ask("POST", "/import?format=jsonl&skip_bad=true", data=data).json
    assert (taken["documents"], taken["spans"], taken["skipped"]) == (
        *(1, 0),
        ["the file, line 1: span 1 (“s”): 0–9 does not fit a text of 5 characters"],
    )


def test_an_import_that_is_sent_again_is_done_once(writer: Program, work: Workspace) -> None:
    key = {"Idempotency-Key": "import-1"}
    for _ in range(2):
        sent = writer.ask("POST", "/import?name=a.txt", data=b"Some words.", headers=key)
        assert sent.json["documents"] == 1
    assert len(list(work.documents())) == 2
    other = writer.ask("POST", "/import?name=a.txt", data=b"Other words.", headers=key)
    assert other.status_code == 409


def test_an_export_is_chosen_and_counted(writer: Program, work: Workspace) -> None:
    mark(writer)
    Workspace(work.store, "Sanctions", person="Bo").mark("call", 7, 12, "claim")

    asks = writer.ask("GET", "/export")
    assert asks.status_code == 422
    assert [name.partition(" (")[0] for name in asks.json["layers"]] == ["Ana · work", "Bo · work"]

    out = writer.ask("GET", "/export?every=true&label=claim&format=csv")
    counts = json.loads(out.headers["Postil-Counts"])
    assert (counts["spans"], counts["left_out"]) == (1, {"spans": 1})
    assert counts["losses"]["texts"] == 2
    none = writer.ask("GET", "/export?layer=Bo%20%C2%B7%20work&state=done&since=2026-01-01")
    assert (none.data, json.loads(none.headers["Postil-Counts"])["left_out"]) == (
        b"",
        {"not done": 1},
    )
    for wrong in ("format=word", "state=finished", "every=yes", "every=true&every=true", "x=1"):
        assert writer.ask("GET", f"/export?{wrong}").status_code == 400
    for refused in ("since=lately", "layer=a&every=true"):
        assert writer.ask("GET", f"/export?{refused}").status_code == 422
    for unknown in ("layer=Eve", "document=nine", "every=true&label=novel"):
        assert writer.ask("GET", f"/export?{unknown}").status_code == 404


def test_a_file_of_this_machine_is_no_moment(writer: Program, tmp_path: Any) -> None:
    path = tmp_path / "manifest.json"
    path.write_text('{"made_from": {"at": "", "change": 0, "project": ""}}', "utf-8")

    assert writer.ask("GET", f"/export?since={path}").status_code == 422


def test_the_formats_are_told(reader: Program) -> None:
    found = reader.get("/formats")

    assert found["jsonl"]["carries"]["relations"] is True
    assert default().has_label("claim")


def test_a_table_of_documents_goes_in_with_its_columns_named(
    writer: Program, work: Workspace
) -> None:
    data = b"a,b\nShips,Two ships met.\n"

    taken = writer.ask(
        "POST", "/import?name=x.csv&format=table&column=text=b&column=title=a", data=data
    )
    wrong = writer.ask("POST", "/import?name=x.csv&format=table&column=text=c", data=data)

    assert (taken.json["documents"], taken.json["notes"]) == (
        1,
        ["A row is a document: title from “a”, text from “b”."],
    )
    assert (wrong.status_code, "No column is called “c”" in wrong.json["detail"]) == (422, True)
    assert ("Ships", "Two ships met.") in [(d.title, d.text) for d in work.documents()]


def test_an_import_says_what_it_added_to_the_codebook_and_takes_names_for_others(
    writer: Program, work: Workspace
) -> None:
    span = {"id": "s", "start": 0, "end": 3, "label": "Claim"}
    other = {"id": "o", "start": 4, "end": 8, "label": "city", "attributes": {"size": "big"}}
    data = json.dumps({"id": "n", "text": "One city.", "spans": [span, other]}).encode()
    again = data.replace(b'"n"', b'"m"').replace(b'"s"', b'"t"').replace(b'"o"', b'"p"')

    added = writer.ask("POST", "/import?name=x.jsonl", data=data).json
    mapped = writer.ask("POST", "/import?name=x.jsonl&map=Claim=claim", data=again).json

    told = [
        {name: each[name] for name in ("added", "unlisted", "alike")} for each in (added, mapped)
    ]
    assert told == [
        {
            "added": {"label": {"Claim": 1, "city": 1}},
            "unlisted": {},
            "alike": {"Claim": "claim"},
        },
        {"added": {}, "unlisted": {"attribute": {"size": 1}}, "alike": {}},
    ]
