"""What holds for every route that there is: a new one is tried by being there.

Nothing of another project under this one's address, neither by the address nor by what a form
names; hostile words, enormous numbers and long texts answered without a fault; no answer that leads
to another site or that a value could add a header to.
"""

import re
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.routing import Rule

from annotations.store import Store
from reader import Fields
from tests.security.conftest import Visitor, address
from tests.security.test_headers import inline
from tests.security.vectors import vectors

OBJECTS = {
    "document": "theirs-doc",
    "annotation": "theirs-demand",
    "relation": "theirs-made",
    "entry": "theirs-concept",
    "transfer": "theirs-transfer",
}
SECRETS = ("theirs title", "theirs concept", "theirs note", "theirs entity", "lift the ban")
QUERY = (
    "q", "page", "sort", "state", "label", "after", "documents", "revision", "view", "labels",
    "layers", "marked", "kind", "live", "since", "format", "document", "layer", "concept", "actor",
    "status", "within", "threshold", "of", "entity", "at", "next", "find", "version", "limit",
    "entity", "before", "from", "to", "block", "start", "end", "unsure", "back", "seq", "text",
)  # fmt: skip
FIELDS = (
    *QUERY, "name", "note", "aliases", "parent", "target", "child", "child_entity", "mark", "line",
    "order", "do", "person", "quote", "fragments", "attribute.status", "attribute.stance", "choice",
    "verb", "label", "saw", "upload", "title", "encoding", "project", "top", "cursor", "toml",
    "how", "source", "sources", "score", "keep", "place", "places", "remove", "words", "guidelines",
)  # fmt: skip
NUMBERS = ("-1", "0", "99999999999999999999999999", "1e999", "NaN", "٣", "0x10", "9" * 5000)
LONG = "word:" + "a" * 20_000 + "/" * 200 + '"' * 200
ELSEWHERE = ("//evil.test/", "http://evil.test/", "/\\evil.test/", "\\\\evil.test", "/\t/evil.test")


def rules(app: Flask, method: str) -> list[Rule]:
    return [
        rule
        for rule in sorted(app.url_map.iter_rules(), key=str)
        if method in (rule.methods or ()) and not rule.rule.startswith("/assets/")
    ]


def foreign(app: Flask, method: str) -> Iterator[str]:
    """Every address in which one thing is of the other project, all else of this."""
    for rule in rules(app, method):
        for name, theirs in OBJECTS.items():
            if f"<{name}>" in rule.rule and "<project>" in rule.rule:
                yield address(rule, **{name: theirs})
        if "<entry>" in rule.rule:
            yield address(rule, kind="actors", entry="theirs-concept")


def owned(store: Store, project: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that belongs to a project, but for what is derived."""
    key = store.projects.find(project).key
    found = {}
    for (table,) in store.database.rows(
        "select name from sqlite_master where type = 'table' and sql like '%project_id%'"
    ):
        if table not in ("suggestions", "decisions"):
            rows = store.database.rows(
                f"select * from {table} where project_id = {key}"  # noqa: S608
            )
            found[table] = [tuple(row) for row in rows]
    found["texts"] = [
        tuple(row)
        for row in store.database.rows(
            f"""select * from texts where document_id in
            (select id from documents where project_id = {key})"""  # noqa: S608
        )
    ]
    return found


def test_the_routes_are_those_that_there_are(app: Flask) -> None:
    assert len(rules(app, "GET")) > 40
    assert len(rules(app, "POST")) > 40
    assert len(list(foreign(app, "GET"))) > 20
    assert len(list(foreign(app, "POST"))) > 30


# --- of another project


@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_nothing_of_another_project_is_shown_by_any_address(
    app: Flask, visitor: Visitor, fragment: bool
) -> None:
    headers = {"HX-Request": "true"} if fragment else {}
    for path in foreign(app, "GET"):
        answer = visitor.get(path, headers=headers)

        assert answer.status_code == 404, path
        assert [secret for secret in SECRETS if secret in answer.text] == [], path


def test_nothing_of_another_project_is_changed_by_any_address(
    app: Flask, visitor: Visitor, store: Store
) -> None:
    form = {"label": "claim", "start": "0", "end": "3", "kind": "made by", "revision": "1"}
    form |= {"child_entity": "Mallory", "name": "Mallory", "target": "mine concept", "note": "x"}
    before = owned(store, "theirs"), owned(store, "mine")

    for path in foreign(app, "POST"):
        answer = visitor.script(path, {**form, "state": "flagged", "top": "3"})

        assert answer.status_code == 404, path
        assert [secret for secret in SECRETS if secret in answer.text] == [], path
    assert (owned(store, "theirs"), owned(store, "mine")) == before


def test_a_change_of_another_project_is_not_shown(
    app: Flask, visitor: Visitor, store: Store
) -> None:
    theirs = store.database.rows(
        "select seq from changes where project_id = :p",
        {"p": store.projects.find("theirs").key},
    )
    for (seq,) in theirs:
        for rule in rules(app, "GET"):
            if "<int:seq>" in rule.rule and "<document>" not in rule.rule:
                answer = visitor.get(address(rule, **{"int:seq": str(seq)}))
                assert answer.status_code == 404, rule.rule
                assert "theirs" not in answer.text


NAMED = {
    "child": ["theirs-actor"],
    "target": ["theirs concept", "theirs-concept"],
    "mark": ["theirs-demand:1", "theirs-demand:99", "theirs-demand"],
    "line": ["theirs-doc:1:0:3"],
    "document": ["theirs-doc"],
    "annotation": ["theirs-demand"],
    "remove": ["theirs-made"],
    "relation": ["theirs-made"],
    "head": ["theirs-demand"],
    "place": ["theirs-doc:0:3", "theirs-doc:1:0:3"],
    "project": ["theirs"],
    "transfer": ["theirs-transfer"],
    "item": ["theirs-demand"],
    "id": ["theirs-demand"],
}
"""What a form can name that is of the other project."""


def test_nothing_of_another_project_is_reached_by_what_a_form_names(
    app: Flask, visitor: Visitor, store: Store
) -> None:
    form = {"kind": "made by", "verb": "delete", "label": "claim", "do": "delete", "how": "marks"}
    form |= {"start": "0", "end": "3", "revision": "1", "state": "done", "field": "label"}
    layer = store.layers.of_project(store.projects.find("theirs"))[0].value.id
    before = owned(store, "theirs")

    for rule in rules(app, "POST"):
        if "<project>" not in rule.rule or rule.rule.endswith("/train"):
            continue
        for name, values in {**NAMED, "layer": [layer]}.items():
            answer = visitor.script(address(rule), {**form, name: values})
            assert answer.status_code < 500, (rule.rule, name)
            shown = answer.text.replace("theirs concept", "") if name == "target" else answer.text
            assert [s for s in SECRETS if s in shown and s != "lift the ban"] == [], rule.rule

    assert owned(store, "theirs") == before


# --- hostile and enormous


def hostile() -> list[str]:
    """One of each kind, and those that break out of most."""
    return [*vectors()[::83], "<script>alert(1)</script>", "x\r\nSet-Cookie: a=b", "{{7*7}}", "\0"]


def check(answer: Any, path: str) -> None:
    """No fault, nothing that runs, no header that a value brought, no way to another site."""
    assert answer.status_code < 500, path
    for name, value in answer.headers:
        assert "\r" not in value, (path, name)
        assert "\n" not in value, (path, name)
    assert "a=b" not in answer.headers.getlist("Set-Cookie"), path
    there = answer.headers.get("Location", "/")
    assert re.match(r"/(?![/\\\t])", there), (path, there)
    if answer.mimetype == "text/html":
        assert "<script>alert" not in answer.text, path
        assert inline(answer.text) == [], path


@pytest.mark.parametrize("value", hostile(), ids=range(len(hostile())))
def test_hostile_words_in_an_address_are_only_words(
    app: Flask, visitor: Visitor, value: str
) -> None:
    for rule in rules(app, "GET"):
        path = address(rule).partition("?")[0]
        check(visitor.get(path, query_string=dict.fromkeys(QUERY, value)), path)


@pytest.mark.parametrize("value", [*NUMBERS, LONG], ids=range(len(NUMBERS) + 1))
def test_no_number_and_no_length_breaks_a_page(app: Flask, visitor: Visitor, value: str) -> None:
    # Written out once, for writing out the long one takes longer than its answer.
    everywhere = urlencode(dict.fromkeys(QUERY, value))
    somewhere = {
        name: urlencode({name: value}) for name in ("page", "revision", "seq", "after", "documents")
    }
    for rule in rules(app, "GET"):
        path = address(rule).partition("?")[0]
        check(visitor.get(path, query_string=everywhere), path)
        for name, query in somewhere.items():
            check(visitor.get(path, query_string=query), f"{path} {name}")


ORDINARY = {
    "q": "Ada", "find": "Ada", "kind": "made by", "label": "claim", "do": "label", "name": "Ada",
    "state": "done", "verb": "redo", "phrase": "Ada", "choose": "claim", "to": "claim",
    "target": "Bob", "quote": "Ada", "start": "0", "end": "3", "how": "marks", "field": "label",
}  # fmt: skip
"""What pages and acts go on with, so that a number among it is not passed over."""
SHAPES = {
    "mark": "mine-demand:{0}", "line": "mine-doc:1:{0}:{0}", "place": "mine-doc:{0}:{0}",
    "accept": "{0}:{0}:claim", "reject": "0:{0}:claim", "after": "{0}.{0}.{0}",
    "before": "{0}-{0}",
}  # fmt: skip
"""Fields in which numbers stand among other things."""


class Recording(Fields):
    """Fields that know which of them a view looked at."""

    looked_at: ClassVar[set[str]] = set()

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:
        self.looked_at.add(key)
        return super().get(key, default, type)

    def getlist(self, key: str, type: Any = None) -> list[Any]:
        self.looked_at.add(key)
        return super().getlist(key, type)


@pytest.mark.parametrize("value", ["9223372036854775808", "-9223372036854775809"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_number_beyond_64_bits_in_any_field_that_a_view_reads_breaks_nothing(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, method: str, value: str
) -> None:
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Recording)
    headers = {"X-CSRFToken": visitor.token, "HX-Request": "true"}
    where = "query_string" if method == "GET" else "data"
    tried = 0
    for rule in rules(app, method):
        if rule.rule.endswith("/train"):
            continue
        path = address(rule).partition("?")[0]
        Recording.looked_at.clear()
        visitor.client.open(
            path, method=method, headers=headers, buffered=True, **{where: ORDINARY}
        )
        for name in sorted(Recording.looked_at):
            fields = {**ORDINARY, name: SHAPES.get(name, "{0}").format(value)}
            answer = visitor.client.open(
                path, method=method, headers=headers, buffered=True, **{where: fields}
            )
            check(answer, f"{path} {name}")
            tried += 1
    assert tried > 100


def test_a_number_beyond_64_bits_in_an_address_breaks_nothing(app: Flask, visitor: Visitor) -> None:
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            if "<int:" in rule.rule:
                path = address(rule, **{"int:seq": "9" * 30})
                answer = visitor.script(path) if method == "POST" else visitor.get(path)
                check(answer, path)


@pytest.mark.parametrize("value", [*hostile(), *NUMBERS], ids=lambda value: ascii(value)[:30])
def test_hostile_words_in_a_form_are_only_words(app: Flask, visitor: Visitor, value: str) -> None:
    token = visitor.token
    for rule in rules(app, "POST"):
        if rule.rule.endswith("/train"):
            continue
        path = address(rule).partition("?")[0]
        form = {**dict.fromkeys(FIELDS, value), "csrf_token": token}
        for headers in ({}, {"HX-Request": "true"}):
            check(visitor.client.post(path, data=form, headers=headers), path)


@pytest.mark.parametrize("there", ELSEWHERE, ids=lambda value: ascii(value)[:30])
def test_no_answer_leads_to_another_site(app: Flask, visitor: Visitor, there: str) -> None:
    form = {"label": "claim", "start": "0", "end": "3", "kind": "made by", "name": "Ada"}
    names = dict.fromkeys(("next", "back", "see", "then", "to", "return", "view"), there)
    for rule in rules(app, "POST"):
        if not rule.rule.endswith("/train"):
            check(visitor.post(address(rule), {**form, **names}), rule.rule)
    for rule in rules(app, "GET"):
        path = address(rule).partition("?")[0]
        check(visitor.get(path, query_string=names), path)
