"""Suggestions: offered for documents, and the model behind them trained."""

import os
from pathlib import Path

import click

from annotations.store import Project, Store
from annotations.store.learning import Report
from reader.cli.common import database_option, number, opened, progress, project_meant

project_option = click.option(
    "--project", metavar="NAME", help="The project. [default: the only one beside the demo]"
)
background_option = click.option("--background", is_flag=True, hidden=True)


@click.command(short_help="Suggest marks from past ones, rules and the model.")
@database_option
@project_option
@click.option("--document", metavar="ID", help="One document alone. [default: all of them]")
@background_option
def suggest(database: Path, project: str | None, document: str | None, background: bool) -> None:
    """Look for marks to suggest in a project's documents; people accept or reject them.

    What was suggested there before is replaced; what was rejected stays away.

    \b
    postil suggest --project "Class 9b"
    """
    _step_back(background)
    with opened(database) as store:
        of = _meant(store, project, document, background)
        keys = None if document is None else [store.documents.key_of(of, document)]
        length = store.documents.count(of) if keys is None else 1
        with progress("Suggesting", length) as show:
            count = store.learning.offer(of, keys, show)
        if background and store.learning.wants_training(of):
            store.learning.train(of)
            store.learning.offer(of, keys)
    click.echo(f"{number(count, 'suggestion')} in {number(length, 'document')}.")


@click.command(short_help="Train the model that suggests marks.")
@database_option
@project_option
@background_option
def train(database: Path, project: str | None, background: bool) -> None:
    """Train a small model on what people marked in a project, and measure it on what is held out.

    It needs the extra: pip install 'postil[suggest]'. Then “postil suggest” uses it.
    """
    _step_back(background)
    with opened(database) as store:
        of = _meant(store, project, None, background)
        report = store.learning.train(of, None if background else _said)
        if background:
            store.learning.offer(of)
    for line in lines_of(report):
        click.echo(line)


def _meant(store: Store, name: str | None, document: str | None, background: bool) -> Project:
    """The project that is meant; beside the server, by its id alone."""
    if background and name is not None:
        return store.projects.find(name)
    return project_meant(store, name, document)


def _said(step: str) -> None:
    click.echo(f"Held out {step} …", err=True)


def _step_back(background: bool) -> None:
    """Let whoever waits for a page go first."""
    if background and hasattr(os, "nice"):
        os.nice(10)


def lines_of(report: Report) -> list[str]:
    """What a report says, line by line."""
    found = [
        f"{report.name}: trained in {report.seconds:.1f} s on "
        f"{number(report.paragraphs, 'paragraph')} of {number(report.documents, 'document')} "
        f"({number(report.words, 'word')})",
        f"held out by {report.held.by}, {report.held.folds} folds; exact spans:",
    ]
    for label, score in report.held.scores.items():
        found.append(
            f"  {label}: precision {score.precision:.2f}, recall {score.recall:.2f}, "
            f"F1 {score.f1:.2f} ({number(score.marked, 'span')})"
        )
    return found
