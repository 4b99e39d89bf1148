"""PDFs that hold text: letters with their places becoming text and layout.

A PDF says where letters stand and little else. Lines (``pdf_lines``) are read column by column
(``pdf_columns``), without what stands in the margins (``pdf_margins``), and become paragraphs
(``pdf_paragraphs``) whose broken words are whole again (``pdf_words``). Notes at the foot of a page
come behind the paragraph that goes on over its border. Bold, italic and raised letters survive;
larger letters are headings.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import Any

from annotations.document import Block, Inline, Layout
from annotations.errors import BadInput, MissingExtra
from annotations.ingest import about, apart, html, sides
from annotations.ingest.about import About
from annotations.ingest.pdf_columns import body_size, regions
from annotations.ingest.pdf_lines import Page, Run, lines_of, lines_of_both_sides
from annotations.ingest.pdf_margins import without_line_numbers, without_margins
from annotations.ingest.pdf_paragraphs import (
    HYPHENS,
    Paragraph,
    add,
    mark_notes,
    number_headings,
    paragraphs_of,
)
from annotations.ingest.pdf_words import Joints, write
from annotations.shortening import shortened
from annotations.spans import first_unstorable

__all__ = ["Page", "Run", "article", "read"]

_FEW = 8
"""Letters on a page; where there are fewer on average, a person is told."""

_MANY = 200
"""Latin letters by which one can tell whether a text is one."""

_VOWELS = frozenset("aeiouyæœøıə")
_LEAST_VOWELS = 0.2
_LEADERS = frozenset("._-–—…·|")
"""Signs of which tables and contents may have more than letters."""


def read(data: bytes, called: str) -> tuple[html.Read, About]:
    """Text, layout, and what the PDF says of itself. ``called`` is what errors call it.

    Raises ``MissingExtra``, and ``BadInput`` for one that is locked, scanned, damaged, or too much.
    """
    if find_spec("pypdfium2") is None:
        raise MissingExtra("PDFs", "pdf")
    answer = apart.ask("pdf", data, called)
    layout = Layout(
        tuple(
            Block(kind, start, end, ordered=ordered, row=row, number=number)
            for kind, start, end, ordered, row, number in answer["blocks"]
        ),
        tuple(Inline(kind, start, end) for kind, start, end in answer["inlines"]),
    )
    told = About(**answer["about"])
    found = html.Read(
        answer["text"],
        layout,
        title=told.title,
        direction=answer["direction"],
        notes=answer["notes"],
    )
    return found, told


def article(pages: Sequence[Page], pictures: Sequence[int], told: dict[str, str]) -> dict[str, Any]:
    """Text, blocks, inlines, notes and what the PDF says of itself, as JSON can hold them.

    ``pictures`` are the numbers (from 1) of pages with pictures. Raises ``BadInput`` (“holds …”).
    """
    letters = sum(len(run.text.strip()) for page in pages for run in page.runs)
    if not letters:
        if pictures:
            raise BadInput(
                "holds pictures of pages, not text: it was scanned. Run it through text "
                "recognition first (OCRmyPDF, for instance), and import what that makes."
            )
        raise BadInput("holds no text.")
    unknown = _refuse_unreadable(pages)
    is_doubtful = _is_doubtful(" ".join(run.text for page in pages for run in page.runs))
    to_the_left = _most_run_left(pages)
    lines = [
        lines_of_both_sides(page, number, to_the_left) if page.runs_left else lines_of(page, number)
        for number, page in enumerate(pages)
    ]
    lines, numbered = without_line_numbers(lines)
    lines, dropped = without_margins(lines, pages)
    body = body_size(line for each in lines for line in each)
    paragraphs: list[Paragraph] = []
    for each in lines:
        for region in regions(each, body):
            found = paragraphs_of(region, body)
            mark_notes(found, body)
            add(paragraphs, found)
    words = Counter(
        word.casefold()
        for p in paragraphs
        for line in p.lines
        for word in re.findall(r"[\w-]+", line.text)
    )
    joints = Joints(words)
    for paragraph in paragraphs:
        write(paragraph, joints)
    number_headings(paragraphs, body)
    empty = [
        number for number in pictures if not any(run.text.strip() for run in pages[number - 1].runs)
    ]
    return {
        **_put(paragraphs),
        "direction": "rtl" if to_the_left else "",
        "about": _about(told),
        "notes": [
            *([_DOUBT] if is_doubtful else []),
            *_notes(dropped, empty, numbered, unknown, letters, len(pages)),
        ],
    }


def _most_run_left(pages: Iterable[Page]) -> bool:
    """Whether most letters run from right to left."""
    kinds = Counter(
        kind
        for page in pages
        if page.runs_left
        for run in page.runs
        for kind in map(sides.kind, run.text)
    )
    others = sum(len(run.text.strip()) for page in pages if not page.runs_left for run in page.runs)
    return kinds[sides.RIGHT] > kinds[sides.LEFT] + others


def _refuse_unreadable(pages: Sequence[Page]) -> int:
    """How many letters have no character; they become “\ufffd”.

    Fonts that do not say which letters they hold give rubbish: no characters, those of nobody's
    alphabet, or others than are seen. Raises ``BadInput`` where that is so throughout.
    """
    odd = total = 0
    for page in pages:
        for run in page.runs:
            if any(_is_odd(c) for c in run.text):
                odd += sum(map(_is_odd, run.text))
                run.text = "".join("\ufffd" if _is_odd(c) else c for c in run.text)
            total += sum(not c.isspace() for c in run.text)
    if odd > 0.2 * total:
        raise BadInput(_UNREADABLE)
    text = " ".join(run.text for page in pages for run in page.runs)
    if _is_rubbish(text):
        raise BadInput(f"{_UNREADABLE} What it says it shows is “{shortened(text, 40)}”.")
    return odd


_DOUBT = "The text may not be what the pages show; look at it before you use it."
_UNREADABLE = (
    "does not say which letters it shows; run it through text recognition (OCR), "
    "or get the text from where it was made."
)


def _is_odd(c: str) -> bool:
    """Whether this is no character that a page can show."""
    return c not in HYPHENS and (
        c == "\ufffd"
        or "\ue000" <= c <= "\uf8ff"
        or c < "\t"
        or "\r" < c < " "
        or "\x7f" <= c < "\xa0"
    )


def _vowels(text: str) -> float | None:
    """The share of vowels in the Latin letters of a text; ``None`` where these are few."""
    latin = [
        c for c in unicodedata.normalize("NFD", text).lower() if "a" <= c <= "z" or c in _VOWELS
    ]
    return sum(c in _VOWELS for c in latin) / len(latin) if len(latin) >= _MANY else None


def _is_doubtful(text: str) -> bool:
    """Whether Latin words have hardly a vowel: in every language one letter of four is one."""
    share = _vowels(text)
    return share is not None and share < _LEAST_VOWELS


def _is_rubbish(text: str) -> bool:
    """Whether text cannot be what is seen: numbers of glyphs that were taken for characters.

    Those read like “7KH VWULNH”, or are signs where there should be letters.
    """
    if _is_doubtful(text):
        letters = [c for c in text if c.isalpha()]
        return sum(c.isupper() for c in letters) > 0.7 * len(letters)
    shown = [c for c in text if not c.isspace() and c not in _LEADERS]
    signs = sum(unicodedata.category(c)[0] in "PS" for c in shown)
    return len(shown) >= _MANY and signs > 0.5 * len(shown)


def _put(paragraphs: list[Paragraph]) -> dict[str, Any]:
    texts: list[str] = []
    blocks: list[tuple[str, int, int, bool, int | None, str]] = []
    inlines: list[tuple[str, int, int]] = []
    length = 0
    for paragraph in paragraphs:
        text = paragraph.text
        if not text:
            continue
        if blocks:
            gap = _gap(blocks[-1][0], blocks[-1][4], paragraph)
            texts.append(gap)
            length += len(gap)
        texts.append(text)
        end = length + len(text)
        number = paragraph.number
        blocks.append((paragraph.kind, length, end, paragraph.ordered, paragraph.row, number))
        for kind, start, end in paragraph.styles:
            start, end = max(start, 0), min(end, len(text))
            while start < end and text[start].isspace():
                start += 1
            while end > start and text[end - 1].isspace():
                end -= 1
            if start < end and (start, end) != (0, len(text)):
                inlines.append((kind, length + start, length + end))
        length += len(text)
    inlines.sort(key=lambda each: each[1])
    return {"text": "".join(texts), "blocks": blocks, "inlines": inlines}


def _gap(kind: str, row: int | None, paragraph: Paragraph) -> str:
    """What parts a paragraph from the one before, which is of that kind and row."""
    if row is not None and paragraph.row is not None and paragraph.row >= row:
        return "\t" if paragraph.row == row else "\n"
    return "\n" if paragraph.kind == "li" == kind else "\n\n"


def _about(told: dict[str, str]) -> dict[str, str]:
    title = about.line(told.get("Title", ""))
    if title.startswith("Microsoft Word") or re.search(r"\.\w{2,5}$", title) or "untitled" in title:
        title = ""
    author = about.line(told.get("Author", ""))
    values = {
        "title": title,
        "author": "" if author.lower() in ("anonymous", "unknown") else author,
        "date": about.day(told.get("CreationDate", "")),
    }
    return {key: value for key, value in values.items() if first_unstorable(value) is None}


def _notes(
    dropped: Counter[str], empty: list[int], numbered: int, unknown: int, letters: int, pages: int
) -> list[str]:
    notes = []
    if dropped:
        listed = ", ".join(f"{times} × “{text[:60]}”" for text, times in dropped.most_common(5))
        more = f", and {len(dropped) - 5} more" if len(dropped) > 5 else ""
        notes.append(
            f"Left out as headers, footers and page numbers (# is a number): {listed}{more}."
        )
    if numbered:
        notes.append(f"Left out: the numbers of {numbered:,} lines, in the margin.")
    if empty:
        some = ", ".join(map(str, empty[:10])) + (" …" if len(empty) > 10 else "")
        notes.append(f"Pages with pictures and no text: {some}.")
    if unknown:
        notes.append(
            f"The PDF does not say what {unknown:,} letters are; “\ufffd” stands for each."
        )
    if letters < _FEW * pages:
        of_pages = "1 page" if pages == 1 else f"{pages:,} pages"
        notes.append(f"Hardly any text: {letters:,} letters on {of_pages}.")
    return notes
