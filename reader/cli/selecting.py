"""The options that say what goes out and how, for every command that writes files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any

import click

from annotations import renaming, selection, transfer
from annotations.document import STATES
from annotations.errors import NotFound
from annotations.formats import BORDERS, FRAGMENTS, Writing
from annotations.selection import Selection
from annotations.store import Project, Store
from reader.cli.common import Failure, clean, number

Command = Callable[..., Any]
_USUAL = Writing()

_SELECTING = (
    click.option(
        "--label", "labels", metavar="NAME", multiple=True, help="Only these; may be repeated."
    ),
    click.option(
        "--layer",
        "layers",
        metavar="NAME",
        multiple=True,
        help="Whose marks: the name or id of a layer; may be repeated. [default: the only one]",
    ),
    click.option(
        "--all-layers",
        is_flag=True,
        help="Everybody’s marks; each line or row says whose they are, where the format can.",
    ),
    click.option(
        "--map",
        "mapping",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Other names for labels and relations, or leave them out: a TOML file.",
    ),
    click.option(
        "--state",
        "states",
        multiple=True,
        type=click.Choice((*STATES, selection.ALL), case_sensitive=False),
        help="Documents that are so for the layer; may be repeated. [default: done for formats "
        "that models are trained with, else all]",
    ),
    click.option(
        "--since",
        metavar="WHEN",
        help="What changed after a moment (2026-01-31T18:00Z; UTC unless it says otherwise), or "
        "since a manifest.json was written.",
    ),
    click.option(
        "--negatives",
        is_flag=True,
        help="Rejected suggestions too, as a layer of kind “suggestion” that says so.",
    ),
)

_WRITING = (
    click.option(
        "--fragments",
        type=click.Choice(FRAGMENTS),
        default=_USUAL.fragments,
        show_default=True,
        help="What becomes of a mark of several parts where the format has no place for it: left "
        "out, one mark a part, from first to last character, or no file at all.",
    ),
    click.option(
        "--borders",
        type=click.Choice(BORDERS),
        default=_USUAL.borders,
        show_default=True,
        help="What becomes of a mark off the borders of tokens, where the format has tokens: "
        "widened to them, left out, or no file at all.",
    ),
    click.option(
        "--tokens",
        metavar="NAME",
        default=_USUAL.tokens,
        show_default="what the format is usually read with",
        help="What cuts texts into tokens, for formats that have them.",
    ),
)


def selecting(command: Command) -> Command:
    """The options that say what goes out; ``selection_of`` reads them."""
    return reduce(lambda made, option: option(made), reversed(_SELECTING), command)


def writing_options(command: Command) -> Command:
    """The options that say how it is written; ``writing_of`` reads them."""
    return reduce(lambda made, option: option(made), reversed(_WRITING), command)


def selection_of(document: str | None, options: Mapping[str, Any]) -> Selection:
    """What the options select. Raises ``BadInput``, ``UsageError``."""
    if options["layers"] and options["all_layers"]:
        raise click.UsageError("--layer and --all-layers exclude each other.")
    mapping, since = options["mapping"], options["since"]
    return Selection(
        document=document or "",
        layers=options["layers"],
        every=options["all_layers"],
        labels=options["labels"],
        renaming=renaming.read(mapping) if mapping else renaming.NOTHING,
        states=options["states"],
        after=selection.after(since) if since else None,
        negatives=options["negatives"],
    )


def writing_of(options: Mapping[str, Any], command: str = "") -> Writing:
    """How the options have it written."""
    return Writing(
        fragments=options["fragments"],
        borders=options["borders"],
        tokens=options["tokens"],
        command=command,
    )


@contextmanager
def choices_listed(store: Store, project: Project, document: str | None = None) -> Iterator[None]:
    """Whoever names a layer, label or document that is not there is told which there are."""
    try:
        yield
    except NotFound as error:
        if error.what == "label":
            labels = ", ".join(label.name for label in store.codebooks.of(project.key).labels)
            raise Failure(
                f"There is no label “{error.name}”; there are: {clean(labels)}."
            ) from error
        if error.what == "document":
            raise Failure(f"{error} “postil documents” lists them with their ids.") from error
        if error.what != "layer":
            raise
        present = transfer.choose_layers(store, project, document, every=True)
        listed = "".join(f"\n  {clean(each.value.title)} ({each.value.id})" for each in present)
        there = f"there are:{listed}" if listed else "there are no marks."
        raise Failure(f"There is no layer “{error.name}”; {there}") from error


def say_left_out(
    left_out: Mapping[str, int],
    unmarked: int,
    deleted: Sequence[str] = (),
    *,
    states: Sequence[str],
    are_done: bool = True,
) -> None:
    """On standard error: what was not asked for, and what has no mark.

    Whoever named no ``states`` is told how to get the documents that are not done; ``are_done``
    says whether those without a mark are.
    """
    said = [f"{selection.LEFT_OUT[what]} ({count:,})" for what, count in sorted(left_out.items())]
    if said:
        click.echo(f"Left out as not asked for: {', '.join(said)}.", err=True)
    if left_out.get("not done") and not states:
        click.echo(
            "To train models with, only documents that are done go out; --state all takes the "
            "others too.",
            err=True,
        )
    if unmarked:
        what = "Done and without a mark" if are_done else "Without a mark"
        click.echo(f"{what}: {number(unmarked, 'document')}.", err=True)
    if deleted:
        gone = "".join(f"\n  {clean(uid)}" for uid in deleted)
        click.echo(f"Deleted since: {number(len(deleted), 'document')}{gone}", err=True)
