"""What a file is whose name does not tell it: pages, TEI, saved pages with their pictures, XML."""

import re

_START = r"(?:\ufeff|\s|<!--(?:(?!-->).){0,2000}+-->)*+"
_DECLARATION = r"(?:<\?xml[^>]{0,200}\?>)?"
_PAGE = re.compile(
    rf"{_START}{_DECLARATION}{_START}(?:<!doctype\s+html[\s>]|<html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(
    r"(?:\ufeff|\s)*(?:<\?xml[\s>]|<!--|<!DOCTYPE\s|<[A-Za-z_][\w.:-]*\s[^<>]{0,2000}?\bxmlns\b|"
    r"<TEI(?:\.2)?[\s>])"
)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_BESIDE = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL
)
_SAVED = re.compile(
    rb"(?:[A-Za-z-]{2,40}:[^\n]*\n(?:[ \t][^\n]*\n)*){0,30}?Content-Type:\s*multipart/related\b",
    re.IGNORECASE,
)
_TEI = ("TEI", "TEI.2", "teiCorpus")


def kind_of(head: bytes) -> str:
    """``html``, ``tei``, ``mhtml`` or ``xml``, as a file begins; empty for anything else."""
    if _SAVED.match(head.replace(b"\r\n", b"\n").lstrip()):
        return "mhtml"
    text = _text(head)
    if _PAGE.match(text):
        return "html"
    if not _XML.match(text):
        return ""
    name = root_of(text)
    if name.lower() == "html":
        return "html"
    return "tei" if name in _TEI else "xml" if name else ""


def root_of(text: str) -> str:
    """The name of the first element of XML, without its prefix; empty where there is none."""
    found = _ROOT.search(_BESIDE.sub("", text))
    return found[1] if found else ""


def _text(head: bytes) -> str:
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    return head[: 2 * (len(head) // 2)].decode(encoding, "replace")
