"""The schema of the native format."""

import click

from annotations.formats import schema


@click.command("schema", short_help="Print the JSON Schema of the native format.")
def print_schema() -> None:
    """Print the JSON Schema of a line of the native JSONL, to check files before an import.

    \b
    postil schema > postil-1.json
    """
    click.echo(schema.native(), nl=False)
