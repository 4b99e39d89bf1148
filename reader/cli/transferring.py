"""An import or export that the server asked for; nobody types this command."""

from pathlib import Path

import click

from reader.cli.common import database_option, opened
from reader.work import carry_out


@click.command(hidden=True)
@click.argument("transfer")
@database_option
@click.option("--background", is_flag=True, hidden=True)
def transfer(transfer: str, database: Path, background: bool) -> None:
    """Carry out what was asked for in the pages."""
    with opened(database) as store:
        carry_out(store, transfer)
