"""What formats there are."""

import sys

import click
import orjson

from annotations import formats
from annotations.errors import UnknownFormat
from annotations.formats import CARRIABLE, Format
from reader.cli.common import Misuse, table


@click.command("formats", short_help="List the formats, and what each carries.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_formats(names: tuple[str, ...], as_json: bool) -> None:
    """List the formats for import and export; with a NAME, all that one carries and does not.

    On a terminal what fits there; into a pipe as lines of name, ways, use, unit of offsets, what
    has to be installed, title, and what it does not carry, with tabs between.

    \b
    postil formats
    postil formats jsonl csv
    postil formats --json
    """
    try:
        chosen = [formats.get(name) for name in names or formats.names()]
    except UnknownFormat as error:
        raise Misuse(str(error)) from error
    if as_json:
        entries = {entry.name: entry.as_data() for entry in chosen}
        click.echo(orjson.dumps(entries, option=orjson.OPT_INDENT_2))
    elif names:
        click.echo("\n\n".join(_described(entry) for entry in chosen))
    else:
        heading = ("NAME", "WAYS", "FOR", "OFFSETS", "NEEDS", "TITLE", "DOES NOT CARRY")
        rows = [_row(entry) for entry in chosen]
        if not sys.stdout.isatty():
            table(heading, rows)
            return
        # What fits a terminal; the rest is told of one format at a time.
        few = [0, 1, 4, 5]
        table([heading[i] for i in few], [[row[i] for i in few] for row in rows])
        click.echo("\n“postil formats NAME” says what one carries, and what it does not.")


def _ways(entry: Format) -> str:
    ways = {"in": entry.reads or entry.gathers, "out": entry.writes}
    return ", ".join(way for way, is_open in ways.items() if is_open)


def _needs(entry: Format) -> str:
    return f"postil[{entry.extra}]" if entry.extra else ""


def _missing(entry: Format) -> list[str]:
    return [what for what in CARRIABLE if what not in entry.carries]


def _row(entry: Format) -> tuple[str, ...]:
    use = "training" if entry.training else "exchange"
    missing = ", ".join(_missing(entry)) or "(carries everything)"
    return (entry.name, _ways(entry), use, entry.offsets, _needs(entry), entry.title, missing)


def _described(entry: Format) -> str:
    said = {
        "Ways": _ways(entry),
        "Files": ", ".join(entry.suffixes),
        "Offsets": entry.offsets + (" (say them with --offsets)" if entry.states_offsets else ""),
        "Needs": _needs(entry),
        "Takes": "documents that are done, unless told otherwise" if entry.training else "",
    }
    lines = [f"{entry.name}: {entry.title}"]
    lines += [f"  {name:<8} {value}" for name, value in said.items() if value]
    for what, names in (
        ("Carries", [name for name in CARRIABLE if name in entry.carries]),
        ("Does not carry", _missing(entry)),
    ):
        if names:
            lines += [f"  {what}", *(f"    {name:<16} {CARRIABLE[name]}" for name in names)]
    return "\n".join(lines)
