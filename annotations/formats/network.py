"""Networks of actors and concepts, counted from statements (``sayings``).

``graphml`` and ``edges`` are the affiliation network: an edge joins an actor to a concept, and says
how many statements there are, how many agree, disagree or do neither, and in how many documents.
``graphml-congruence`` joins actors by the concepts that both agree on or both disagree on,
``graphml-conflict`` those of whom one agrees and the other does not; a concept counts once for
agreeing and once for disagreeing, however often it was said (Leifeld, “Discourse Network Analysis:
Policy Debates as Dynamic Networks”, The Oxford Handbook of Political Networks, 2017).

Documents are read one at a time; what is counted is in memory: as much as there are edges.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import combinations, product
from typing import Any

from annotations.document import Annotated
from annotations.formats.cells import rows
from annotations.formats.interface import Writing
from annotations.formats.registry import get
from annotations.formats.sayings import Sayings

COLUMNS = ("actor", "concept", "statements", "agree", "disagree", "neutral", "documents")
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns \
http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NODE = (("label", "string"), ("type", "string"), ("statements", "long"))
_EDGE = (
    *(("weight", "double"), ("agree", "long"), ("disagree", "long"), ("neutral", "long")),
    ("documents", "long"),
)


@dataclass(slots=True)
class _Edge:
    """How an actor stands to a concept: statements that agree, disagree, do neither."""

    said: Counter[bool | None] = field(default_factory=Counter)
    documents: int = 0
    newest: str = ""

    def add(self, agrees: bool | None, document: str) -> None:
        self.said[agrees] += 1
        self.documents += document != self.newest or not self.documents
        self.newest = document

    @property
    def values(self) -> tuple[int, int, int, int, int]:
        said = self.said
        return said.total(), said[True], said[False], said[None], self.documents


_Edges = dict[tuple[str, str], _Edge]


def _counted(
    documents: Iterable[Annotated], losses: Counter[str] | None, writing: Writing | None, name: str
) -> _Edges:
    lost = Counter[str]() if losses is None else losses
    sayings = Sayings(writing or Writing(), get(name).carries, lost)
    edges: defaultdict[tuple[str, str], _Edge] = defaultdict(_Edge)
    for annotated in documents:
        for saying in sayings.of(annotated):
            if saying.actor and saying.concept:
                place = (saying.actor, saying.concept)
                edges[place].add(saying.agrees, annotated.document.id)
            else:
                lost["statements"] += 1
    return dict(sorted(edges.items()))


# ── the affiliation network ───────────────────────────────────────────────────────────────────────


def write_edges(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """A row an edge, for spreadsheets; UTF-8 with a byte order mark."""
    edges = _counted(documents, losses, writing, "edges")
    yield b"\xef\xbb\xbf" + rows([COLUMNS])
    yield rows((*place, *map(str, edge.values)) for place, edge in edges.items())


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """GraphML, undirected: nodes are actors and concepts."""
    edges = _counted(documents, losses, writing, "graphml")
    times: Counter[tuple[str, str]] = Counter()
    for (actor, concept), edge in edges.items():
        times["actor", actor] += edge.said.total()
        times["concept", concept] += edge.said.total()
    numbers = {node: f"n{number}" for number, node in enumerate(sorted(times))}
    yield _begun(writing, _EDGE)
    for (kind, name), number in numbers.items():
        yield _node(number, name, kind, times[kind, name])
    for (actor, concept), edge in edges.items():
        ends = (numbers["actor", actor], numbers["concept", concept])
        yield _edge(ends, dict(zip((name for name, _ in _EDGE), edge.values, strict=True)))
    yield b"  </graph>\n</graphml>\n"


# ── networks of actors ────────────────────────────────────────────────────────────────────────────


def write_congruence(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """GraphML, undirected: actors, joined by the concepts that they stand to alike."""
    edges = _counted(documents, losses, writing, "graphml-congruence")
    sides = _sides(edges)
    pairs = Counter(pair for actors in sides.values() for pair in combinations(actors, 2))
    return _actors(edges, pairs, writing)


def write_conflict(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """GraphML, undirected: actors, joined by the concepts that they stand to in opposite ways."""
    edges = _counted(documents, losses, writing, "graphml-conflict")
    sides = _sides(edges)
    pairs: Counter[tuple[str, str]] = Counter()
    for concept in {concept for concept, _ in sides}:
        for one, other in product(sides.get((concept, True), ()), sides.get((concept, False), ())):
            if one != other:
                pairs[min(one, other), max(one, other)] += 1
    return _actors(edges, pairs, writing)


def _sides(edges: _Edges) -> dict[tuple[str, bool], list[str]]:
    """The actors, sorted, who agree with a concept, and those who do not."""
    sides: defaultdict[tuple[str, bool], list[str]] = defaultdict(list)
    for (actor, concept), edge in edges.items():
        for agrees in (True, False):
            if edge.said[agrees]:
                sides[concept, agrees].append(actor)
    return sides


def _actors(
    edges: _Edges, pairs: Counter[tuple[str, str]], writing: Writing | None
) -> Iterator[bytes]:
    times: Counter[str] = Counter()
    for (actor, _), edge in edges.items():
        times[actor] += edge.said.total()
    numbers = {actor: f"n{number}" for number, actor in enumerate(sorted(times))}
    yield _begun(writing, _EDGE[:1])
    for actor, number in numbers.items():
        yield _node(number, actor, "actor", times[actor])
    for (one, other), weight in sorted(pairs.items()):
        yield _edge((numbers[one], numbers[other]), {"weight": weight})
    yield b"  </graph>\n</graphml>\n"


# ── GraphML ───────────────────────────────────────────────────────────────────────────────────────


def _begun(writing: Writing | None, edge: tuple[tuple[str, str], ...]) -> bytes:
    keys = [("node", *each) for each in _NODE] + [("edge", *each) for each in edge]
    lines = [
        f'  <key id="{of}-{name}" for="{of}" attr.name="{name}" attr.type="{kind}"/>\n'
        for of, name, kind in keys
    ]
    title = f"    <desc>{_xml(writing.title)}</desc>\n" if writing and writing.title else ""
    graph = '  <graph id="G" edgedefault="undirected">\n'
    return (_HEAD + "".join(lines) + graph + title).encode()


def _node(number: str, name: str, kind: str, statements: int) -> bytes:
    data = _data("node", {"label": name, "type": kind, "statements": statements})
    return f'    <node id="{number}">{data}</node>\n'.encode()


def _edge(ends: tuple[str, str], said: dict[str, int]) -> bytes:
    source, target = ends
    return f'    <edge source="{source}" target="{target}">{_data("edge", said)}</edge>\n'.encode()


def _data(of: str, said: dict[str, Any]) -> str:
    return "".join(
        f'<data key="{of}-{name}">{_xml(str(value))}</data>' for name, value in said.items()
    )


def _xml(text: str) -> str:
    """Text as XML may hold it; what it may not becomes U+FFFD."""
    return escape(_NOT_XML.sub("\ufffd", text)).replace("\r", "&#13;")
