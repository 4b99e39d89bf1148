"""The way out: the bytes of a file, counted as they are made."""

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import IO, Any

from annotations import formats
from annotations.cancellation import checkpoint
from annotations.codebook import to_toml
from annotations.document import Annotated
from annotations.errors import BadInput
from annotations.formats import Writing
from annotations.selection import Chosen, Selection
from annotations.store import Project, Store
from annotations.transfer.counting import Contents

IN_MEMORY = 8 * 1024 * 1024
"""Bytes of an export that are kept in memory before they go to the disk."""


class Outgoing(Iterator[bytes]):
    """The bytes of a file. What is counted grows as it is read, and is whole at its end.

    ``contents`` is what goes into it, ``losses`` what its format cannot carry, ``left_out`` what
    was not asked for (in the words of ``selection.LEFT_OUT``), ``unmarked`` how many of its
    documents are done and have no mark, ``deleted`` the ids of those deleted since.

    It sees the database at one moment, so it keeps a read transaction open on the thread that reads
    it: read it to the end, or close it.
    """

    def __init__(
        self,
        chosen: Chosen,
        write: formats.Writer,
        progress: Callable[[int], None] | None = None,
        writing: Writing | None = None,
    ):
        self.contents = Contents()
        self.losses: Counter[str] = Counter()
        self._chosen, self._progress = chosen, progress
        self._pieces = iter(write(self._counted(), self.losses, writing))

    def __next__(self) -> bytes:
        return next(self._pieces)

    @property
    def left_out(self) -> Counter[str]:
        return self._chosen.left_out

    @property
    def unmarked(self) -> int:
        return self._chosen.unmarked

    @property
    def deleted(self) -> tuple[str, ...]:
        return self._chosen.deleted

    def close(self) -> None:
        """End the read transaction, also when not everything was read."""
        _close(self._pieces)
        self._chosen.close()

    def _counted(self) -> Iterator[Annotated]:
        for entry in self._chosen:
            checkpoint()
            self.contents.count(entry)
            if self._progress is not None:
                self._progress(self.contents.documents)
            yield entry


def outgoing(
    store: Store,
    project: Project,
    selection: Selection | None = None,
    format: str = "jsonl",
    writing: Writing | None = None,
    progress: Callable[[int], None] | None = None,
) -> Outgoing:
    """The file of what is selected. ``progress`` is told how many documents have gone out.

    The same project, selection and options give the same bytes. Raises ``NotFound`` for an unknown
    document, layer or label, ``ChooseLayer``, ``UnknownFormat``, and ``BadInput`` for what the
    format cannot do.
    """
    selection = selection or Selection()
    entry = formats.get(format)
    write = entry.write
    if write is None:
        raise BadInput(f"Postil reads {format} but does not write it.")
    if selection.negatives and "layers" not in entry.carries:
        raise BadInput(
            f"{format} cannot say which marks are rejected ones, so they would pass for marks; "
            "take rejected suggestions home as jsonl or csv."
        )
    writing = writing or Writing()
    if not writing.codebook:
        codebook = to_toml(store.codebooks.of(project.key))
        writing = replace(writing, title=writing.title or project.name, codebook=codebook)
    chosen = Chosen(store, project, selection, entry.training)
    return Outgoing(chosen, write, progress, writing)


def _close(steps: Iterator[Any]) -> None:
    """End a generator where it stands, and with it the transaction that it holds."""
    if isinstance(steps, Generator):
        steps.close()


def survey(outgoing: Outgoing) -> tuple[Contents, Counter[str]]:
    """What the file would hold, and what it would lose, without making it."""
    with closing(outgoing):
        for _ in outgoing:
            pass
    return outgoing.contents, outgoing.losses


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file that was made: open at its beginning, gone once closed. ``size`` is in bytes."""

    file: IO[bytes]
    size: int
    contents: Contents
    losses: Counter[str]
    left_out: Counter[str] = field(default_factory=Counter)
    unmarked: int = 0
    deleted: tuple[str, ...] = ()


def snapshot(outgoing: Outgoing) -> Snapshot:
    """Make the file, small ones in memory and others on the disk, before anybody waits for it.

    So nobody gets half a file, and no slow reader holds a read transaction. Raises ``Cancelled``.
    """
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    try:
        with closing(outgoing):
            for piece in outgoing:  # file.writelines would look at the size only at the end
                file.write(piece)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Snapshot(
        file,
        size,
        outgoing.contents,
        outgoing.losses,
        outgoing.left_out,
        outgoing.unmarked,
        outgoing.deleted,
    )


def stem(title: str) -> str:
    """A title as far as every file system takes it, without a suffix."""
    found = re.sub(r"[^\w.-]+", "-", title, flags=re.ASCII).strip("-.").lower()[:60]
    return found.rstrip("-.") or "postil"


def file_name(title: str, format: str) -> str:
    """What to call a file: the title as far as every file system takes it, and the suffix."""
    return f"{stem(title)}{formats.get(format).suffixes[0]}"
