"""The scripts of the article page as one file, and its styles: thirty requests become two, which
pack better.

Each module becomes a function that runs once, when somebody first asks for it, and gives what the
module exports; an import takes that apart. It is enough for modules as ours are written, which the
tests hold: named imports at the top, exported functions and constants, no cycle. What others
than the first import later stays a file of its own; it finds the same modules through files that
only hand on.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from rjsmin import jsmin

from reader.compression import without_comments

ENTRY = "article.js"
STYLES = ("base.css", "article.css")

_IMPORT = re.compile(r'^import (?:\{([^}]*)\} from )?"\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function\*? |const |class )(\w+)", re.MULTILINE)
_LATER = re.compile(r'\bimport\("\./([\w-]+\.js)"\)')
_NEEDLESS = re.compile(rb"""("[^"]*")|\s*([{};,])\s*""")
"""White space that means nothing in a style sheet, and strings, where it does."""
_WAITS = re.compile(r"^await\b", re.MULTILINE)


def linked(static: Path, stamp: str) -> Mapping[str, bytes]:
    """Every script of the article page by its name: the entry holds most, others hand on.

    And its style sheet, which is that of all pages and its own.
    """
    return _linked(static, stamp)


@lru_cache(maxsize=2)
def _linked(static: Path, _stamp: str) -> Mapping[str, bytes]:
    folder = static / "js"
    sources = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.js")}
    order = joined(sources)
    parts = [_module(name, sources[name], order) for name in order]
    end = f"{_called(ENTRY)}();\nexport {{ {', '.join(map(_called, order))} }};\n"
    found = {name: source.encode() for name, source in sources.items()}
    found |= {name: _handed_on(name, sources[name]) for name in order}
    found[ENTRY] = jsmin("".join((_ONCE, *parts, end))).encode()
    styles = [file for name in STYLES if (file := static / "css" / name).is_file()]
    found["article.css"] = b"".join(_tight(without_comments(file.read_bytes())) for file in styles)
    return found


def _tight(styles: bytes) -> bytes:
    """A style sheet without the white space beside brackets, semicolons and commas."""
    return _NEEDLESS.sub(lambda found: found[1] or found[2], styles)


_ONCE = "const $once = (run) => { let made; return () => (made ??= run()); };\n"


def joined(sources: Mapping[str, str]) -> list[str]:
    """The modules that make up the whole, each after those that it imports. Raises ``ValueError``.

    What the entry itself imports later, it imports as soon as the page stands: that comes along,
    unless it has to wait for something first.
    """
    soon = [name for name in _LATER.findall(sources[ENTRY]) if not _WAITS.search(sources[name])]
    return _in_order(sources, [*soon, ENTRY])


def _in_order(sources: Mapping[str, str], roots: Sequence[str]) -> list[str]:
    """The modules that these import, and they, each after those that it imports itself.

    Raises ``ValueError`` for a cycle.
    """
    order: list[str] = []
    under_way: set[str] = set()

    def visit(name: str) -> None:
        if name in order:
            return
        if name in under_way:
            raise ValueError(f"{name} imports itself by way of others")
        under_way.add(name)
        for _, other in _IMPORT.findall(sources[name]):
            visit(other)
        order.append(name)

    for root in roots:
        visit(root)
    return order


def _called(name: str) -> str:
    return "$" + name.removesuffix(".js").replace("-", "_")


def _module(name: str, source: str, order: Sequence[str]) -> str:
    """A module as a function that runs once and gives its exports."""
    exported = [found for _, found in _EXPORT.findall(source)]
    body = _IMPORT.sub(_taken, source)
    body = _EXPORT.sub(r"\1\2", body)
    body = _LATER.sub(lambda found: _later(found, order), body)
    given = f"return {{ {', '.join(exported)} }};"
    return f"const {_called(name)} = $once(() => {{\n{body}{given}\n}});\n"


def _taken(found: re.Match[str]) -> str:
    names = " ".join((found[1] or "").split()).replace(" as ", ": ")
    asked = f"{_called(found[2])}()"
    return f"const {{ {names} }} = {asked};\n" if names else f"{asked};\n"


def _later(found: re.Match[str], order: Sequence[str]) -> str:
    if found[1] not in order:
        return found[0]
    return f"Promise.resolve().then({_called(found[1])})"


def _handed_on(name: str, source: str) -> bytes:
    """The file under a module's own name, for those that are no part of the whole."""
    exported = ", ".join(found for _, found in _EXPORT.findall(source))
    called = _called(name)
    taken = f"export const {{ {exported} }} = {called}();\n" if exported else f"{called}();\n"
    return f'import {{ {called} }} from "./{ENTRY}";\n{taken}'.encode()
