"""PDFium's view of a PDF: for each page, its letters with their places. Runs apart (``apart``).

What becomes of the letters is decided in ``pdf``, which knows no PDFium.
"""

import ctypes
import math
from collections import Counter
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from annotations.errors import BadInput
from annotations.ingest import pdf, sides

MAX_PAGES = 3_000
MAX_LETTERS = 6_000_000

_BITS = {1: "italic", 64: "italic", 1 << 18: "bold"}


def parse(data: bytes) -> dict[str, Any]:
    """The text and layout of a PDF, and what its information says."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(error):
            raise BadInput(
                "is locked with a password; save it without, and import that."
            ) from error
        raise
    pages = len(document)
    if pages > MAX_PAGES:
        raise BadInput(f"has {pages:,} pages, and {MAX_PAGES:,} can be taken; import it in parts.")
    letters, found, pictures = 0, [], []
    for number in range(pages):
        page = document[number]
        text_page = page.get_textpage()
        width, height = page.get_size()
        if page.get_rotation() in (90, 270):
            width, height = height, width  # Places are those before it is turned.
        letters += text_page.count_chars()
        if letters > MAX_LETTERS:
            raise BadInput(f"has more than {MAX_LETTERS:,} characters; import it in parts.")
        runs_left = sides.runs_left(text_page.get_text_range(errors="ignore"))
        turn = _turn(text_page)
        runs = _runs(text_page, _Upright(turn, width, height), by_baseline=runs_left)
        if turn % 2:
            width, height = height, width
        found.append(pdf.Page(width, height, runs, runs_left))
        if not any(run.text.strip() for run in runs) and _has_pictures(page):
            pictures.append(number + 1)
        text_page.close()
        page.close()
    told = document.get_metadata_dict(skip_empty=True)
    document.close()
    return pdf.article(found, pictures, told)


def _has_pictures(page: Any) -> bool:
    kinds = [raw.FPDF_PAGEOBJ_IMAGE]
    return next(iter(page.get_objects(filter=kinds, max_depth=4)), None) is not None


def _turn(text_page: Any) -> int:
    """By how many quarters of a circle, clockwise, most of some letters of a page are turned."""
    count = text_page.count_chars()
    turns = Counter(
        round(raw.FPDFText_GetCharAngle(text_page.raw, index) / (math.pi / 2)) % 4
        for index in range(0, count, count // 200 + 1)
        if raw.FPDFText_IsGenerated(text_page.raw, index) != 1
    )
    return turns.most_common(1)[0][0] if turns else 0


class _Upright:
    """Turns places so that letters that are turned by ``turn`` quarters stand upright.

    ``width`` and ``height`` are the page's, as its places are.
    """

    def __init__(self, turn: int, width: float, height: float):
        self._turn, self._width, self._height = turn, width, height

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self._turn == 0:
            return x, y
        if self._turn == 1:
            return self._height - y, x
        if self._turn == 2:
            return self._width - x, self._height - y
        return y, self._width - x

    def box(self, rect: Any) -> None:
        if self._turn:
            one, other = self.point(rect.left, rect.bottom), self.point(rect.right, rect.top)
            rect.left, rect.right = sorted((one[0], other[0]))
            rect.bottom, rect.top = sorted((one[1], other[1]))


def _runs(text_page: Any, upright: _Upright, *, by_baseline: bool) -> list[pdf.Run]:
    """The letters of a page, those of one line and one style together, as the page has them.

    ``by_baseline``: on a page with letters that run from right to left, which come in any order,
    each is by itself (only those of one word of another script, or of one number, are together),
    spaces too; and boxes stand on the baseline, because those of letters say little.
    """
    page, count = text_page.raw, text_page.count_chars()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    x, y = ctypes.c_double(), ctypes.c_double()
    flags = ctypes.c_int()
    name = ctypes.create_string_buffer(200)
    found: list[pdf.Run] = []
    styles: dict[bytes, tuple[bool, bool]] = {}
    current: pdf.Run | None = None
    high = 0
    for index in range(count):
        code = raw.FPDFText_GetUnicode(page, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
            high = 0
        letter = chr(code) if code < 0x110000 else "\ufffd"
        if letter in "\r\n":
            current = None
            continue
        if raw.FPDFText_IsGenerated(page, index) == 1:
            if current is not None and not by_baseline:
                current.text += " "
            continue
        if not raw.FPDFText_GetLooseCharBox(page, index, (rect := raw.FS_RECTF())):
            continue
        if not raw.FPDFText_GetCharBox(page, index, left, right, bottom, top):
            continue
        upright.box(rect)
        size = _size(page, index, rect)
        raw.FPDFText_GetFontInfo(page, index, name, 200, flags)
        font = name.value + b"|" + str(flags.value & (64 | 1 << 18)).encode()
        if font not in styles:
            styles[font] = _style(name.value.decode("utf-8", "replace").lower(), flags.value)
        bold, italic = styles[font]
        if by_baseline:
            if not raw.FPDFText_GetCharOrigin(page, index, x, y):
                continue
            base = upright.point(x.value, y.value)[1]
            rect.bottom, rect.top = base, base + 0.8 * size
            kind = sides.kind(letter)
            if (
                found
                and kind == sides.RIGHT
                and (found[-1].x0, found[-1].x1)
                == (
                    rect.left,
                    rect.right,
                )
            ):
                found[-1].text = sides.joined(found[-1].text, letter)
                continue
            if kind not in (sides.LEFT, sides.NUMBER) or (
                current is not None and sides.kind(current.text[-1]) != kind
            ):
                current = None
        if current is None or not current.takes(rect.left, rect.bottom, size, bold, italic):
            current = pdf.Run("", rect.left, rect.bottom, rect.right, rect.top, size, bold, italic)
            found.append(current)
        current.text += letter
        current.last = rect.left
        current.x1 = max(current.x1, rect.right)
        current.y0, current.y1 = min(current.y0, rect.bottom), max(current.y1, rect.top)
    if by_baseline:
        return [run for run in found if run.text.strip() or run.x1 > run.x0]
    return [run for run in found if run.text.strip()]


def _size(page: Any, index: int, rect: Any) -> float:
    size = float(raw.FPDFText_GetFontSize(page, index))
    # Some writers set a size of one and scale the page; then the box says how large it is.
    return size if size > 2 else max(float(rect.top - rect.bottom) * 0.85, 1.0)


def _style(name: str, flags: int) -> tuple[bool, bool]:
    bold = bool(flags & 1 << 18) or any(w in name for w in ("bold", "black", "heavy", "semib"))
    italic = bool(flags & 64) or any(w in name for w in ("italic", "oblique", "slanted"))
    return bold, italic
