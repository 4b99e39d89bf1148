"""The command line, ``postil``: one module for each group of commands.

``serving``  the pages           ``looking``  projects, documents, check, backup
``moving``   import and export   ``common``   options, errors and output that all share
``suggesting``  suggestions, and the model behind them    ``selecting``  what goes out
``listing``  the formats       ``splitting``  files to train and test with
``transferring``  what the pages have done beside the server    ``tokens``  for programs
``bundles``  whole projects    ``schemas``  of the native format

Data goes to standard output, as UTF-8 on every system; everything said about it goes to standard
error. Exit codes: 0 all is well, 1 it failed, 2 it was asked wrongly, 3 something was left out as
--skip-bad asks.
"""

import click

from reader.cli.common import Commands
from reader.cli.listing import list_formats
from reader.cli.looking import backup, check, documents, projects
from reader.cli.moving import export, import_
from reader.cli.schemas import print_schema
from reader.cli.serving import serve
from reader.cli.splitting import split
from reader.cli.suggesting import suggest, train
from reader.cli.tokens import token
from reader.cli.transferring import transfer


@click.group(
    cls=Commands,
    commands=[
        *(serve, import_, export, split, list_formats, projects, documents),
        *(suggest, train, token, check, backup, transfer, print_schema),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="The database is --db, else $POSTIL_DB, else postil.db in the current folder. "
    "“postil COMMAND --help” says more about a command.",
)
@click.version_option(package_name="postil", message="postil %(version)s")
def main() -> None:
    """Read articles, mark their claims, actors and demands, and take the marks home as data.

    \b
    postil serve                          read and mark in the browser
    postil import article.txt             add an article
    postil export -o marks.jsonl          take the marks home
    """
