"""Files as an import reads them, whatever format they are in."""

import io
from collections.abc import Callable

from annotations import transfer
from annotations.document import Annotated
from annotations.errors import BadLine


def entries_of(
    name: str, data: bytes, bad: Callable[[BadLine], None] | None = None
) -> list[Annotated]:
    """The entries of one file of that name."""
    source = transfer.Source(name, lambda: io.BytesIO(data), len(data))
    return list(transfer.Incoming([source], bad=bad))
