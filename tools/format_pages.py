"""The examples in ``docs/formats``, made by running the code: ``python -m tools.format_pages``.

Between ``<!-- example NAME -->`` and ``<!-- /example -->`` a page has the example in that format;
``<!-- table -->`` and ``<!-- /table -->`` hold the table of all formats. A test runs this and
compares. A page of a new format needs only the markers (and, for a format that is no text, a
function in ``SHOWN`` that says it in words).
"""

import io
import json
import pprint
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from annotations import formats
from annotations.document import (
    Annotated,
    Annotation,
    Block,
    Document,
    Layer,
    Layout,
    Origin,
    Relation,
)
from annotations.formats import CARRIABLE, LOSSES, Format
from annotations.spans import Span

PAGES = Path(__file__).resolve().parents[1] / "docs" / "formats"
_EXAMPLE = re.compile(r"(<!-- example ([\w-]+) -->\n).*?(<!-- /example -->)", re.DOTALL)
_TABLE = re.compile(r"(<!-- table -->\n).*?(<!-- /table -->)", re.DOTALL)

_TEXT = "Nicolás Maduro 📞 asked Trump, Reuters says, for safety."
EXAMPLE = Annotated(
    document=Document(
        id="call-1",
        title="The call",
        text=_TEXT,
        layout=Layout((Block("p", 0, len(_TEXT)),)),
        language="en",
        source="https://example.org/call",
        labels=({"label": "politics", "attributes": {}},),
    ),
    layer=Layer(id="layer-ada", annotator="ada"),
    state="done",
    codebook=3,
    annotations=(
        Annotation(id="m1", start=0, end=14, label="actor", entity="Nicolás Maduro"),
        Annotation(
            id="m2",
            start=17,
            end=54,
            label="demand",
            fragments=(Span(17, 28), Span(44, 54)),
            attributes={"status": "made"},
            concept="safety",
            note="A quote would be better.",
            unsure=True,
            origin=Origin("model", "crf-1", 0.75),
            created="2026-03-01T12:00:00Z",
        ),
        Annotation(id="m3", start=23, end=28, label="actor", entity="Donald Trump"),
    ),
    relations=(
        Relation(id="r1", head="m2", child="m1", label="made by"),
        Relation(id="r2", head="m2", child_entity="Reuters", label="reported by"),
    ),
)
"""One of everything: astral text, parts, an overlap, a relation to somebody who is not marked."""


def example(name: str) -> str:
    """The example in a format, and what the format lost of it."""
    entry = formats.get(name)
    write = entry.write
    if write is None:
        return "This format is read only.\n"
    lost = Counter[str]()
    data = b"".join(write([EXAMPLE], lost, formats.Writing(fragments="hull", title="Calls")))
    shown = SHOWN.get(name, _as_text)(data)
    told = ", ".join(f"{LOSSES[what]} ({times})" for what, times in sorted(lost.items()))
    return f"{shown}\nLost, and counted: {told or 'nothing'}.\n"


def _as_text(data: bytes) -> str:
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [
                f"`{name}`:\n\n{_fenced(archive.read(name).decode())}"
                for name in archive.namelist()
            ]
        return "\n".join(parts)
    if data.startswith((b"{", b"[")):
        return "On one line in the file, broken here:\n\n" * data.startswith(b"{") + _as_json(data)
    return _fenced(data.decode("utf-8-sig"))


def _as_json(data: bytes) -> str:
    return f"```json\n{broken(json.loads(data))}\n```\n"


def broken(value: Any, indent: str = "") -> str:
    """JSON in lines that can be read: what fits on one stays there."""
    whole = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(whole) <= 100 or not isinstance(value, dict | list):
        return whole
    inner = f"{indent}  "
    if isinstance(value, list):
        parts = [broken(entry, inner) for entry in value]
        opening, closing = "[]"
    else:
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {broken(entry, inner)}"
            for key, entry in value.items()
        ]
        opening, closing = "{}"
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{closing}"


def _fenced(text: str, kind: str = "text") -> str:
    end = "" if text.endswith("\n") else "\n"
    fence = "````" if "```" in text else "```"
    return f"{fence}{kind}\n{text.replace(chr(13), '')}{end}{fence}\n"


def _as_spacy(data: bytes) -> str:
    from spacy.tokens import DocBin

    from annotations.formats.tokens import blank

    (doc,) = DocBin().from_bytes(data).get_docs(blank("en").vocab)
    said = [
        f"[token.text for token in doc]  = {[token.text for token in doc]}",
        *(
            f"doc.spans['sc'][{number}]           = {span.text!r}, {span.label_}, id {span.id_}"
            for number, span in enumerate(doc.spans["sc"])
        ),
        f"doc.ents                       = {doc.ents}",
        f"doc.cats                       = {doc.cats}",
    ]
    return _fenced("\n".join(said))


def _as_parquet(data: bytes) -> str:
    from pyarrow import parquet

    (row,) = parquet.read_table(io.BytesIO(data)).to_pylist()
    return _fenced(pprint.pformat(_filled(row), width=110, sort_dicts=False))


def _filled(value: Any) -> Any:
    """A value without what is empty in it."""
    if isinstance(value, dict):
        return {key: _filled(inner) for key, inner in value.items() if inner not in (None, "", [])}
    return [_filled(inner) for inner in value] if isinstance(value, list) else value


def _as_card(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        card = archive.read("README.md").decode()
        names = ", ".join(f"`{name}`" for name in archive.namelist())
    return f"{names}; the card:\n\n{_fenced(card, 'markdown')}"


def _as_cas(data: bytes) -> str:
    """The CAS alone; its type system is for programs."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".xmi"))
        content = archive.read(name).decode("utf-8")
    broken = re.sub(r"(?<=\") (?=\w[\w:]*=\")", "\n      ", content)
    return f"`{name}`, its long lines broken here:\n\n{_fenced(broken)}"


SHOWN: Mapping[str, Callable[[bytes], str]] = {
    "spacy": _as_spacy,
    "parquet": _as_parquet,
    "huggingface": _as_card,
    "cas": _as_cas,
}
"""How a format that is no text is shown: by its name, from its bytes."""


def table() -> str:
    """All formats: which way, what they carry, and the unit that offsets are counted in."""
    rows = [
        "| format | name | read | written | offsets | does not carry |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join(rows + [_row(formats.get(name)) for name in formats.names()]) + "\n"


def _row(entry: Format) -> str:
    page = PAGES / f"{entry.name}.md"
    title = f"[{entry.title}]({page.name})" if page.exists() else entry.title
    missing = ", ".join(what for what in CARRIABLE if what not in entry.carries)
    reads = "yes" if entry.reads or entry.gathers else "no"
    extra = f" (`pip install 'postil[{entry.extra}]'`)" if entry.extra else ""
    writes = "yes" if entry.writes else "no"
    what = missing or "–"
    return f"| {title}{extra} | `{entry.name}` | {reads} | {writes} | {entry.offsets} | {what} |"


def made(page: str) -> str:
    """The text of a page with its examples and its table made anew."""
    page = _EXAMPLE.sub(lambda found: found[1] + "\n" + example(found[2]) + "\n" + found[3], page)
    return _TABLE.sub(lambda found: found[1] + "\n" + table() + "\n" + found[2], page)


def main() -> int:
    """Write the pages anew; says which changed."""
    for path in sorted(PAGES.glob("*.md")):
        before = path.read_text(encoding="utf-8")
        after = made(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path.relative_to(PAGES.parents[1])} made anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
