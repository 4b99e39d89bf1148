"""The formats by name, and how a file tells which one it is in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, cast

from annotations.errors import UnknownFormat
from annotations.formats.interface import CARRIABLE, Gatherer, Reader, Writer
from annotations.formats.json_heads import holds_annotations, holds_pairs
from annotations.formats.text_heads import names_spans, tokens_in


@dataclass(frozen=True, slots=True)
class Format:
    """A row of the registry.

    ``module`` holds its functions; ``writer`` is the name of the one that writes, where formats
    share a module. ``suffixes`` are of the files that it writes and reads; ``hints`` are words of
    which the head of a JSON file in this format has all, ``begins`` is how any file in it begins.
    ``offsets`` says the unit to a person. ``extra`` names what to install for it, ``training``
    whether it is made to train models with: then only documents that are done go out, unless told
    otherwise. ``states_offsets`` is for those whose files do not prove their unit. ``beside`` are
    suffixes of files that are read along with those, in the same folder or archive. ``asks_texts``
    tells that the files name documents and bring no texts, so that these may come beside them.
    ``heading`` is what the first line of a table looks like that is in this format.
    ``takes_encoding``: its files may be in another encoding than UTF-8, if a person says so.
    """

    name: str
    module: str
    title: str
    suffixes: tuple[str, ...]
    media_type: str
    carries: frozenset[str]
    offsets: str = "code points"
    reads: bool = True
    gathers: bool = False
    writes: bool = True
    hints: tuple[bytes, ...] = ()
    looks: bytes = b""
    extra: str = ""
    training: bool = False
    states_offsets: bool = False
    writer: str = "write"
    begins: bytes = b""
    beside: tuple[str, ...] = ()
    asks_texts: bool = False
    heading: bytes = b""
    takes_encoding: bool = False

    @property
    def endings(self) -> tuple[str, ...]:
        """The suffixes that tell the format: an archive may hold anything."""
        return tuple(suffix for suffix in self.suffixes if suffix != ".zip")

    def resembles(self, head: bytes) -> bool:
        """Whether the head of a JSON file says that it is in this format."""
        if self.hints and all(hint in head for hint in self.hints):
            return True
        return bool(self.looks) and re.search(self.looks, head) is not None

    @property
    def read(self) -> Reader | None:
        """Reads one file by itself; ``None`` where that way is closed."""
        return cast(Reader, self._loaded().read) if self.reads else None

    @property
    def gather(self) -> Gatherer | None:
        """Reads several files together; ``None`` where each stands for itself."""
        return cast(Gatherer, self._loaded().gather) if self.gathers else None

    @property
    def write(self) -> Writer | None:
        """Writes; ``None`` where that way is closed."""
        return cast(Writer, getattr(self._loaded(), self.writer)) if self.writes else None

    def as_data(self) -> dict[str, Any]:
        """What there is to say of it, as plain data."""
        return {
            "title": self.title,
            "reads": self.reads or self.gathers,
            "writes": self.writes,
            "suffixes": list(self.suffixes),
            "media_type": self.media_type,
            "offsets": self.offsets,
            "states_offsets": self.states_offsets,
            "training": self.training,
            "extra": self.extra or None,
            "carries": {what: what in self.carries for what in CARRIABLE},
        }

    def _loaded(self) -> ModuleType:
        return import_module(f"annotations.formats.{self.module}")


_TOKENS = (
    rb"(?s)\A(?=.*\"tokens\"\s*:\s*\[\s*(?:\"|\]))"
    rb"(?:(?=.*\"(?:ner_tags|tags|ner|labels)\"\s*:\s*\[)|(?!.*\"text\"\s*:))"
)
"""Rows of tokens, which are texts, and their tags, if those are not too far behind them."""

_STATEMENTS = (
    rb"(?i)\A(?=[^\n]*\bagreement\b)(?=[^\n]*\bconcept\b)(?=[^\n]*\bstatement[ ._]?id|[^\n]*\bdoc)"
    rb"(?![^\n]*\blabel\b)"
)
"""The columns of statements; spans have a label each."""

_HYPOTHESIS = (
    rb"(?i)\A(?!\s*[\[{])(?=[^\n]*\bURL\b)(?=[^\n]*Annotation/Reply Type)(?=[^\n]*\bQuote\b)"
)
"""The columns of what Hypothesis' client exports."""

_FORMATS = {
    entry.name: entry
    for entry in (
        Format(
            name="jsonl",
            module="jsonl",
            title="JSONL (Postil's own; lossless)",
            suffixes=(".jsonl", ".ndjson"),
            media_type="application/x-ndjson",
            carries=frozenset(CARRIABLE),
        ),
        Format(
            name="csv",
            module="spreadsheet",
            title="CSV for spreadsheets, a row a span",
            suffixes=(".csv",),
            media_type="text/csv; charset=utf-8",
            carries=frozenset(
                {"borders", "overlap", "fragments", "attributes", "entities", "concepts", "notes"}
                | {"unsure", "origins", "times", "layers", "titles", "ids"}
            ),
            takes_encoding=True,
            asks_texts=True,
        ),
        Format(
            name="prodigy",
            module="prodigy",
            title="Prodigy JSONL",
            suffixes=(".prodigy.jsonl",),
            media_type="application/x-ndjson",
            carries=frozenset(CARRIABLE) - {"fragments"},
            hints=(b'"text"', b'"_input_hash"', b'"_task_hash"'),
            looks=(
                rb'"token_start"\s*:\s*\d|"answer"\s*:\s*"(?:accept|reject|ignore)"'
                rb'|(?s:\A(?=.*"options"\s*:\s*\[).*"accept"\s*:\s*\[)'
            ),
            training=True,
        ),
        Format(
            name="doccano",
            module="doccano",
            title="doccano JSONL",
            suffixes=(".doccano.jsonl",),
            media_type="application/x-ndjson",
            carries=frozenset(CARRIABLE) - {"fragments"},
            offsets="UTF-16",
            hints=(b'"text"', b'"start_offset"'),
            looks=rb'"(?:labels?|entities|annotations)"\s*:\s*\[\s*\[\s*\d+\s*,\s*\d+\s*,\s*"',
            training=True,
            states_offsets=True,
        ),
        Format(
            name="labelstudio",
            module="labelstudio",
            title="Label Studio JSON",
            suffixes=(".labelstudio.json",),
            media_type="application/json",
            carries=frozenset(CARRIABLE) - {"fragments"},
            hints=(b'"data"', b'"annotations"'),
            looks=(
                rb'"(?:completed_by|was_cancelled|from_name)"\s*:'
                rb'|(?s:\A(?=.*"annotation_id"\s*:).*"lead_time"\s*:)'
            ),
            heading=rb"(?i)\A(?!\s*[\[{])(?=[^\n]*\bannotation_id\b)(?=[^\n]*\blead_time\b)",
        ),
        Format(
            name="w3c",
            module="w3c",
            title="W3C Web Annotation, JSON-LD",
            suffixes=(".jsonld", ".w3c.json"),
            media_type='application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"',
            carries=frozenset(CARRIABLE),
            hints=(b"www.w3.org/ns/anno.jsonld",),
            looks=rb'"export_userid"\s*:|"user"\s*:\s*"acct:[^"]+@',
            heading=_HYPOTHESIS,
            asks_texts=True,
        ),
        Format(
            name="brat",
            module="brat",
            title="brat standoff (.txt and .ann), a folder or an archive",
            suffixes=(".zip", ".ann"),
            media_type="application/zip",
            carries=frozenset(
                {"texts", "titles", "overlap", "fragments", "attributes", "entities", "concepts"}
                | {"notes", "relations", "layers", "unmarked"}
            ),
            offsets="code points; quotes prove them, so UTF-16 and CRLF are noticed",
            reads=False,
            gathers=True,
            beside=(".a1", ".a2", ".conf"),
            takes_encoding=True,
        ),
        Format(
            name="cas",
            module="cas",
            title="UIMA CAS XMI with its type system, for INCEpTION; an archive",
            suffixes=(".zip", ".xmi"),
            media_type="application/zip",
            carries=frozenset(CARRIABLE),
            offsets="UTF-16",
            reads=False,
            gathers=True,
            beside=(".xml",),
            extra="cas",
        ),
        Format(
            name="casjson",
            module="casjson",
            title="UIMA CAS JSON, an archive of files",
            suffixes=(".zip",),
            media_type="application/zip",
            carries=frozenset(CARRIABLE),
            offsets="UTF-16",
            gathers=True,
            hints=(b'"%TYPES"',),
            extra="cas",
        ),
        *(
            Format(
                name=name,
                module="conll",
                title=title,
                suffixes=suffixes,
                media_type="text/plain; charset=utf-8",
                carries=frozenset({"texts", "titles", "unmarked"}),
                offsets="tokens",
                training=True,
                writer=f"write_{name}",
                begins=b"-DOCSTART-",
            )
            for name, title, suffixes in (
                ("bio", "BIO (IOB2), a token a line", (".bio", ".iob", ".iob2")),
                ("iob1", "IOB1, a token a line", (".iob1",)),
                ("bilou", "BILOU (IOBES), a token a line", (".bilou", ".iobes", ".bioes")),
                ("conll2003", "CoNLL-2003, four columns", (".conll",)),
            )
        ),
        Format(
            name="conllu",
            module="conll",
            title="CoNLL-U and CoNLL-U Plus: treebanks, with named entities in a column or key",
            suffixes=(".conllu", ".conllup"),
            media_type="text/plain; charset=utf-8",
            carries=frozenset({"texts", "titles", "ids", "unmarked"}),
            offsets="tokens",
            writes=False,
        ),
        Format(
            name="webanno",
            module="webanno",
            title="WebAnno TSV 3, of WebAnno and INCEpTION",
            suffixes=(".webanno.tsv",),
            media_type="text/tab-separated-values; charset=utf-8",
            carries=frozenset(
                {"texts", "titles", "ids", "borders", "overlap", "attributes", "relations"}
                | {"layers", "unmarked"}
            ),
            offsets="UTF-16, or what the tokens prove",
            writes=False,
            begins=b"#FORMAT=WebAnno TSV 3",
        ),
        Format(
            name="spacy",
            module="docbin",
            title="spaCy (DocBin)",
            suffixes=(".spacy",),
            media_type="application/octet-stream",
            carries=frozenset(CARRIABLE) - {"fragments", "borders"},
            offsets="tokens of spaCy's, which hold the whole text",
            extra="spacy",
            training=True,
        ),
        Format(
            name="spacy-shards",
            module="docbin",
            title="spaCy (DocBin), several files in an archive",
            suffixes=(".spacy.zip",),
            media_type="application/zip",
            carries=frozenset(CARRIABLE) - {"fragments", "borders"},
            offsets="tokens of spaCy's, which hold the whole text",
            reads=False,
            extra="spacy",
            training=True,
            writer="write_shards",
        ),
        Format(
            name="parquet",
            module="parquet",
            title="Parquet, a row a document",
            suffixes=(".parquet",),
            media_type="application/vnd.apache.parquet",
            carries=frozenset(CARRIABLE),
            extra="parquet",
            training=True,
            begins=b"PAR1",
        ),
        Format(
            name="huggingface",
            module="huggingface",
            title="Hugging Face datasets (Parquet with a card), a folder or an archive",
            suffixes=(".hf.zip", ".parquet"),
            media_type="application/zip",
            carries=frozenset(CARRIABLE),
            reads=False,
            gathers=True,
            extra="parquet",
            training=True,
            beside=(".json",),
        ),
        Format(
            name="arrow",
            module="arrow",
            title="Hugging Face datasets saved to disk (Arrow), a folder or an archive",
            suffixes=(".arrow",),
            media_type="application/vnd.apache.arrow.stream",
            carries=frozenset(CARRIABLE),
            gathers=True,
            writes=False,
            extra="parquet",
            beside=(".json",),
        ),
        Format(
            name="tokens",
            module="tokenset",
            title="Rows of tokens with tags (JSONL or Parquet), for named entities",
            suffixes=(".tokens.jsonl",),
            media_type="application/x-ndjson",
            carries=frozenset({"texts", "titles", "ids", "unmarked", "extra"}),
            offsets="tokens",
            gathers=True,
            writes=False,
            looks=_TOKENS,
            beside=(".json",),
        ),
        Format(
            name="dna",
            module="dna",
            title="Statements as the Discourse Network Analyzer lists them (CSV)",
            suffixes=(".statements.csv",),
            media_type="text/csv; charset=utf-8",
            carries=frozenset(
                {"borders", "overlap", "fragments", "entities", "concepts", "notes", "layers"}
                | {"titles", "ids"}
            ),
            heading=_STATEMENTS,
            takes_encoding=True,
            asks_texts=True,
        ),
        Format(
            name="table",
            module="table",
            title="Table of documents, a row a document (CSV, TSV, XLSX, ODS, JSON)",
            suffixes=(".tsv", ".tab", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
            media_type="text/tab-separated-values; charset=utf-8",
            carries=frozenset({"texts", "titles", "ids", "meta", "document labels", "unmarked"}),
            offsets="none",
            writes=False,
            takes_encoding=True,
        ),
        *(
            Format(
                name=name,
                module="network",
                title=title,
                suffixes=(f".{name.replace('graphml-', '')}.{suffix}".replace(".graphml.", "."),),
                media_type=media_type,
                carries=frozenset({"entities", "concepts"}),
                offsets="none",
                reads=False,
                writer=writer,
            )
            for name, title, suffix, media_type, writer in (
                (
                    *("edges", "Network of actors and concepts (CSV)", "csv"),
                    *("text/csv; charset=utf-8", "write_edges"),
                ),
                (
                    *("graphml", "Network of actors and concepts (GraphML)", "graphml"),
                    *("application/graphml+xml", "write"),
                ),
                (
                    *("graphml-congruence", "Network of actors that agree (GraphML)", "graphml"),
                    *("application/graphml+xml", "write_congruence"),
                ),
                (
                    *("graphml-conflict", "Network of actors that disagree (GraphML)", "graphml"),
                    *("application/graphml+xml", "write_conflict"),
                ),
            )
        ),
    )
}


_SPANS_IN = (".csv", ".tsv", ".tab", ".txt")
"""Suffixes of tables of spans, whose heading tells them."""

_NATIVE = re.compile(rb'\{\s*"schema"\s*:\s*"postil/')
_SAID = re.compile(rb'"postil"\s*:\s*\{\s*"schema"\s*:\s*"[^"]*",\s*"format"\s*:\s*"([\w-]+)"')
"""Where a file that Postil wrote in another tool's format says which (``further``)."""


def names() -> tuple[str, ...]:
    """The names of all formats, the native one first."""
    return tuple(_FORMATS)


def readable() -> tuple[str, ...]:
    """The names of the formats that can be read."""
    return tuple(name for name, entry in _FORMATS.items() if entry.reads or entry.gathers)


def writable() -> tuple[str, ...]:
    """The names of the formats that can be written."""
    return tuple(name for name, entry in _FORMATS.items() if entry.writes)


ALIASES = {"conll": "conll2003"}
"""Other names that people say, and what they mean: the format that writes files of that suffix."""


def get(name: str) -> Format:
    """The format of that name, or of one of ``ALIASES``. Raises ``UnknownFormat``."""
    try:
        return _FORMATS[ALIASES.get(name, name)]
    except KeyError:
        raise UnknownFormat(name, names()) from None


def guess(filename: str, head: bytes) -> str | None:
    """The name of the format that a file to be read is in, from its name and first bytes.

    What the beginning of a file says of itself goes before its suffix: several formats are called
    ``.jsonl``. ``None`` when it is none of ours; it may still be an article.
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"{", b"[")):
        if (said := _SAID.search(start)) and (name := said[1].decode()) in _FORMATS:
            return name
        if _NATIVE.match(start):
            return "jsonl"
        if holds_pairs(start):
            return "jsonl"
        for name, entry in _FORMATS.items():
            if entry.reads and entry.resembles(start):
                return name
    lowered = filename.lower()
    for name, entry in _FORMATS.items():
        if entry.reads and entry.begins and start.startswith(entry.begins):
            return name
    for name, entry in _FORMATS.items():
        if entry.reads and entry.heading and re.search(entry.heading, start):
            return name
    if lowered.endswith(_SPANS_IN) and names_spans(head):
        return "csv"
    if _is_table_of_documents(filename, head):
        return "table"
    _, suffixed = max(_suffixed(lowered), default=(0, ""), key=lambda pair: pair[0])
    if suffixed and suffixed != "table":
        return suffixed
    if not start.startswith((b"{", b"[", b"<", b"%")) and (tokens := tokens_in(start)):
        return tokens
    if suffixed and not (head and lowered.endswith((".tsv", ".tab"))):
        return suffixed
    if holds_annotations(start) or (start.startswith(b"{") and b'"text"' in start):
        return "jsonl"
    return None


def _is_table_of_documents(filename: str, head: bytes) -> bool:
    """Whether a file whose beginning no other format claims has a row for each document.

    This alone tells tables of documents from those of spans or tokens, and objects with a text of
    their own from those that bring marks. Without a beginning, nothing is told.
    """
    from annotations.formats.table.likeness import is_like_a_table

    return bool(head) and is_like_a_table(filename, head)


def _suffixed(filename: str) -> Iterator[tuple[int, str]]:
    """The formats with a suffix of that name, each with its length: ``.statements.csv`` says more
    than ``.csv``."""
    for name, entry in _FORMATS.items():
        for ending in entry.endings:
            if entry.reads and filename.endswith(ending):
                yield len(ending), name


def guess_together(filenames: Sequence[str]) -> str | None:
    """The name of the format that several files are in together, from their names; or ``None``."""
    lowered = [name.lower() for name in filenames]
    for name, entry in _FORMATS.items():
        if entry.gathers and any(each.endswith(entry.endings) for each in lowered):
            return name
    return None
