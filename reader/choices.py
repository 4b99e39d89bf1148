"""What is to be taken home, as the fields of the dialogue say it.

The same for the page and for the process that makes a large file: nothing here knows of requests.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from annotations import formats, transfer
from annotations.errors import ChooseLayer
from annotations.store import KeptLayer, Project, Store


@dataclass(frozen=True, slots=True)
class Choice:
    """What to take home. ``layers`` is ``None`` while it must still be said whose marks."""

    project: Project
    document: str | None
    title: str
    format: str
    every: tuple[str, ...]
    labels: tuple[str, ...]
    present: Sequence[KeptLayer]
    layer: str
    layers: Sequence[KeptLayer] | None

    @classmethod
    def of(cls, store: Store, of: Project, asked: "MultiDict[str, str]") -> "Choice":
        """The choice that fields say; what is not there is passed over.

        Raises ``NotFound`` for an unknown document.
        """
        codebook = store.codebooks.of(of.key)
        uid = asked.get("document") or None
        kept = store.documents.find(of, uid) if uid else None
        every = tuple(label.name for label in codebook.labels)
        chosen = [name for name in every if name in asked.getlist("label")]
        present = store.exchange.layers_of(of, kept.key if kept else None)
        layer = asked.get("layer", "")
        layers: Sequence[KeptLayer] | None
        try:
            known = layer if any(layer == k.value.id for k in present) else ""
            layers = transfer.choose_layers(store, of, uid, [known] if known else (), layer == "*")
        except ChooseLayer:
            layers = None
        format = asked.get("format", formats.names()[0])
        if format not in formats.writable():
            format = formats.names()[0]
        return cls(
            project=of,
            document=uid,
            title=kept.value.title if kept else of.name,
            format=format,
            every=every,
            labels=tuple(chosen) if "chosen" in asked or chosen else every,
            present=present,
            layer=layer if layers is not None else "",
            layers=layers,
        )

    @property
    def is_ready(self) -> bool:
        return self.layers is not None and bool(self.labels or not self.every)

    def outgoing(
        self, store: Store, progress: Callable[[int], None] | None = None
    ) -> transfer.Outgoing:
        """The file, to be counted or made."""
        all_labels = len(self.labels) == len(self.every)
        selection = transfer.Selection(
            document=self.document or "",
            layers=tuple(kept.value.id for kept in self.layers or ()),
            labels=() if all_labels else self.labels,
        )
        return transfer.outgoing(store, self.project, selection, self.format, progress=progress)
