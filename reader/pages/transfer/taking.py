"""Taking home: what to take and in which format, counted before it is made."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from flask import redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from annotations import bundle, formats, renaming, splits, transfer
from annotations.errors import BadInput, PostilError
from annotations.store import Project
from reader import here
from reader.choices import AS, RELATION_AS, Choice, fields_of
from reader.errors import wants_fragment
from reader.limits import heavy
from reader.pages.transfer import bp, wording
from reader.words import gettext as _
from reader.words import lazy_gettext as _l
from reader.work import counted

SPLIT = "splits"
"""What stands behind the title in the name of an archive of train, dev and test."""

LARGEST_ASSIGNMENT = 100_000_000
"""Bytes of the assignment of an earlier split: a million documents."""

CHOICES = 300
"""Documents that the dialogue lists by name."""

FORMATS = {
    "jsonl": _l("JSONL: everything, to be read again by Postil or by programs"),
    "csv": _l("CSV: a row for each mark, for spreadsheets"),
    "bio": _l("BIO (IOB2): a token a line, to train taggers"),
    "iob1": _l("IOB1: a token a line, to train taggers"),
    "bilou": _l("BILOU: a token a line, to train taggers"),
    "conll2003": _l("CoNLL-2003: a token a line in four columns, to train taggers"),
    "prodigy": _l("Prodigy: a task on each line, to go on marking or to train"),
    "doccano": _l("doccano: a document on each line, for projects with and without relations"),
    "labelstudio": _l("Label Studio: tasks with marks and what models proposed"),
    "w3c": _l("Web Annotation (JSON-LD): marks that other readers on the web take"),
    "spacy": _l("spaCy: one file, to train pipelines"),
    "spacy-shards": _l("spaCy: several files in an archive, for many documents"),
    "parquet": _l("Parquet: a table with a row for each text"),
    "huggingface": _l("Hugging Face: a dataset with its card, in an archive"),
    "dna": _l("Statements as the Discourse Network Analyzer lists them (CSV)"),
    "edges": _l("Network of actors and concepts (CSV)"),
    "graphml": _l("Network of actors and concepts (GraphML)"),
    "graphml-congruence": _l("Network of actors that agree (GraphML)"),
    "graphml-conflict": _l("Network of actors that disagree (GraphML)"),
    "brat": _l("brat standoff: each text with its marks beside it, in an archive"),
    "cas": _l("UIMA CAS as XMI, for INCEpTION: everything, in an archive"),
    "casjson": _l("UIMA CAS as JSON: everything, in an archive"),
}


@bp.get("/projects/<project>/export")
@heavy("file")
def take_home(project: str) -> str:
    """The dialogue: what to take, and what will be in the file."""
    return _dialogue(choice_of(here.project(project), request.args))


@bp.get("/projects/<project>/export/sum")
@heavy("file")
def sum_of(project: str) -> str:
    """What will be in the file, for a dialogue that waits for it."""
    choice = choice_of(here.project(project), request.args)
    values = _summed(choice, request.args)
    return render_template("transfer/_sum.html", choice=choice, project=choice.project, **values)


@bp.post("/projects/<project>/export/mapping")
def map_labels(project: str) -> Response | tuple[str, int]:
    """Read a mapping file into the fields of the dialogue; nothing is kept of it."""
    of = here.project(project)
    before = [
        (name, value)
        for name, value in parse_qsl(request.form.get("query", ""), max_num_fields=2000)
        if name not in ("label", "labels", "relation", "relations", "chosen")
        and not name.startswith((AS, RELATION_AS))
    ]
    file = request.files.get("mapping")
    if file is None or not file.filename:
        raise BadInput(_("Choose a mapping file first."))
    data = file.stream.read(renaming.LARGEST + 1)
    if len(data) > renaming.LARGEST:
        raise BadInput(_("A mapping file has at most %(n)s kB.", n=renaming.LARGEST // 1000))
    codebook = here.store().codebooks.of(of.key)
    try:
        found = renaming.parse(data.decode("utf-8-sig"), file.filename[:80])
    except UnicodeDecodeError as error:
        raise BadInput(_("This is not UTF-8; save the file as UTF-8.")) from error
    renaming.check(found, codebook)
    query = urlencode(before + fields_of(found, codebook))
    return redirect(f"{url_for('transfer.take_home', project=of.id)}?{query}", 303)


@bp.post("/projects/<project>/export/make")
def make(project: str) -> Response | tuple[str, int]:
    """Have a large file made beside the server; the way leads to where it will be."""
    choice = choice_of(here.project(project), request.form)
    if not choice.is_ready:
        return _dialogue(choice, asks=True), 422
    title, frozen = named_plainly(choice), _frozen(choice)
    asked = _asked(request.form)
    made = here.transfers().export(choice.project, here.person(), title, asked, frozen)
    return redirect(url_for("transfer.one", project=choice.project.id, transfer=made.id), 303)


def _frozen(choice: Choice) -> bytes:
    """The assignment of an earlier split that was sent along, read once. Raises ``BadInput``."""
    file = request.files.get("frozen")
    if file is None or not file.filename or not choice.split:
        return b""
    data = file.stream.read(LARGEST_ASSIGNMENT + 1)
    if len(data) > LARGEST_ASSIGNMENT:
        raise BadInput(_("An assignment has at most %(n)s MB.", n=LARGEST_ASSIGNMENT // 10**6))
    places = splits.read(data, file.filename[:80])
    splits.hold(places, splits.parts(choice.parts))
    return data


@bp.get("/projects/<project>/export/file")
@heavy("file")
def file(project: str) -> Response | tuple[str, int]:
    """The file itself, made at one moment and then sent."""
    choice = choice_of(here.project(project), request.args)
    if not choice.is_ready:
        return _dialogue(choice, asks=True), 422
    if choice.split:
        # It is told how it turned out before it is taken: without scripts, the way leads there too.
        asked = [each for each in _asked(request.args) if each[0] != "chosen"] + [("chosen", "1")]
        job = here.transfers().export(choice.project, here.person(), named_plainly(choice), asked)
        return redirect(url_for("transfer.one", project=choice.project.id, transfer=job.id), 303)
    made = transfer.snapshot(choice.outgoing(here.store()))
    entry = formats.get(choice.format)
    response = send_file(made.file, "application/octet-stream", etag=False, conditional=False)
    response.headers["Content-Type"] = entry.media_type
    response.content_length = made.size
    response.headers["Content-Disposition"] = named(choice.title, entry.suffixes[0])
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/projects/<project>/bundle")
@heavy("file")
def bundled(project: str) -> Response:
    """Everything of the project in one archive, made at one moment and then sent."""
    of = here.project(project)
    made, size = bundle.made(here.store(), of, history=request.args.get("history") == "yes")
    response = send_file(made, "application/octet-stream", etag=False, conditional=False)
    response.headers["Content-Type"] = bundle.MEDIA_TYPE
    response.content_length = size
    response.headers["Content-Disposition"] = f'attachment; filename="{bundle.file_name(of)}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def choice_of(of: Project, asked: "MultiDict[str, str]") -> Choice:
    return Choice.of(here.store(), of, asked)


def _asked(given: "MultiDict[str, str]") -> list[tuple[str, str]]:
    """What the fields of the dialogue say, for whoever makes the file later."""
    unsaid = ("csrf_token", "op")
    return [(name, value) for name, value in given.items(multi=True) if name not in unsaid]


@dataclass(frozen=True, slots=True)
class Sum:
    """What will be in the file, as far as it is counted.

    ``losses`` are in words: what is lost, how often, and the first quotes that lose it.
    ``left_out`` says what was not asked for, and which done documents go out without a mark.
    """

    documents: int = 0
    spans: int = 0
    relations: int = 0
    losses: Sequence[tuple[str, int, Sequence[str]]] = ()
    left_out: Sequence[str] = ()
    is_counting: bool = False
    problem: str = ""

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Sum":
        examples: Mapping[str, Sequence[str]] = found.get("examples", {})
        losses = [
            (said, times, examples.get(what, ()))
            for what, (said, times) in zip(
                found["losses"], wording.losses(found["losses"]), strict=True
            )
        ]
        left_out = wording.left_out(found["left_out"], found["unmarked"], found["deleted"])
        return cls(found["documents"], found["spans"], found["relations"], losses, left_out)


def _sum(choice: Choice, given: "MultiDict[str, str]", is_large: bool) -> Sum:
    """Counted now, or where that takes long, beside the server."""
    if is_large:
        asked = here.transfers().count(choice.project, here.person(), _asked(given))
        if asked.state == "done":
            return Sum.of(asked.result)
        if not asked.is_over:
            return Sum(is_counting=True)
        return Sum(problem=asked.problem or wording.state(asked))
    store = here.store()
    try:
        outgoing = choice.outgoing(store)
        transfer.survey(outgoing)
    except PostilError as error:
        return Sum(problem=str(error))
    examples = choice.examples(store, outgoing.losses)
    return Sum.of({**counted(outgoing), "examples": examples})


def _summed(choice: Choice, given: "MultiDict[str, str]") -> dict[str, Any]:
    """What a page needs to tell of the file."""
    is_large = choice.document is None and here.transfers().is_large(choice.project)
    summed = _sum(choice, given, is_large) if choice.is_ready else None
    return {
        "sum": summed,
        "is_ready": summed is not None and not summed.problem,
        "is_large": is_large,
        "query": urlencode(_asked(given)),
        "asks": False,
    }


def _dialogue(choice: Choice, asks: bool = False) -> str:
    store = here.store()
    template = "transfer/_choices.html" if wants_fragment() else "transfer/take_home.html"
    values = {**_summed(choice, request.values), "asks": asks}
    if not wants_fragment():
        values["documents"] = store.documents.listed(choice.project, "title", CHOICES)
        values["packs"] = here.transfers().is_large(choice.project)
    return render_template(
        template,
        choice=choice,
        project=choice.project,
        purposes=wording.purposes(FORMATS),
        fragments=wording.fragments(),
        borders=wording.borders(),
        tokens=wording.tokens(),
        splits=wording.splits(),
        codebook=store.codebooks.of(choice.project.key),
        **values,
    )


def named_plainly(choice: Choice) -> str:
    """What the file is called, as people read it."""
    title = choice.title or _("Untitled")
    if choice.split:
        return f"{title} {SPLIT}.zip"
    return f"{title}{formats.get(choice.format).suffixes[0]}"


def named(title: str, suffix: str) -> str:
    """A header that names the file: in ASCII for everybody, and as it is for who can read that."""
    plain = f"{transfer.stem(title)}{suffix}"
    stem = re.sub(r'[\\/:*?"<>|\s]+', " ", title)
    # Controls, and marks that turn the direction of writing, could hide the true suffix.
    stem = "".join(c for c in stem if c.isprintable()).strip(" .")[:80].rstrip(" .")
    full = quote(f"{stem or 'postil'}{suffix}", safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
