"""What a program asks to be taken home, said as the parameters of the HTTP API.

The same where it waits for the file and where a process beside the server makes it.
"""

from collections.abc import Mapping
from typing import Any

from annotations import selection, transfer
from annotations.errors import BadInput
from annotations.formats import Writing
from annotations.selection import Selection
from annotations.store import Project, Store


def outgoing(
    store: Store, project: Project, query: Mapping[str, Any], progress: Any = None
) -> transfer.Outgoing:
    """The file that is asked for. Raises what ``transfer.outgoing`` raises."""
    if query.get("layer") and query["every"]:
        raise BadInput("Name layers, or say every=true, but not both.")
    said = query.get("since")
    chosen = Selection(
        document=query.get("document", ""),
        layers=tuple(query.get("layer", ())),
        every=query["every"],
        labels=tuple(query.get("label", ())),
        states=tuple(query.get("state", ())),
        after=selection.moment(said) if said else None,
        negatives=query["negatives"],
    )
    usual = Writing()
    writing = Writing(
        fragments=query.get("fragments", usual.fragments),
        borders=query.get("borders", usual.borders),
        tokens=query.get("tokens", usual.tokens),
    )
    return transfer.outgoing(store, project, chosen, query["format"], writing, progress)
