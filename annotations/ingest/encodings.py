"""Bytes becoming text: which encoding they are in, and how sure that is.

In this order: what a person named; a byte order mark; UTF-8, which hardly anything else happens to
be; UTF-16 told by its zeros; what an HTML page says of itself; and what charset-normalizer makes of
it. The last is a guess, so it is told; where several readings are as good as each other and none of
them reads like a language, nothing is guessed.
"""

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from annotations.errors import BadInput

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

COMMON = (
    "utf-8", "windows-1252", "windows-1250", "windows-1251", "iso-8859-2", "iso-8859-15", "koi8-r",
    "ibm866", "windows-1253", "windows-1254", "windows-1255", "windows-1256", "macintosh",
    "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr", "utf-16le", "utf-16be",
)  # fmt: skip
"""Names to offer; any other that Python knows can be named as well."""

SAMPLE = 512 * 1024
"""Bytes that a guess looks at."""

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PYTHON = {"macintosh": "mac_roman", "windows-874": "cp874", "x-mac-cyrillic": "mac_cyrillic"}
_PREFERRED = (
    "cp1252", "iso8859_15", "cp1250", "iso8859_2", "cp1251", "koi8_r", "cp866", "cp1253", "cp1254",
    "cp1255", "cp1256", "cp1257", "cp1258", "mac_roman", "mac_cyrillic", "shift_jis", "euc_jp",
    "gb18030", "big5", "euc_kr",
)  # fmt: skip
"""Of encodings that read the same, the one that people know by name."""

_WESTERN = frozenset(
    {"English", "French", "German", "Spanish", "Italian", "Portuguese", "Dutch", "Danish"}
    | {"Swedish", "Norwegian", "Finnish", "Icelandic", "Indonesian"}
)
_AS_GOOD = 0.05
_NO_TEXTS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"}
)
"""What Python calls encodings too: ways to write names, literals and letters, which no article is
in; some take time that grows with the square of it."""

_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})""",
    re.IGNORECASE,
)
_PICTURE = ("a picture", "Import the text itself.")
_SOUND = ("a recording", "Import what is said in it, as a text.")
_PACKED = ("packed", "Unpack it, and import what is in it.")
_DATABASE = ("a database", "Import the articles themselves.")
_PROGRAM = ("a program", "Import the text itself.")
_BEGINNINGS = (
    (b"\x89PNG \xff\xd8\xff GIF8 II*\x00 MM\x00* 8BPS".split(b" "), _PICTURE),
    (b"ID3\x02 ID3\x03 ID3\x04 OggS fLaC \xff\xfb \x1aE\xdf\xa3".split(b" "), _SOUND),
    (b"\x1f\x8b 7z\xbc\xaf Rar! BZh91AY \xfd7zXZ \x28\xb5\x2f\xfd".split(b" "), _PACKED),
    (b"\x7fELF MZ\x90\x00 \xca\xfe\xba\xbe".split(b" "), _PROGRAM),
    ([b"%PDF-"], ("a PDF", "Give its name the ending .pdf, or name its format: pdf.")),
    (
        [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"],
        ("an old Office file", "Save it as .docx, and import that."),
    ),
    ([b"{\\rtf"], ("rich text (RTF)", "Give its name the ending .rtf, or name its format: rtf.")),
    (
        [b"PK\x03\x04"],
        ("an archive or an Office file", "Name its format, or import what is in it."),
    ),
    ([b"PAR1"], ("a table (Parquet)", "Name its format: parquet.")),
    ([b"SQLite format 3\0"], _DATABASE),
)
_KINDS_OF_FILE = tuple((start, *what) for starts, what in _BEGINNINGS for start in starts)
"""How files begin that are no texts, what each is called, and what to do with it."""

_RIFF = {b"WEBP": _PICTURE, b"WAVE": _SOUND, b"AVI ": ("a film", _SOUND[1])}
_ZIPPED = {
    b"mimetypeapplication/vnd.oasis.opendocument.text": ("an OpenDocument text", "odt"),
    b"mimetypeapplication/epub": ("a book (EPUB)", "epub"),
    b"word/document.xml": ("a Word file", "docx"),
    b"xl/workbook.xml": ("a workbook", "table"),
    b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet": ("a workbook", "table"),
}
"""What the beginning of a zip says that it is, and the name of its format."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """``is_guess`` tells of an encoding that neither the file nor a person named."""

    text: str
    encoding: str
    is_guess: bool = False


def decoded(
    data: bytes,
    called: str,
    encoding: str = "",
    is_page: bool = False,
    is_one_of_many: bool = False,
) -> Decoded:
    """The text. ``called`` is what errors call it; ``is_page`` lets it say its encoding as HTML.

    ``encoding`` is what a person named: it holds, but for a byte order mark. For one of many files
    (``is_one_of_many``) UTF-8 goes before it, because then the others may have been meant.

    Raises ``BadInput`` for an encoding that is unknown or does not fit, for a file that is no text,
    and where no encoding can be told.
    """
    _refuse_other_files(data, called)
    for mark, name in MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], called, name)
    if encoding and not (is_one_of_many and not data.isascii() and _reads(data, "utf-8")):
        return _named(data, called, encoding)
    try:
        # Text in UTF-16 mostly is UTF-8 with many zeros.
        zeros = _by_zeros(data)
        return Decoded(data.decode(zeros or "utf-8"), _shown(zeros or "utf-8"), bool(zeros))
    except UnicodeDecodeError:
        pass
    if is_page and (found := _DECLARED.search(data[:4096])):
        try:
            return _named(data, called, (found[1] or found[2]).decode("ascii"))
        except BadInput:
            pass  # Pages are often wrong about themselves.
    best = _best(data)
    if best is None:
        raise BadInput(
            f"{called} is not in UTF-8, and its encoding cannot be told. "
            "Name it (windows-1252, say), or save the text as UTF-8."
        )
    return Decoded(_strictly(data, called, best).text, _shown(best), True)


@dataclass(frozen=True, slots=True)
class Sampled:
    """The encoding of a file, told from its beginning. ``codec`` is Python's name of it, ``skip``
    the bytes of its byte order mark; the others are as in ``Decoded``."""

    codec: str
    skip: int
    encoding: str
    is_guess: bool


def of_sample(sample: bytes, is_all: bool, called: str, encoding: str = "") -> Sampled:
    """The encoding of a file that begins so, and is read piece by piece. Raises as ``decoded``."""
    _refuse_other_files(sample, called)
    for mark, name in MARKS:
        if sample.startswith(mark):
            return Sampled(name, len(mark), _shown(name), False)
    if not encoding and (zeros := _by_zeros(sample[:4096])):
        return Sampled(zeros, 0, _shown(zeros), True)
    end = len(sample) if is_all else sample.rfind(b"\n") + 1
    found = decoded(sample[:end], called, encoding)
    codec = codecs.lookup(_PYTHON.get(found.encoding, found.encoding)).name
    return Sampled(codec, 0, found.encoding, found.is_guess)


def _refuse_other_files(data: bytes, called: str) -> None:
    """Raise ``BadInput`` for what is no text, saying what it is."""
    if data.startswith(b"PK\x03\x04"):
        for part, (what, kind) in _ZIPPED.items():
            if part in data[:8192]:
                raise BadInput(f"{called} is {what}, not a text. Name its format: {kind}.")
    what, remedy = "", ""
    if data.startswith(b"RIFF"):
        what, remedy = _RIFF.get(data[8:12], ("", ""))
    elif data[4:8] == b"ftyp":
        what, remedy = "a film or recording", _SOUND[1]
    for start, *said in _KINDS_OF_FILE:
        if data.startswith(start):
            what, remedy = said
    if what:
        raise BadInput(f"{called} is {what}, not a text. {remedy}")


def _named(data: bytes, called: str, name: str) -> Decoded:
    try:
        codec = codecs.lookup(_PYTHON.get(name.strip().lower(), name.strip()))
        if codec.name in _NO_TEXTS:
            raise LookupError(name)
        "".encode(codec.name)
    except (LookupError, UnicodeError, ValueError):
        raise BadInput(
            f"“{name[:40]}” is not an encoding that is known here; utf-8, windows-1252 and "
            "shift_jis, for instance, are."
        ) from None
    # What says Latin-1 is windows-1252, as browsers have it.
    python = "cp1252" if codec.name in ("iso8859-1", "ascii") else codec.name
    return _strictly(data, called, python)


def _strictly(data: bytes, called: str, python: str) -> Decoded:
    shown = _shown(python)
    try:
        return Decoded(data.decode(python), shown)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{called} is not in {shown}: byte {error.start} cannot be read. "
            "Name its encoding (windows-1252, say), or save it as UTF-8."
        ) from None


def _by_zeros(data: bytes) -> str:
    """UTF-16 without a mark, where every other byte of the beginning is mostly zero."""
    start = data[:4096]
    if len(data) % 2 or len(start) < 4 or 0 not in start:
        return ""
    even, odd = start[::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half else ""


def _best(data: bytes) -> str | None:
    """Python's name of the likeliest encoding, or ``None`` where it would be a throw of dice."""
    from charset_normalizer import from_bytes  # four megabytes that most servers never need

    sample = data[:SAMPLE]
    if len(data) > SAMPLE and (end := sample.rfind(b"\n")) > 0:
        sample = sample[:end]
    found = list(from_bytes(sample))
    if not found:
        return None
    first = found[0]
    if not first.languages and any(other.chaos <= first.chaos for other in found[1:]):
        return None
    ties = [
        match
        for match in found
        if match.chaos <= first.chaos and match.coherence >= first.coherence - _AS_GOOD
    ]
    names = _names(first)
    if first.languages and first.languages[0] in _WESTERN:
        names = [name for match in ties for name in _names(match)]
    for name in _PREFERRED:
        if name in names and _reads(data, name):
            return name
    return first.encoding if _reads(data, first.encoding) else None


def _names(match: "CharsetMatch") -> list[str]:
    return [match.encoding, *match.could_be_from_charset]


def _reads(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _shown(python: str) -> str:
    """The name that people know: ``windows-1252`` for ``cp1252``."""
    name = python.lower().replace("_", "-")
    if found := re.fullmatch(r"cp-?(125\d|874)", name):
        return f"windows-{found[1]}"
    if found := re.fullmatch(r"iso-?8859-(\d+)", name):
        return f"iso-8859-{found[1]}"
    known = {"mac-roman": "macintosh", "cp866": "ibm866", "shift-jis": "shift_jis"}
    return known.get(name, name)
