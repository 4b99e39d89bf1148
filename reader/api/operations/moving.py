"""Files in and out."""

import hashlib

import orjson

from annotations import bundle, codebook_gaps, formats, selection, transfer
from annotations.codebook import to_toml
from annotations.document import STATES, Document
from annotations.formats import BORDERS, FRAGMENTS, OFFSETS, Reading
from reader import asked
from reader.api.declared import Answer, Call, Parameter, Schema, Table
from reader.api.operations import jobs

SKIPPED = 1_000
"""Entries that an answer lists as skipped."""

_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 300}
_NAMES: Schema = {"type": "array", "items": _NAME, "maxItems": 500}
_FLAG: Schema = {"type": "boolean", "default": False}


def declare(table: Table) -> None:
    """Put the operations of this module into the table."""
    table.add(
        "POST",
        "/import",
        "Take in a file",
        query=(
            Parameter("name", _NAME, "What the file is called, which helps to tell its format."),
            Parameter(
                "format",
                {"type": "string", "enum": list(transfer.kinds())},
                "What it is; else told from name and content.",
            ),
            Parameter(
                "offsets",
                {"type": "string", "enum": list(OFFSETS)},
                "What its offsets count; else told from its quotes.",
            ),
            Parameter(
                "column",
                _NAMES,
                "What a column of a table of documents is for, as ROLE=NAME (text=body): "
                f"{', '.join(formats.COLUMN_ROLES)}; else told from name and content.",
            ),
            Parameter(
                "map",
                _NAMES,
                "A label, relation or attribute of the file that is taken for one of the codebook, "
                "as NAME=NAME (made_by=made by).",
            ),
            Parameter("as_suggestions", _FLAG, "Take the marks as suggestions."),
            Parameter("skip_bad", _FLAG, "Leave out what cannot be taken, and list it."),
        ),
        takes="bytes",
        gives="Imported",
        scope="write",
        problems=(409, 422),
        heavy=True,
        deferrable=True,
    )(import_file)
    table.add(
        "GET",
        "/export",
        "Take documents with their marks home as a file",
        query=(
            Parameter(
                "format",
                {"type": "string", "enum": list(formats.writable()), "default": "jsonl"},
                "Of the file.",
            ),
            Parameter("document", _NAME, "Only this document (its id)."),
            Parameter("layer", _NAMES, "Whose marks: layers by id or title."),
            Parameter("every", _FLAG, "Everybody’s marks."),
            Parameter("label", _NAMES, "Only these labels."),
            Parameter(
                "state",
                {
                    "type": "array",
                    "items": {"type": "string", "enum": [*STATES, selection.ALL]},
                    "maxItems": 10,
                },
                "Documents in these states; formats to train with take those that are done.",
            ),
            Parameter("since", _NAME, "What changed after a moment (ISO 8601)."),
            Parameter("negatives", _FLAG, "Rejected suggestions too."),
            Parameter("fragments", {"type": "string", "enum": list(FRAGMENTS)}),
            Parameter("borders", {"type": "string", "enum": list(BORDERS)}),
            Parameter("tokens", _NAME),
        ),
        gives="bytes",
        problems=(404, 422),
        heavy=True,
        deferrable=True,
    )(export_file)
    table.add(
        "GET",
        "/bundle",
        "Take the whole project home as a bundle",
        query=(Parameter("history", _FLAG, "With every change that was made."),),
        gives="bytes",
        heavy=True,
        deferrable=True,
    )(export_bundle)


def export_bundle(call: Call) -> Answer:
    """A ZIP archive: all layers, the codebook with its versions, names, guidelines, states and
    suggestions, and with history every change that was made. Another Postil makes an equal project
    of it (postil import, or Bring in a bundle in the library)."""
    project, history = call.token.project, call.query["history"]
    if call.is_deferred:
        return jobs.bundle_later(call)
    made, size = bundle.made(call.store, project, history=history)
    return Answer(
        file=made,
        size=size,
        headers={
            "Content-Type": bundle.MEDIA_TYPE,
            "Content-Disposition": f'attachment; filename="{bundle.file_name(project)}"',
        },
    )


def import_file(call: Call) -> Answer:
    """The file is the body, as it is: an article, or documents with marks in any format that
    Postil reads. All of it is kept, or nothing, unless bad entries may be skipped."""
    if call.is_deferred:
        return jobs.import_later(call)
    query, stream = call.query, call.stream
    assert stream is not None  # noqa: S101 - as declared
    project = call.token.project
    lost_of = Reading(
        offsets=query.get("offsets", ""),
        text_of=lambda name: _called(call, name),
        codebook=to_toml(call.store.codebooks.of(project.key)),
        columns=formats.parsed_columns(query.get("column", ())),
    )
    source = transfer.Source(
        query.get("name", ""),
        lambda: transfer.rewound(stream),
        call.size,
        query.get("format", ""),
        called="the file",
    )
    skipped: dict[str, None] = {}
    bad = (lambda error: skipped.setdefault(str(error))) if query["skip_bad"] else None
    names = codebook_gaps.parsed_map(query.get("map", ()))
    entries = transfer.Incoming([source], None, lost_of, bad, None, names)
    taken = transfer.take(
        call.store,
        call.token.person,
        project,
        entries,
        op=call.op,
        request=[_digest(call), query],
        as_suggestions=query["as_suggestions"],
        bad=bad,
    )
    return Answer(
        {
            "documents": taken.documents,
            "known": taken.known,
            "spans": taken.spans,
            "relations": taken.relations,
            "suggestions": taken.suggestions,
            "rejections": taken.rejections,
            "left": dict(taken.left),
            "skipped": list(skipped)[:SKIPPED],
            "lost": dict(entries.lost),
            **jobs.names_told(taken.gaps, query["as_suggestions"]),
            "notes": [note for _name, note in dict.fromkeys(entries.notes)][:SKIPPED],
        }
    )


def _called(call: Call, name: str) -> Document | None:
    kept = call.store.documents.called(call.token.project, name)
    return kept.value if kept else None


def _digest(call: Call) -> str:
    assert call.stream is not None  # noqa: S101 - as declared
    call.stream.seek(0)
    digest = hashlib.sha256()
    while piece := call.stream.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def export_file(call: Call) -> Answer:
    """Made at one moment, then sent. What the format cannot carry, and what was not asked for, is
    counted in the header Postil-Counts, as JSON."""
    project, format = call.token.project, call.query["format"]
    outgoing = asked.outgoing(call.store, project, call.query)
    if call.is_deferred:
        outgoing.close()  # it is made later; what cannot be made was refused by now
        return jobs.export_later(call)
    made = transfer.snapshot(outgoing)
    counts = {
        "documents": made.contents.documents,
        "spans": made.contents.spans,
        "relations": made.contents.relations,
        "unmarked": made.unmarked,
        "losses": dict(made.losses),
        "left_out": dict(made.left_out),
        "deleted": len(made.deleted),
    }
    name = transfer.file_name(project.name, format)
    return Answer(
        file=made.file,
        size=made.size,
        headers={
            "Content-Type": formats.get(format).media_type,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Postil-Counts": orjson.dumps(counts).decode(),
        },
    )
