"""Imports and exports that take longer than an answer: the same ones that the pages list.

Whoever sends ``Prefer: respond-async`` is told at once where the job is. Sent again with the same
``Idempotency-Key``, it is the same job.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from annotations import bundle, codebook_gaps, formats, transfer
from annotations.errors import NotFound, OperationReused
from annotations.store import Transfer
from reader.api.declared import Answer, Call, Table
from reader.api.problems import Problem
from reader.previews import Choices
from reader.transfers import name_of
from reader.uploads import Upload, Uploads

_IMPORTED = ("documents", "known", "spans", "relations", "suggestions", "rejections", "left")


def declare(table: Table) -> None:
    """Put the operations of this module into the table."""
    table.add("GET", "/jobs", "The jobs of the project, the newest first", gives="Jobs")(list_jobs)
    table.add("GET", "/jobs/{job}", "How far a job is, or what came of it", gives="Job")(get_job)
    table.add(
        "GET", "/jobs/{job}/file", "The file that a job made", gives="bytes", problems=(404,)
    )(get_job_file)
    table.add("DELETE", "/jobs/{job}", "End a job, or forget it", scope="write", status=204)(
        delete_job
    )


def list_jobs(call: Call) -> Answer:
    """Imports and exports that were asked for by programs or in the pages; what came of one is
    kept for a week."""
    found = call.jobs.of(call.token.project)
    return Answer({"jobs": [_job(call, each) for each in found]})


def get_job(call: Call) -> Answer:
    """Ask again until its state is done, failed, cancelled or interrupted (the server was
    stopped). Then result says what it came to, or problem why it failed."""
    return Answer(_job(call, _found(call)))


def get_job_file(call: Call) -> Answer:
    """Of an export that is done, as long as it is kept."""
    found = _found(call)
    folder = call.jobs.folder(found.id)
    if found.state != "done" or not folder.file.exists():
        raise NotFound("file of the job", found.id)
    if found.kind == "bundle-export":
        name, kind = bundle.file_name(call.token.project), bundle.MEDIA_TYPE
    else:
        format = str(found.result["format"])
        name = transfer.file_name(str(found.result["name"]), format)
        kind = formats.get(format).media_type
    return Answer(
        file=folder.opened(),
        size=folder.file.stat().st_size,
        headers={
            "Content-Type": kind,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Postil-Counts": orjson.dumps(_result(found)).decode(),
        },
    )


def delete_job(call: Call) -> Answer:
    """One that waits or runs is ended, and nothing is half stored; one that is over is forgotten,
    with its file."""
    found = _found(call)
    if found.is_over:
        call.jobs.drop(found)
    else:
        call.jobs.cancel(found)
    return Answer(status=204)


def import_later(call: Call) -> Answer:
    """Keep what is sent, and have it stored beside the server."""
    assert call.stream is not None  # noqa: S101 - as declared
    query, project, person = call.query, call.token.project, call.token.person
    uploads = Uploads(call.store.database.path)
    upload = uploads.keep([(query.get("name", ""), call.stream)], called="the file")
    choices = Choices(
        query.get("format", ""),
        query.get("offsets", ""),
        skip_bad=query["skip_bad"],
        columns=formats.parsed_columns(query.get("column", ())),
        names=codebook_gaps.parsed_map(query.get("map", ())),
    )
    asked = {
        "choices": choices.said(),
        "as_suggestions": query["as_suggestions"],
        "sent": [query.get("name", ""), _digest(upload)],
    }
    uid = name_of("import of a program", project.id, person.id, call.op)
    title = query.get("name", "") or "file of a program"
    try:
        known = call.jobs.find(project, uid)
    except NotFound:
        made = call.jobs.start(project, person, "import", title, asked, uid, upload, call.op)
        return _taken(call, made)
    uploads.drop(upload.name)
    if known.asked != asked:
        raise OperationReused(call.op)
    if known.state == "interrupted" and call.jobs.folder(uid).has_upload:
        call.jobs.again(known)
    return _taken(call, known)


def export_later(call: Call) -> Answer:
    """Have a file made beside the server: the one that is there, where nothing changed since."""
    project = call.token.project
    title = f"{project.name}{formats.get(call.query['format']).suffixes[0]}"
    asked = {"selection": sorted(call.query.items())}
    return _taken(call, call.jobs.make("export", project, call.token.person, title, asked))


def bundle_later(call: Call) -> Answer:
    """Have a bundle made beside the server: the one that is there, where nothing changed since."""
    project, history = call.token.project, call.query["history"]
    title = bundle.file_name(project)
    return _taken(call, call.jobs.pack(project, call.token.person, title, history))


def _taken(call: Call, job: Transfer) -> Answer:
    found = call.jobs.find(call.token.project, job.id)
    headers = {"Location": _address(found), "Preference-Applied": "respond-async"}
    return Answer(_job(call, found), 202, headers)


def _found(call: Call) -> Transfer:
    found = call.jobs.find(call.token.project, call.path["job"])
    if found.kind == "count":  # what a page counts is no job of anybody's
        raise NotFound("job", found.id)
    return found


def _address(job: Transfer) -> str:
    return f"/api/v1/jobs/{job.id}"


def _job(call: Call, job: Transfer) -> dict[str, Any]:
    has_file = job.state == "done" and call.jobs.folder(job.id).file.exists()
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "title": job.title,
        "person": job.person.name,
        "made": job.made or None,
        "started": job.started or None,
        "ended": job.ended or None,
        "progress": _progress(call, job) if job.state == "running" else None,
        "result": _result(job) if job.state == "done" else None,
        "problem": _problem(job) if job.state == "failed" else None,
        "file": f"{_address(job)}/file" if has_file else None,
    }


def _progress(call: Call, job: Transfer) -> dict[str, Any] | None:
    progress = call.jobs.progress(job)
    if not progress.step:
        return None
    return {
        "step": progress.step,
        "unit": progress.unit,
        "done": progress.done,
        "total": progress.total or None,
    }


def _result(job: Transfer) -> Mapping[str, Any]:
    """What it came to: of an import as where one waits for it, of an export what was counted."""
    found = job.result
    if job.kind == "import":
        stored = found["stored"]
        gaps = [codebook_gaps.Gap(**gap) for gap in stored.get("gaps", ())]
        return {
            **{name: stored.get(name, {} if name == "left" else 0) for name in _IMPORTED},
            "skipped": found.get("why", []),
            "lost": found.get("lost", {}),
            **names_told(gaps, bool(job.asked.get("as_suggestions"))),
            "notes": found.get("notes", []),
        }
    if job.kind == "look":
        preview = found["preview"]
        return {
            "documents": preview["total"],
            "spans": preview["spans"],
            "relations": preview["relations"],
        }
    return {name: value for name, value in found.items() if name not in ("format", "name")}


def names_told(gaps: Sequence[codebook_gaps.Gap], as_suggestions: bool) -> dict[str, Any]:
    """What the codebook lacked, by kind and name with how often it came: ``added`` to it, or
    ``unlisted``; and which names look ``alike``."""
    found: dict[str, dict[str, dict[str, int]]] = {"added": {}, "unlisted": {}}
    for gap in gaps:
        is_added = gap.is_added and (not as_suggestions or gap.kind == "document label")
        names = found["added" if is_added else "unlisted"].setdefault(gap.kind, {})
        names[gap.name] = names.get(gap.name, 0) + gap.count
    return {**found, "alike": dict(codebook_gaps.alike_among(gaps))}


def _problem(job: Transfer) -> dict[str, Any]:
    if job.problem:
        return Problem(422, job.problem, "refused").body
    return Problem(500, "Nothing was stored; the server’s log says why.").body


def _digest(upload: Upload) -> str:
    digest = hashlib.sha256()
    for source in upload.sources:
        with source.open() as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()
