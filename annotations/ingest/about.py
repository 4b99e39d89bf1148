"""What a file says about its article: title, author, date, language, address.

Pages say it in ``<meta>``, ``<link>``, ``<time>`` and JSON-LD, which stand anywhere near their
beginning; Markdown in the front matter between two lines of ``---``. Nothing here goes through a
parser that a page could keep busy: tags are looked for one by one, in linear time.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from html import unescape
from typing import Any

import orjson

from annotations.ingest.attributes import attribute
from annotations.ingest.links import is_safe
from annotations.ingest.tidy import LANGUAGE, TAG
from annotations.shortening import shortened

LENGTH = 300
"""Characters of a title or a list of authors."""

_HEAD = 400_000
_META = re.compile(r"(?i)<(?:meta|link|time|script)[\s/>]")
_END = re.compile(r"(?i)</script[\s/>]")
_SAVED = re.compile(r"(?i)<!--\s*saved from url=\(\d+\)(\S{1,2000})\s*-->")
_ISO = re.compile(r"\s*(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?!\d)")
_ARTICLE = re.compile(r"Article$|^BlogPosting$|^Report$|^Review$")
_AUTHORS = ("author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author")
_DATES = (
    "article:published_time", "og:article:published_time", "datepublished", "citation_date",
    "citation_publication_date", "dcterms.created", "dc.date.issued", "dc.date", "pubdate", "date",
)  # fmt: skip
_TITLES = ("og:title", "citation_title", "dc.title", "dcterms.title")


@dataclass(frozen=True, slots=True)
class About:
    """Each is empty where the file does not say it. ``date`` is ISO 8601: a day, month or year."""

    title: str = ""
    author: str = ""
    date: str = ""
    language: str = ""
    source: str = ""

    def or_else(self, other: "About") -> "About":
        """What this says, and what the other says where this says nothing."""
        gaps = {f.name: getattr(other, f.name) for f in fields(self) if not getattr(self, f.name)}
        return replace(self, **gaps)


def of_page(html: str) -> About:
    """What a page says about itself. ``html`` need not be well-formed."""
    start = html[:_HEAD]
    named: dict[str, list[str]] = {}
    canonical, moment, told = "", "", About()
    place = 0
    while found := _META.search(start, place):
        tag = TAG.match(start, found.start())
        if tag is None:
            break
        place, attributes = tag.end(), tag[3]
        match tag[2].lower():
            case "meta":
                name = attribute(attributes, "property") or attribute(attributes, "name")
                name = name or attribute(attributes, "itemprop")
                named.setdefault(unescape(name).strip().lower(), []).append(
                    unescape(attribute(attributes, "content"))
                )
            case "link" if attribute(attributes, "rel").lower() == "canonical":
                canonical = canonical or unescape(attribute(attributes, "href"))
            case "time":
                moment = moment or unescape(attribute(attributes, "datetime"))
            case "script":
                end = _END.search(start, place)
                content = start[place : end.start() if end else len(start)]
                place = end.end() if end else len(start)
                if attribute(attributes, "type").strip().lower() == "application/ld+json":
                    told = told.or_else(_of_json(content))
    saved = _SAVED.search(start)
    addresses = (canonical, *named.get("og:url", []), saved[1] if saved else "")
    return told.or_else(
        About(
            title=line(_first(named, _TITLES)),
            author=people(
                name for key in _AUTHORS for name in named.get(key, ()) if not is_safe(name)
            )
            or people(n for n in named.get("article:author", ()) if not is_safe(n)),
            date=day(_first(named, _DATES)) or day(moment),
            language=language(
                _first(named, ("og:locale", "dc.language", "inlanguage", "content-language"))
            ),
            source=next((a.strip() for a in addresses if is_safe(a.strip())), ""),
        )
    )


def _first(named: dict[str, list[str]], keys: Iterable[str]) -> str:
    return next((value for key in keys for value in named.get(key, ()) if value.strip()), "")


def _of_json(content: str) -> About:
    """The first article that a JSON-LD block describes."""
    try:
        data = orjson.loads(content)
    except orjson.JSONDecodeError:
        return About()
    waiting, seen = [data], 0
    while waiting and seen < 500:
        item = waiting.pop(0)
        seen += 1
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            kinds = item.get("@type")
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(kind, str) and _ARTICLE.search(kind) for kind in kinds):
                return About(
                    title=line(unescape(_string(item.get("headline")))),
                    author=people(_names(item.get("author"))),
                    date=day(_string(item.get("datePublished"))),
                    language=language(_string(item.get("inLanguage"))),
                )
            waiting += [item[key] for key in ("@graph", "mainEntity") if key in item]
    return About()


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _names(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [unescape(_string(v.get("name") if isinstance(v, dict) else v)) for v in values]


def of_front_matter(text: str) -> tuple[About, str]:
    """What Markdown says between two lines of ``---`` at its start, and the text without that.

    It is front matter only if every line of it reads like it and something of it is known here;
    otherwise the text is given back as it is.
    """
    if not text.startswith("---\n"):
        return About(), text
    end = re.compile(r"\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)").search(text, 3, 20_000)
    if end is None:
        return About(), text
    values: dict[str, list[str]] = {}
    key = ""
    for each in text[4 : end.start()].split("\n"):
        if found := re.match(r"([A-Za-z_][\w -]{0,60}):(?:[ \t]+(.*))?$", each):
            key = found[1].strip().lower()
            values[key] = _listed(found[2] or "")
        elif found := re.match(r"\s+-[ \t]+(.*)$|-[ \t]+(.*)$", each):
            values.setdefault(key, []).append(_unquoted(found[1] or found[2] or ""))
        elif each.strip() and not each.startswith((" ", "\t", "#")):
            return About(), text
    about = About(
        title=line(_first(values, ("title",))),
        author=people(values.get("author") or values.get("authors") or values.get("by") or ()),
        date=day(_first(values, ("date", "published"))),
        language=language(_first(values, ("lang", "language"))),
        source=next(
            (v for key in ("source", "url", "link") for v in values.get(key, ()) if is_safe(v)), ""
        ),
    )
    return (about, text[end.end() :].lstrip("\n")) if about != About() else (about, text)


def _listed(value: str) -> list[str]:
    value = value.strip()
    if value.startswith("[") and value.endswith("]"):
        return [_unquoted(part) for part in value[1:-1].split(",")]
    return [_unquoted(value)] if value else []


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return value


# ── values ────────────────────────────────────────────────────────────────────────────────────────


def line(value: str) -> str:
    """A value on one line, without what no page can show, cut between words."""
    cleaned = "".join(c for c in value if c.isprintable() or c.isspace())
    return shortened(cleaned, LENGTH)


def people(names: Iterable[str]) -> str:
    """The names, each once, with commas between them."""
    return shortened(", ".join(dict.fromkeys(name for name in map(line, names) if name)), LENGTH)


def day(value: str) -> str:
    """A day (or month, or year) in ISO 8601; empty for what is none."""
    if found := _ISO.match(value):
        year, month, of_month = found.groups()
        if not month:
            return year if not value[found.end() :].strip() else ""
        parts = [year, month, of_month] if of_month else [year, month]
        valid = 1 <= int(month) <= 12 and 1 <= int(of_month or "01") <= 31
        return "-".join(parts) if valid else ""
    if found := re.match(r"D:(\d{4})(\d\d)?(\d\d)?", value):
        return day("-".join(part for part in found.groups() if part))
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(value).date().isoformat() if value.strip() else ""
    except (ValueError, IndexError, TypeError, OverflowError):
        return ""


def language(value: str) -> str:
    """A language as a tag: ``en-GB`` for ``en_GB``."""
    tag = value.strip().replace("_", "-")
    return tag if LANGUAGE.match(tag) else ""


def address(value: str) -> str:
    """An address that may be shown, or nothing."""
    return value.strip() if is_safe(value.strip()) else ""
