"""What can be imported, with sound files of each kind and the way to break them.

All formats of the registry that are read, all kinds of article, archives of articles and bundles: a
new one that is missing here fails ``test_fuzz``.
"""

import csv
import io
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from annotations import bundle, codebook, formats, transfer
from annotations.demo import demo
from annotations.document import Document
from annotations.formats.conll import bio
from annotations.formats.tokens import apart, unicode_tokens
from annotations.spans import Utf16Index
from annotations.store import Act, open_store
from tests.documents import DOCUMENTS
from tests.formats.roundtrip import written
from tests.ingest.files import pdf, pdf_of_letters, zipped
from tests.ingest.pages import PAGE
from tests.ingest.test_archives import tar_gz, tarred
from tests.ingest.test_mutated import FILES
from tests.ingest.test_pdf import SEEN, columns, from_the_right, table
from tests.ingest.test_telling import EDITION, SAVED
from tests.security.vectors import vectors
from tests.slow import bending

KNOWN = {entry.document.id: entry.document for entry in [demo(), *DOCUMENTS.values()]}
"""For formats that bring no texts."""

ENTRIES = [entry for entry in [demo(), *DOCUMENTS.values()] if len(entry.document.text) < 20_000]
SMALL = [entry for entry in ENTRIES if len(entry.document.text) < 2_000]


@dataclass(frozen=True, slots=True)
class Kind:
    """``name`` is what an import is told it is, ``suffix`` what its file is called with.

    Of what is told apart from articles by its content alone (archives), the name says nothing:
    ``is_named`` is false.
    """

    name: str
    suffix: str
    sound: Callable[[], list[bytes]]
    bend: bending.Bend = bending.of_text
    is_named: bool = True
    is_bundle: bool = False
    """A project of its own, which is never taken into another."""


def kinds() -> dict[str, Kind]:
    """All of them, by name."""
    every = [_format(name) for name in formats.readable()] + _articles()
    every.append(Kind("bundle", ".zip", _bundles, bending.of_bundle, is_bundle=True))
    return {kind.name: kind for kind in every}


_BENDS: dict[str, bending.Bend] = {
    "brat": bending.of_archive(),
    "cas": bending.of_archive(),
    "casjson": bending.of_archive(),
    "spacy": bending.of_docbin,
    "parquet": bending.of_table,
    "arrow": bending.of_stream,
    "huggingface": bending.of_archive(bending.of_table_or_text),
}


def _format(name: str) -> Kind:
    entry = formats.get(name)
    return Kind(name, entry.suffixes[0], partial(_written, name), _BENDS.get(name, bending.of_text))


def _tables() -> list[bytes]:
    """Tables with a row for each document, as text, as JSON and as a workbook."""
    rows = [(entry.document.title, entry.document.text) for entry in SMALL]
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows([("title", "text"), *rows])
    found = [orjson.dumps({"headline": title, "body": text}) for title, text in rows]
    lines = b"\n".join(found)
    return [
        sheet.getvalue().encode(),
        sheet.getvalue().encode("utf-16"),
        lines,
        b"[%b]" % lines.replace(b"\n", b","),
    ]


def _tokens() -> list[bytes]:
    """Rows of tokens with tags, of each document and of several."""
    rows = []
    for entry in ENTRIES:
        tokens, marks = unicode_tokens(entry.document.text), tuple(apart(entry.annotations))
        spans = [(*tokens.touched(mark.start, mark.end), mark.label) for mark in marks]
        text = entry.document.text
        words = [text[s:e] for s, e in zip(tokens.starts, tokens.ends, strict=True)]
        row = {"id": entry.document.id, "tokens": words, "ner_tags": bio(spans, len(words))}
        rows.append(orjson.dumps(row) + b"\n")
    return [*rows, b"".join(rows)]


def _webanno() -> list[bytes]:
    """A sentence a document, its marks on a token each, with a relation from one to the next."""
    found = []
    for entry in SMALL:
        text = " ".join(entry.document.text.split())
        tokens, place = unicode_tokens(text), Utf16Index(text)
        rows = [
            f"1-{n}\t{place.to_utf16(start)}-{place.to_utf16(end)}\t{text[start:end]}\tx[{n}]\t"
            f"{'*' if n > 1 else '_'}\t{f'1-{n - 1}[{n - 1}_{n}]' if n > 1 else '_'}\t\n"
            for n, (start, end) in enumerate(zip(tokens.starts, tokens.ends, strict=True), 1)
        ]
        head = "#FORMAT=WebAnno TSV 3.3\n#T_SP=a.Span|value\n#T_RL=a.Near|value|BT_a.Span\n\n\n"
        found.append(f"{head}#Text={text}\n{''.join(rows)}".replace("\\", "\\\\").encode())
    return found


def _conllu() -> list[bytes]:
    """Words by sentence, with their numbers, their text and tags among their keys."""
    found = []
    for entry in SMALL:
        text = entry.document.text
        tokens, marks = unicode_tokens(text), tuple(apart(entry.annotations))
        spans = [(*tokens.touched(mark.start, mark.end), f"x{n}") for n, mark in enumerate(marks)]
        rows = [
            f"{number}\t{text[start:end]}" + "\t_" * 7 + f"\tNER={tag}\n"
            for number, (start, end, tag) in enumerate(
                zip(tokens.starts, tokens.ends, bio(spans, len(tokens)), strict=True), 1
            )
        ]
        head = f"# newdoc id = {entry.document.id}\n# newpar\n# text = {' '.join(text.split())}\n"
        found.append(f"{head}{''.join(rows)}\n".encode())
    return [*found, b"".join(found)]


def _written(name: str) -> list[bytes]:
    """A file for each document, and one of several."""
    if name == "tokens":
        return _tokens()
    if name == "conllu":
        return _conllu()
    if name == "webanno":
        return _webanno()
    if name == "table":
        return _tables()
    if name == "arrow":
        every = [written("parquet", [entry])[0] for entry in ENTRIES]
        return [bending.as_stream(each) for each in [*every, written("parquet", SMALL)[0]]]
    if not formats.get(name).writes:
        raise LookupError(f"{name} is read and not written: it needs files of its own here")
    every = [written(name, [entry])[0] for entry in ENTRIES] + [written(name, SMALL)[0]]
    if name == "parquet":
        every += [bending.unpacked_table(each) for each in every]
    return every


def _bundles() -> list[bytes]:
    """A project with all the small documents, without its history and with it."""
    with TemporaryDirectory() as folder, closing(open_store(Path(folder, "made.db"))) as store:
        person = store.people.first()
        act = Act(op="made", person=person.key, kind="project")
        project = store.projects.add(act, "Made", codebook.default())
        for entry in SMALL:
            transfer.take(store, person, project, [entry])
        return [
            b"".join(bundle.write(store, project, history=history)) for history in (False, True)
        ]


# ── articles ──────────────────────────────────────────────────────────────────────────────────────


def _html_of(document: Document) -> bytes:
    return "".join(
        f"<{block.kind}>{document.text[block.start : block.end]}</{block.kind}>"
        for block in document.layout.blocks
    ).encode()


TEXTS = [entry.document.text.encode() for entry in ENTRIES]
FRAGMENTS = [_html_of(entry.document) for entry in ENTRIES]
HOSTILE = [text.encode() for text in vectors()]
WORD, BOOK = FILES["a.docx"], FILES["a.epub"]
PDFS = [
    FILES["a.pdf"],
    pdf(columns, columns, pageCompression=0),
    pdf(table, pageCompression=0),
    pdf_of_letters(*from_the_right(545, 700, *SEEN), (50, 600, "ab ﻻ :ب\u064eﺮ\u064eﻋ (12) cd")),
]
INNER = {"a/one.txt": b"One.", "two.md": b"# Two", "four.html": PAGE.encode(), "three.docx": WORD}


def _sound(*files: bytes) -> Callable[[], list[bytes]]:
    return lambda: list(files)


def _articles() -> list[Kind]:
    return [
        Kind("text", ".txt", _sound(*TEXTS, *HOSTILE, FILES["a.txt"])),
        Kind("markdown", ".md", _sound(*TEXTS, *FRAGMENTS[:2], *HOSTILE)),
        Kind("html", ".html", _sound(*FRAGMENTS, *HOSTILE)),
        Kind("page", ".html", _sound(PAGE.encode()), is_named=False),
        Kind("mhtml", ".mht", _sound(SAVED)),
        Kind("tei", ".tei", _sound(EDITION.encode())),
        Kind("docx", ".docx", _sound(WORD), bending.of_archive()),
        Kind("odt", ".odt", _sound(FILES["a.odt"]), bending.of_archive()),
        Kind("rtf", ".rtf", _sound(FILES["a.rtf"]), bending.of_bytes),
        Kind("mail", ".eml", _sound(FILES["a.eml"]), bending.of_bytes),
        Kind("epub", ".epub", _sound(BOOK), bending.of_archive()),
        Kind("pdf", ".pdf", _sound(*PDFS), bending.of_pdf),
        Kind("zip", ".zip", _sound(zipped(INNER)), bending.of_archive(), is_named=False),
        Kind("tar", ".tar", _sound(tarred(INNER)), bending.of_bytes, is_named=False),
        Kind("tar.gz", ".tar.gz", _sound(tar_gz(INNER)), bending.of_gzip, is_named=False),
    ]
