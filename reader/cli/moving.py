"""Import and export."""

import os
import secrets
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import click

from annotations import codebook, codebook_gaps, formats, transfer
from annotations.document import Document, new_id
from annotations.errors import PostilError
from annotations.ingest import KINDS as ARTICLES
from annotations.selection import Selection
from annotations.store import Act, Person, Project, Store, open_store
from annotations.suggest.rules import with_starters
from annotations.twins import Twins
from reader.beginning import is_demo
from reader.cli.bundles import bundle_among, send, take_in, write_out
from reader.cli.common import (
    Failure,
    FormatName,
    Misuse,
    clean,
    database_option,
    number,
    opened,
    progress,
    project_meant,
    project_named,
    with_option,
)
from reader.cli.folders import is_folder, write_folder
from reader.cli.selecting import (
    choices_listed,
    say_left_out,
    selecting,
    selection_of,
    writing_of,
    writing_options,
)

OWN_PROJECT = "My articles"
NATIVE = formats.writable()[0]
_BINARY = ("zip", "octet-stream", "vnd.apache.parquet")

SOMETHING_SKIPPED = 3
"""The exit code when an import left out what it could not take."""


# ── import ────────────────────────────────────────────────────────────────────────────────────────


@click.command("import", short_help="Add articles, or marked articles.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@database_option
@click.option(
    "--project",
    metavar="NAME",
    help="The project to import into; made when there is none of that name. "
    f"[default: the only one beside the demo, else “{OWN_PROJECT}”]",
)
@click.option(
    "--format",
    "kind",
    metavar="NAME",
    type=FormatName(transfer.kinds()),
    help="What the files are: a format that “postil formats” lists, or "
    f"{', '.join(ARTICLES)}. [default: told from each file]",
)
@click.option(
    "--encoding",
    metavar="NAME",
    default="",
    help="Of plain text, Markdown and HTML that is not in UTF-8. [default: told from each file]",
)
@click.option(
    "--page",
    type=click.Choice(("main", "whole")),
    default=None,
    help="What to take of a saved web page. [default: main, where that can be told]",
)
@click.option(
    "--leave-out-twins",
    is_flag=True,
    help="Leave out documents with a text that is there already, here or in the project.",
)
@click.option(
    "--as-suggestions",
    is_flag=True,
    help="Take the marks as suggestions, for people to accept or reject: a model's predictions.",
)
@click.option(
    "--offsets",
    type=click.Choice(formats.OFFSETS),
    default=None,
    help="What the offsets in the files count. [default: told from the quotes beside them]",
)
@click.option(
    "--column",
    "said_columns",
    metavar="ROLE=NAME",
    multiple=True,
    help="What a column of a table of documents is for: text=body, title=headline, date, source, "
    "author, language, labels, id, html (a text with markup), meta (keep as further information) "
    "or omit. [default: told from its name and from what is in it; may be given several times]",
)
@click.option(
    "--map",
    "said_names",
    metavar="NAME=NAME",
    multiple=True,
    help="Take a label, relation or attribute of the files for one of the codebook: "
    "made_by=“made by”. May be given several times.",
)
@click.option(
    "--skip-bad",
    is_flag=True,
    help="Leave out what cannot be taken (a line, a span, a file), list it, and take the rest; the "
    "exit code is 3 then.",
)
def import_(
    files: tuple[str, ...],
    database: Path,
    project: str | None,
    kind: str | None,
    encoding: str,
    page: str | None,
    leave_out_twins: bool,
    as_suggestions: bool,
    offsets: str | None,
    said_columns: tuple[str, ...],
    said_names: tuple[str, ...],
    skip_bad: bool,
) -> None:
    """Add articles, or articles with their marks, to a project.

    An article is plain text, Markdown, HTML, DOCX, ODT, RTF, EPUB, PDF or a mail, or a row of a
    table (CSV, TSV, XLSX, ODS, JSON); JSONL brings its marks along. FILE may be a folder, an
    archive (zip, tar, tar.gz), or “-” for standard input. Several files are one act: if one cannot
    be taken, none is, unless --skip-bad is given. What a format has and Postil cannot keep is
    counted on standard error. A bundle (postil export --bundle) becomes a project of its own.

    \b
    postil import article.txt notes.md
    postil import corpus/ report.pdf articles.zip
    postil import --project "Class 9b" marked.jsonl
    postil import spans.csv texts/
    postil import articles.xlsx --column text=body --column title=headline
    postil import --format doccano --offsets utf-16 admin.jsonl
    postil import sanctions.bundle.zip
    curl -s https://example.org/story.html | postil import --format html -
    """
    try:
        columns = formats.parsed_columns(said_columns)
        names = codebook_gaps.parsed_map(said_names)
    except PostilError as error:
        raise Misuse(str(error)) from error
    if (bundled := bundle_among(files)) is not None:
        with opened(database) if database.exists() else nullcontext() as present:
            if present is not None and project and project_named(present, project):
                raise Misuse(
                    f"There is a project “{clean(project)}” already, and a bundle is never merged "
                    "into one that is there; give another name with --project, or none."
                )
            take_in(bundled, database, present, project)
        return
    with ExitStack() as stack:
        sources = [
            replace(_source(file, kind or "", stack), encoding=encoding, page=page or "")
            for file in files
        ]
        store = stack.enter_context(opened(database)) if database.exists() else None
        target = _target(store, project)
        size = sum(source.size for source in sources)
        with progress("Importing", size) as show:
            twins = Twins(lambda: _hashes(store, target), leave_out_twins)
            skipped: dict[str, str] = {}
            bad = (lambda error: skipped.update({str(error): error.part})) if skip_bad else None
            reading = formats.Reading(
                offsets=offsets or "",
                text_of=_texts(store, target),
                codebook=_codebook(store, target),
                columns=columns,
            )
            # A project that is made for files that are then refused is not made.
            new = isinstance(target, str)
            try:
                entries = transfer.Incoming(sources, show, reading, bad, twins, names)
                # All of it is read first: nothing new is made for what turns out to be unreadable,
                # and nobody who saves waits for it.
                read = transfer.Read(entries, as_suggestions, bad, database.absolute().parent)
                stack.callback(read.close)
                if store is None:
                    store = open_store(database)
                    stack.callback(store.close)
                person = store.people.first()
                with store.database.together() if new else nullcontext():
                    kept = _made(store, person, target) if isinstance(target, str) else target
                    taken = transfer.take(store, person, kept, read)
            except PostilError as error:
                raise Failure(with_option(str(error)) + _rest(error, skip_bad)) from error
    if not (taken.documents or taken.known or skipped or twins.count):
        click.echo("There was nothing in it to import.", err=True)
    click.echo(
        f"Imported {number(taken.documents, 'document')} with {number(taken.spans, 'span')} and "
        f"{number(taken.relations, 'relation')} into “{clean(kept.name)}”."
    )
    if as_suggestions:
        click.echo(f"The marks are {number(taken.suggestions, 'suggestion')} now.", err=True)
    if taken.left:
        listed = ", ".join(f"{transfer.LEFT[what]} ({n:,})" for what, n in taken.left.items())
        click.echo(f"Suggestions have no place for: {listed}. That was left out.", err=True)
    if taken.rejections:
        rejections = number(taken.rejections, "rejected suggestion")
        click.echo(f"{rejections} will not be offered again to whoever rejected them.", err=True)
    for name, note in dict.fromkeys(entries.notes):
        click.echo(clean(f"{name}: {note}"), err=True)
    for sentence in codebook_gaps.sentences(taken.gaps, as_suggestions):
        click.echo(clean(sentence), err=True)
    for old, new_name in codebook_gaps.alike_among(taken.gaps):
        click.echo(
            clean(
                f"“{old}” looks like “{new_name}”, which the codebook has; to take it for that, "
                f'undo this import and import with --map "{old}={new_name}".'
            ),
            err=True,
        )
    if twins.count:
        _say_twins(twins)
    if taken.imported_before:
        were = "was" if taken.imported_before == 1 else "were"
        count = number(taken.imported_before, "document")
        click.echo(f"{count} {were} imported before, with the same marks.", err=True)
    if taken.known:
        were = "was" if taken.known == 1 else "were"
        click.echo(f"{number(taken.known, 'document')} {were} there already.", err=True)
    if entries.lost:
        listed = ", ".join(f"{what} ({count:,})" for what, count in sorted(entries.lost.items()))
        click.echo(f"In the files, but not to be kept: {clean(listed)}.", err=True)
    if skipped:
        listed = "".join(f"\n  {clean(with_option(reason))}" for reason in skipped)
        count = number(len(skipped), "entry", "entries")
        click.echo(f"Skipped {count}{_kept_without(skipped.values())}:{listed}", err=True)
        raise click.exceptions.Exit(SOMETHING_SKIPPED)


def _kept_without(parts: Iterable[str]) -> str:
    """How many spans, relations … were left out of documents that were kept."""
    counts = Counter(part for part in parts if part)
    listed = " and ".join(number(count, part) for part, count in counts.items())
    return f" ({listed} of what was kept otherwise)" if listed else ""


def _rest(error: PostilError, skip_bad: bool) -> str:
    """How to get what is good, where a line of a file was refused and all else with it."""
    if skip_bad or getattr(error, "line", None) is None:
        return ""
    return "\nNothing was imported; --skip-bad leaves out what cannot be taken, and takes the rest."


def _texts(store: Store | None, target: Project | str) -> Callable[[str], Document | None]:
    """Finds the documents that formats without texts are about."""
    if store is None or isinstance(target, str):
        return lambda name: None

    def found(name: str) -> Document | None:
        kept = store.documents.called(target, name)
        return kept.value if kept else None

    return found


def _codebook(store: Store | None, target: Project | str) -> str:
    """That of the project, for formats that say less than a label; a new one has the default."""
    if store is None or isinstance(target, str):
        return ""
    return codebook.to_toml(store.codebooks.of(target.key))


def _source(file: str, kind: str, stack: ExitStack) -> transfer.Source:
    if file == "-":
        spool = tempfile.SpooledTemporaryFile(max_size=transfer.AHEAD)  # noqa: SIM115
        stack.callback(spool.close)
        shutil.copyfileobj(sys.stdin.buffer, spool)
        size = spool.tell()
        return transfer.Source(
            "", lambda: transfer.rewound(spool), size, kind, called="standard input"
        )
    if file.startswith(("http://", "https://")):
        raise Misuse(
            f"{clean(file)} is an address, and Postil fetches nothing from the network. Save the "
            "page and import the file, or send it through a pipe: curl -s ADDRESS | postil import "
            "--format html -"
        )
    path = Path(file)
    if path.is_dir():
        return transfer.of_folder(file, kind)
    return transfer.Source(file, lambda: path.open("rb"), path.stat().st_size, kind)


def _hashes(store: Store | None, target: Project | str) -> dict[str, tuple[str, str]]:
    if store is None or isinstance(target, str):
        return {}
    return store.documents.hashes(target)


def _say_twins(twins: Twins) -> None:
    counted, one = number(twins.count, "document"), twins.count == 1
    if twins.leave_out:
        were = "was" if one else "were"
        click.echo(f"{counted} with a text that was there already {were} left out.", err=True)
    else:
        have = "has" if one else "have"
        click.echo(
            f"{counted} {have} a text that was there already; --leave-out-twins leaves such out.",
            err=True,
        )


def _target(store: Store | None, name: str | None) -> Project | str:
    """The project to import into, or the name of one to be made."""
    if store is None:
        return name or OWN_PROJECT
    if name is None:
        own = [project for project in store.projects.all() if not is_demo(project)]
        if len(own) == 1:
            return own[0]
        name = OWN_PROJECT
    return project_named(store, name) or name


def _made(store: Store, person: Person, name: str) -> Project:
    act = Act(op=new_id(), person=person.key, kind="project")
    return store.projects.add(act, name, with_starters(codebook.default()))


# ── export ────────────────────────────────────────────────────────────────────────────────────────


@click.command(short_help="Write documents with their marks to a file.")
@database_option
@click.option(
    "--project", metavar="NAME", help="The project. [default: the only one beside the demo]"
)
@click.option("--document", metavar="ID", help="One document of it; “postil documents” lists them.")
@click.option(
    "--format",
    "kind",
    type=FormatName(formats.writable()),
    metavar="NAME",
    help="“postil formats” lists them, and what each of them carries. [default: told from the "
    f"name of the file to write, else {NATIVE}]",
)
@selecting
@writing_options
@click.option(
    "--bundle",
    "whole",
    is_flag=True,
    help="Everything of the project in one archive, for another Postil to take in.",
)
@click.option("--history", is_flag=True, help="With --bundle: every change that was made, too.")
@click.option(
    "-o",
    "--output",
    type=click.Path(allow_dash=True),
    help="The file to write, or for a format of several files a new folder (“out/”). It is there "
    "whole or not at all. [default: standard output]",
)
def export(
    database: Path,
    project: str | None,
    document: str | None,
    kind: str | None,
    whole: bool,
    history: bool,
    output: str | None,
    **options: Any,
) -> None:
    """Write documents with their marks to a file or to standard output.

    What the format cannot carry, and what was not asked for, is counted on standard error. Formats
    that models are trained with take documents that are done, unless --state says otherwise. The
    same command on the same project writes the same bytes.

    \b
    postil export > marks.jsonl
    postil export --label claim -o claims.csv
    postil export --format spacy --state all -o train.spacy
    postil export --project "Class 9b" --all-layers -o class.jsonl
    postil export --layer "Ann · work" --map names.toml --state done -o a.jsonl
    postil export --since 2026-01-31T18:00+01:00 -o news.jsonl
    postil export --bundle --history -o project.bundle.zip

    A mapping file for --map says under which names labels and relations go out:

    \b
    [labels]
    claim = "CLAIM"
    actor = false          # left out
    [relations]
    "made by" = "MADE_BY"
    """
    selection, writing = selection_of(document, options), writing_of(options)
    path = None if output in (None, "-") else Path(output or "")
    kind = kind or (NATIVE if whole else _told_by(path))
    if path is None and not whole and sys.stdout.isatty() and _is_binary(kind):
        raise Misuse(f"{kind} is a binary file; name one with -o, or send it on with a pipe.")
    _refuse_part_of_bundle(whole, history, replace(selection, every=False) != Selection())
    with opened(database) as store:
        meant = project_meant(store, project, document)
        if whole:
            _write_bundle(store, meant, path, database, history)
            return
        total = 1 if document else store.documents.count(meant)
        with progress("Exporting", total) as show, choices_listed(store, meant, document):
            made = transfer.snapshot(
                transfer.outgoing(store, meant, selection, kind, writing, show)
            )
    with made.file:
        if path is None:
            shutil.copyfileobj(made.file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        elif is_folder(output or ""):
            write_folder(made.file, path, kind)
        else:
            _refuse_database(path, database)
            _write(made.file, path)
    _say(made, kind, selection)


def _told_by(output: Path | None) -> str:
    """The format that the name of a file tells: the one with the longest ending that it has."""
    if output is None:
        return NATIVE
    endings = {
        ending: name
        for name in reversed(formats.writable())
        for ending in formats.get(name).endings
        if ".zip" not in formats.get(name).suffixes
    }
    told = [ending for ending in endings if output.name.lower().endswith(ending)]
    if not told and output.suffix.lower() == ".zip":
        raise Misuse(
            "Several formats are archives: say which with --format, or --bundle for the whole "
            "project."
        )
    return endings[max(told, key=len)] if told else NATIVE


def _is_binary(kind: str) -> bool:
    return formats.get(kind).media_type.partition("/")[2] in _BINARY


def _refuse_part_of_bundle(whole: bool, history: bool, is_part: bool) -> None:
    if history and not whole:
        raise click.UsageError("--history goes with --bundle.")
    if whole and is_part:
        raise click.UsageError("--bundle takes everything; leave out what selects a part.")


def _write_bundle(
    store: Store, project: Project, output: Path | None, database: Path, history: bool
) -> None:
    file, size = write_out(store, project, output, history)
    with file:
        if output is None:
            send(file)
        else:
            _refuse_database(output, database)
            _write(file, output)
    click.echo(f"Bundled “{clean(project.name)}”: {number(size, 'byte')}.", err=True)


def _say(made: transfer.Snapshot, kind: str, selection: Selection) -> None:
    held = made.contents
    click.echo(
        f"Exported {number(held.documents, 'document')} with {number(held.spans, 'span')} and "
        f"{number(held.relations, 'relation')}.",
        err=True,
    )
    say_left_out(made.left_out, made.unmarked, made.deleted, states=selection.states)
    if made.losses:
        listed = ", ".join(f"{what} ({count:,})" for what, count in sorted(made.losses.items()))
        click.echo(f"What {kind} cannot hold was left out: {listed}.", err=True)


def _refuse_database(output: Path, database: Path) -> None:
    if output.exists() and output.samefile(database):
        raise Misuse(f"{output} is the database itself; write to another file.")


def _write(content: IO[bytes], output: Path) -> None:
    """To a file beside, which then takes the place; a device or pipe is written to as it is."""
    target = output.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as device:
            shutil.copyfileobj(content, device)
        return
    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("xb") as file:
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except FileNotFoundError as error:
        raise Failure(f"{output}: there is no folder {target.parent}") from error
    finally:
        beside.unlink(missing_ok=True)
