"""Splits for training."""

import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import click

from annotations import formats, splits
from annotations.errors import NotFound
from annotations.formats.archive import zipped
from annotations.splits import Pair, Plan
from annotations.splitting import Asked, Report, Split, asked_again, check, command, read_manifest
from annotations.store import Project, Store
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
)
from reader.cli.selecting import (
    choices_listed,
    say_left_out,
    selecting,
    selection_of,
    writing_of,
    writing_options,
)

_USUAL = ",".join(f"{name}={share}" for name, share in splits.USUAL.items())
_SHOWN = 20


@click.command("splits", short_help="Write train, dev and test files.")
@database_option
@click.option(
    "--project", metavar="NAME", help="The project. [default: the only one beside the demo]"
)
@click.option(
    "--format",
    "kind",
    type=FormatName(formats.writable()),
    default=formats.writable()[0],
    show_default=True,
    metavar="NAME",
    help="Of the files; “postil formats” lists them.",
)
@click.option(
    "--parts",
    metavar="SHARES",
    default=_USUAL,
    show_default=True,
    help="The parts and their shares, of any sum.",
)
@click.option(
    "--by",
    metavar="GROUP",
    default="document",
    show_default=True,
    help="What stays together: document, site (of the source), near (texts nearly the same), or "
    "meta:KEY (what stands under a key of the meta data).",
)
@click.option("--seed", metavar="TEXT", default="", help="Another one gives another split.")
@click.option(
    "--frozen",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The assignment.tsv of an earlier split: what it names stays where it is.",
)
@selecting
@writing_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A new folder, or an archive (.zip).",
)
@click.option(
    "--again",
    metavar="MANIFEST",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Make the files of an earlier manifest.json again, with all that was asked for then.",
)
@click.option(
    "--check",
    "checked",
    metavar="MANIFEST",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Only look whether the files beside a manifest.json are those it tells of.",
)
def split(
    database: Path,
    project: str | None,
    kind: str,
    parts: str,
    by: str,
    seed: str,
    frozen: Path | None,
    output: Path | None,
    again: Path | None,
    checked: Path | None,
    **options: Any,
) -> None:
    """Write the documents that are done as files to train, tune and test models with.

    Where a document goes, the hash of its group decides, so that documents which are added never
    move one. What is nearly the same and stands in two parts is listed. Beside the files stand
    assignment.tsv (what went where) and manifest.json (counts, SHA-256 sums, codebook, what was
    asked for): enough for anybody with the project to make the same files again.

    \b
    postil splits -o splits
    postil splits --by site --parts train=70,test=30 --format bio -o splits.zip
    postil splits --by near --frozen splits/assignment.tsv -o splits-2
    postil splits --check splits/manifest.json
    postil splits --again splits/manifest.json -o the-same
    """
    if checked is not None:
        _check(checked)
        return
    if output is None:
        raise click.UsageError("Name a new folder, or an archive, with --output.")
    _refuse_what_is_there(output)
    plan = Plan(splits.parts(parts), by, seed).checked()
    selection = selection_of(None, options)
    held = splits.read(frozen.read_bytes(), str(frozen)) if frozen else {}
    writing = writing_of(options, command(kind, plan))
    asked = Asked(selection, plan, kind, writing, held)
    with opened(database) as store:
        if again is not None:
            uid, asked = asked_again(again)
            meant = _project_of(store, uid, again)
        else:
            meant = project_meant(store, project)
        with (
            choices_listed(store, meant),
            progress("Splitting", store.documents.count(meant)) as on,
        ):
            made = Split(store, meant, asked, on)
            with store.database.reading():
                _write(made, output)
    _say(made.report, asked, output)
    if again is not None:
        _compare(made.report, again)


def _compare(report: Report, again: Path) -> None:
    """Whether the files are those of then."""
    then = read_manifest(again)
    if report.manifest["files"] == then["files"]:
        click.echo("They are the same files, byte for byte.", err=True)
        return
    made_from, now = then.get("made_from"), report.manifest["made_from"]
    why = "the project has changed since" if made_from != now else "the project has not changed"
    other = [
        name for name, said in then["files"].items() if report.manifest["files"].get(name) != said
    ]
    raise Failure(f"Other files than those of {again} ({why}): {', '.join(other)}.")


def _project_of(store: Store, uid: str, manifest: Path) -> Project:
    try:
        return store.projects.find(uid)
    except NotFound as error:
        raise Failure(f"{manifest}: its project “{uid}” is not in this database.") from error


def _check(manifest: Path) -> None:
    wrong = check(manifest)
    if wrong:
        raise Failure("".join([f"{manifest}:", *(f"\n  {clean(each)}" for each in wrong)]))
    click.echo("All files are as the manifest says.")


def _refuse_what_is_there(output: Path) -> None:
    is_empty = output.is_dir() and not any(output.iterdir())
    if output.exists() and not is_empty:
        raise Misuse(f"{output} is there already; name a new folder or archive.")
    if not output.absolute().parent.is_dir():
        raise Misuse(f"{output}: there is no folder {output.absolute().parent}.")


def _write(made: Split, output: Path) -> None:
    """Whole or not at all: beside its place first."""
    with ExitStack() as stack:
        beside = Path(tempfile.mkdtemp(prefix=".splits-", dir=output.absolute().parent))
        stack.callback(shutil.rmtree, beside, ignore_errors=True)
        if output.suffix.lower() == ".zip":
            target = beside / "splits.zip"
            with target.open("xb") as archive:
                archive.writelines(zipped(made.files()))
            target.replace(output)
            return
        folder = beside / "splits"
        folder.mkdir()
        for name, pieces in made.files():
            with (folder / name).open("xb") as file:
                file.writelines(pieces)
        if output.exists():
            output.rmdir()
        folder.replace(output)


def _say(report: Report, asked: Asked, output: Path) -> None:
    total = sum(part.documents for part in report.parts.values())
    click.echo(f"Split {number(total, 'document')} into {output}.", err=True)
    _balance(report, sys.stderr)
    states = asked.selection.states
    say_left_out(
        report.left_out,
        sum(part.unmarked for part in report.parts.values()),
        states=states,
        are_done=set(states) <= {"done"},
    )
    if report.losses:
        listed = ", ".join(f"{what} ({count:,})" for what, count in sorted(report.losses.items()))
        click.echo(f"What {asked.format} cannot hold was left out: {listed}.", err=True)
    if report.alone:
        click.echo(
            f"{number(report.alone, 'document')} without a {asked.plan.by}: each for itself.",
            err=True,
        )
    if report.across:
        _near(report.across)


def _balance(report: Report, file: IO[str]) -> None:
    """A row a part: documents, and how much of each label."""
    labels = sorted({label for part in report.parts.values() for label in part.labels})
    rows = [("PART", "DOCUMENTS", "SPANS", *labels)]
    sums = {label: sum(p.labels[label] for p in report.parts.values()) for label in labels}
    everything = sum(part.documents for part in report.parts.values())
    for name, part in report.parts.items():
        counts = [(part.documents, everything), (part.spans, sum(sums.values()))]
        counts += [(part.labels[label], sums[label]) for label in labels]
        rows.append((name, *(_share(count, whole) for count, whole in counts)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [clean(cell).ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  " + "  ".join(cells).rstrip(), file=file)


def _share(count: int, whole: int) -> str:
    return f"{count:,} ({count / whole:.0%})" if whole else "0"


def _near(across: list[Pair]) -> None:
    listed = "".join(
        f"\n  {clean(pair.one)}  {clean(pair.other)}  {pair.resemblance:.0%}"
        for pair in across[:_SHOWN]
    )
    more = f"\n  and {len(across) - _SHOWN:,} more, in the manifest" if len(across) > _SHOWN else ""
    click.echo(
        f"Nearly the same, and in two parts ({number(len(across), 'pair')}; --by near keeps them "
        f"together):{listed}{more}",
        err=True,
    )
