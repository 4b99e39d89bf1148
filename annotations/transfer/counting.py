"""How much there is in a file, counted as its entries go by."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from annotations.document import Annotated


@dataclass(slots=True)
class Contents:
    """How much there is in a file: documents, layers of documents, spans, relations."""

    documents: int = 0
    layers: int = 0
    spans: int = 0
    relations: int = 0
    titles: tuple[str, ...] = ()
    """Of the first few documents."""

    newest: str = field(default="", repr=False, compare=False)
    """The id of the document that was counted last."""

    def count(self, entry: Annotated, titles: int = 5) -> None:
        """Add an entry. The layers of one document follow each other."""
        if entry.document.id != self.newest or not self.documents:
            self.newest = entry.document.id
            self.documents += 1
            if len(self.titles) < titles:
                self.titles += (entry.document.title,)
        spans = len(entry.annotations)
        self.layers += entry.layer is not None or spans > 0
        self.spans += spans
        self.relations += len(entry.relations)


def preview(entries: Iterable[Annotated], titles: int = 5) -> Contents:
    """What is in there, all of it checked as far as that goes without the database."""
    contents = Contents()
    for entry in entries:
        contents.count(entry, titles)
    return contents
