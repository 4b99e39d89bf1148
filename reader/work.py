"""What a process beside the server does for one transfer, and how it says what came of it."""

import os
import traceback
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Any

from filelock import Timeout
from werkzeug.datastructures import MultiDict

from annotations import bundle, splits, splitting
from annotations import transfer as moving
from annotations.errors import BadInput, PostilError
from annotations.formats.archive import zipped
from annotations.store import Project, Store, Transfer
from reader import asked as programs
from reader import previews
from reader.choices import Choice
from reader.transfers import Folder, Stopped, folder_of

Result = Mapping[str, Any]

NEAR = 50
"""Pairs of texts that are near and stand in two parts, which are told by their titles."""


def carry_out(store: Store, uid: str) -> None:
    """Do what a transfer asks for, unless it is being done or does not wait any more.

    Whatever happens stands in its row at the end: the result, or why there is none. What nobody
    foresaw is raised again, for the log of the server. Raises ``NotFound``.
    """
    folder = folder_of(store.database.path, uid)
    folder.make()
    lock = folder.lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return
    try:
        folder.begin()
        asked = store.transfers.begin(uid)
        if asked is not None:
            _carry_out(store, asked, folder)
    finally:
        lock.release()


def _carry_out(store: Store, asked: Transfer, folder: Folder) -> None:
    try:
        if asked.project is None:
            result = _WITH_BUNDLES[asked.kind](store, asked, folder)
        else:
            project = next(each for each in store.projects.all() if each.key == asked.project)
            result = _WORK[asked.kind](store, project, asked, folder)
    except Stopped:
        store.transfers.end(asked.id, "cancelled")
    except PostilError as error:
        store.transfers.end(asked.id, "failed", problem=str(error))
    except OSError as error:
        store.transfers.end(asked.id, "failed", problem=error.strerror or str(error))
        traceback.print_exc()
    except BaseException:
        store.transfers.end(asked.id, "failed")
        raise
    else:
        store.transfers.end(asked.id, "done", result)
    finally:
        folder.drop_unfinished()


def _look(store: Store, project: Project, asked: Transfer, folder: Folder) -> Result:
    upload, choices = folder.upload(), previews.Choices.of(asked.asked["choices"])

    def told(count: int) -> None:
        folder.tell("reading", "bytes", count, upload.size)

    return {"preview": previews.look(store, project, upload, choices, told).data()}


def _import(store: Store, project: Project, asked: Transfer, folder: Folder) -> Result:
    upload, choices = folder.upload(), previews.Choices.of(asked.asked["choices"])

    def told(count: int) -> None:
        folder.tell("reading", "bytes", count, upload.size)

    entries = previews.Entries(store, project, upload, choices, told)
    as_suggestions = bool(asked.asked.get("as_suggestions"))
    taken = moving.take(
        store,
        asked.person,
        project,
        entries,
        op=asked.op,
        request=["import", asked.id, *(["suggestions"] if as_suggestions else [])],
        as_suggestions=as_suggestions,
        bad=entries.bad,
        progress=lambda count: folder.tell("storing", "documents", count, 0),
    )
    folder.drop_upload()
    skipped = list(dict.fromkeys(str(bad) for bad in entries.skipped))
    return {
        "stored": asdict(taken),
        "lost": dict(entries.lost),
        "skipped": len(skipped),
        "why": skipped[: previews.SKIPPED],
        "notes": [note for _, note in dict.fromkeys(entries.notes)][: previews.NOTED],
    }


def _export(store: Store, project: Project, asked: Transfer, folder: Folder) -> Result:
    if "query" in asked.asked:
        choice = Choice.of(store, project, MultiDict(asked.asked["query"]))
        if choice.split:
            return _split(store, choice, folder, _frozen(asked, folder))
    outgoing, named = _outgoing(store, project, asked, folder, "writing")
    try:
        with folder.made() as file:
            file.writelines(outgoing)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
    finally:
        outgoing.close()
    folder.keep()
    return {**counted(outgoing), "size": size, **named}


def _count(store: Store, project: Project, asked: Transfer, folder: Folder) -> Result:
    outgoing, named = _outgoing(store, project, asked, folder, "counting")
    moving.survey(outgoing)
    choice = Choice.of(store, project, MultiDict(asked.asked["query"]))
    examples = choice.examples(store, outgoing.losses)
    return {**counted(outgoing), **named, "examples": examples}


def _outgoing(
    store: Store, project: Project, asked: Transfer, folder: Folder, step: str
) -> tuple[moving.Outgoing, dict[str, str]]:
    total = store.documents.count(project)

    def told(count: int) -> None:
        folder.tell(step, "documents", count, total)

    if "selection" in asked.asked:
        said = dict(asked.asked["selection"])
        total = 1 if said.get("document") else total
        made = programs.outgoing(store, project, said, told)
        return made, {"format": said["format"], "name": project.name}
    choice = Choice.of(store, project, MultiDict(asked.asked["query"]))
    total = 1 if choice.document else total
    return choice.outgoing(store, told), {"format": choice.format, "name": choice.title}


def counted(outgoing: moving.Outgoing) -> dict[str, Any]:
    """What is in a file that has been read to its end, and what is not."""
    contents = outgoing.contents
    return {
        "documents": contents.documents,
        "spans": contents.spans,
        "relations": contents.relations,
        "losses": dict(outgoing.losses),
        "left_out": dict(outgoing.left_out),
        "unmarked": outgoing.unmarked,
        "deleted": len(outgoing.deleted),
    }


def _frozen(asked: Transfer, folder: Folder) -> dict[str, splits.Place]:
    """Where an earlier split put its documents, if that was sent."""
    if "frozen" not in asked.asked:
        return {}
    if not folder.frozen.exists():
        raise BadInput("The assignment of the earlier split is gone; send it again.")
    return splits.read(folder.frozen.read_bytes(), splitting.ASSIGNMENT)


def _split(
    store: Store, choice: Choice, folder: Folder, frozen: Mapping[str, splits.Place]
) -> Result:
    """Train, dev and test in an archive, with what the dialogue tells of them."""
    total = store.documents.count(choice.project)

    def told(count: int) -> None:
        folder.tell("counting", "documents", count, total)

    made = choice.splitting(store, told, frozen)
    with folder.made() as file, store.database.reading():
        for piece in zipped(made.files()):
            file.write(piece)
            folder.tell("writing", "bytes", file.tell(), 0)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
        report = made.report
        titles = {
            uid: store.documents.find(choice.project, uid).value.title
            for pair in report.across[:NEAR]
            for uid in (pair.one, pair.other)
        }
    folder.keep()
    parts = report.parts.values()
    return {
        "documents": sum(part.documents for part in parts),
        "spans": sum(part.spans for part in parts),
        "relations": sum(part.relations for part in parts),
        "losses": dict(report.losses),
        "left_out": dict(report.left_out),
        "unmarked": sum(part.unmarked for part in parts),
        "deleted": 0,
        "size": size,
        "format": choice.format,
        "name": choice.title,
        "split": {
            "by": choice.split,
            "parts": {
                name: {
                    "documents": part.documents,
                    "spans": part.spans,
                    "labels": dict(sorted(part.labels.items())),
                }
                for name, part in report.parts.items()
            },
            "near": [
                [titles[pair.one], titles[pair.other], pair.resemblance]
                for pair in report.across[:NEAR]
            ],
            "across": len(report.across),
            "alone": report.alone,
            "frozen": len(frozen),
        },
    }


def _look_at_bundle(store: Store, asked: Transfer, folder: Folder) -> Result:
    (source,) = folder.upload().sources
    with source.open() as stream, bundle.opened(stream, source.name, _told(folder)) as opened:
        held = bundle.survey(opened)
        bundle.rehearse(opened, folder.path, _told(folder))
        return {"held": asdict(held)}


def _take_bundle(store: Store, asked: Transfer, folder: Folder) -> Result:
    (source,) = folder.upload().sources
    with source.open() as stream:
        made = bundle.take(
            store,
            asked.person,
            stream,
            source.name,
            str(asked.asked.get("name", "")),
            asked.op,
            _told(folder),
        )
    folder.drop_upload()
    return {"stored": {"project": made.id}}


def _told(folder: Folder) -> bundle.Told:
    return lambda step, done, total: folder.tell(step, "bytes", done, total)


def _make_bundle(store: Store, project: Project, asked: Transfer, folder: Folder) -> Result:
    history = asked.asked.get("history") is True
    with folder.made() as file, closing(bundle.write(store, project, history=history)) as pieces:
        for piece in pieces:
            file.write(piece)
            folder.tell("writing", "bytes", file.tell(), 0)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    folder.keep()
    return {"size": size, "history": history}


_WORK = {
    "look": _look,
    "import": _import,
    "export": _export,
    "count": _count,
    "bundle-export": _make_bundle,
}
_WITH_BUNDLES = {"bundle-look": _look_at_bundle, "bundle-import": _take_bundle}
"""What is done before there is a project."""
