"""Exchange formats: one module each, and the registry that names them.

A format turns files into ``Annotated`` values and such values into bytes, lazily both ways
(``interface`` has the shapes). It opens no files (``files`` does, for programs) and does not know
the store. It may import
``annotations.{document, spans, errors, ingest}``, what is derived from these values alone
(``segment``, ``statements``, the words of ``suggest``), ``codebook``, and its siblings here.

To add one: write a module with ``read``, ``gather`` (for files that only make sense together) or
``write``, and add its row to ``registry``. A module is imported when it is first used, and what it
needs of other people's packages inside its functions: starting Postil loads none of them.

What is shared: ``values`` and ``lines`` (other people's JSON), ``offsets`` (units), ``losses``
(what cannot be carried is counted), ``archive`` (several files as one), ``tokens``.
"""

from collections.abc import Iterable
from dataclasses import replace

from annotations.document import Annotated
from annotations.formats.files import read_file, write_file
from annotations.formats.interface import (
    BORDERS,
    CARRIABLE,
    COLUMN_ROLES,
    FRAGMENTS,
    LOSSES,
    OFFSETS,
    BadParts,
    Column,
    Gatherer,
    Member,
    Reader,
    Reading,
    TableFound,
    Writer,
    Writing,
    parsed_columns,
)
from annotations.formats.registry import (
    ALIASES,
    Format,
    get,
    guess,
    guess_together,
    names,
    readable,
    writable,
)

__all__ = [
    "ALIASES",
    "BORDERS",
    "CARRIABLE",
    "COLUMN_ROLES",
    "FRAGMENTS",
    "LOSSES",
    "OFFSETS",
    "BadParts",
    "Column",
    "Format",
    "Gatherer",
    "Member",
    "Reader",
    "Reading",
    "TableFound",
    "Writer",
    "Writing",
    "get",
    "guess",
    "guess_together",
    "names",
    "only_labels",
    "parsed_columns",
    "read_file",
    "readable",
    "writable",
    "write_file",
]


def only_labels(annotated: Annotated, labels: Iterable[str]) -> Annotated:
    """The same with the annotations of these labels alone, and the relations between them."""
    wanted = frozenset(labels)
    annotations = tuple(kept for kept in annotated.annotations if kept.label in wanted)
    ids = {kept.id for kept in annotations}
    relations = tuple(
        relation
        for relation in annotated.relations
        if relation.head in ids and (relation.child is None or relation.child in ids)
    )
    return replace(annotated, annotations=annotations, relations=relations)
