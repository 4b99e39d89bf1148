"""Markdown: CommonMark with tables and strikethrough, read by way of HTML.

HTML in Markdown is passed on and goes through the same walls as any other HTML.
"""

import re
from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token

from annotations.errors import BadInput, TooDeep
from annotations.ingest.attributes import NUMBER

LIMIT = 50
"""Lists, items and quotations within each other; beyond it the parser would drop text."""

MAX_LENGTH = 2_000_000
"""Characters; the walls behind the parser take no more of HTML either."""

MAX_BRACKETS = 50_000
"""Each may begin a link, and the parser looks for its end: a second for thirty thousand."""

MAX_SIGNS = 200_000
"""Signs of emphasis and code, each of which may become a token: 140 MB for this many."""

MAX_CELLS = 100_000
"""Bars, each of which may begin the cell of a table: three tokens."""

MAX_TAGS = 50_000
"""Each may begin a tag or a link."""

MAX_LINE_ENDS = 500_000
"""Blank lines too: the parser keeps six numbers for each."""

MAX_LINES = 50_000
"""Lines that are not blank, each of which may become a block of its own."""

_SIGNS = "*_~`"


def to_html(text: str) -> str:
    """HTML that is **not** safe yet.

    Raises ``TooDeep`` naming the line, and ``BadInput`` for what is no article by its length or by
    what is in it, before anything is parsed (``budgets.ARTICLE``).
    """
    _refuse_too_much(text)
    parser = MarkdownIt("commonmark", {"maxNesting": LIMIT}).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    for token in tokens:
        if token.level >= LIMIT - 1:
            line = f"line {token.map[0] + 1}" if token.map else "the end"
            raise TooDeep(token.level + 1, LIMIT, token.tag, line)
    _number_items(tokens)
    html: str = parser.renderer.render(tokens, parser.options, {})
    return html


def _refuse_too_much(text: str) -> None:
    """Count what the parser spends its time and memory on, in one pass over the text for each."""
    for found, limit, what in (
        (len(text), MAX_LENGTH, "characters"),
        (text.count("["), MAX_BRACKETS, "opening brackets"),
        (sum(map(text.count, _SIGNS)), MAX_SIGNS, f"of the signs {' '.join(_SIGNS)}"),
        (text.count("|"), MAX_CELLS, "bars of tables"),
        (text.count("<"), MAX_TAGS, "opening angle brackets"),
        (text.count("\n"), MAX_LINE_ENDS, "line ends"),
        (len(_FILLED_LINE.findall(text)), MAX_LINES, "lines"),
    ):
        if found > limit:
            raise BadInput(
                f"This has {found:,} {what}; as Markdown, {limit:,} can be taken. "
                "Import it as plain text, or in parts."
            )


_FILLED_LINE = re.compile(r"^[^\S\n]*\S", re.MULTILINE)


def _number_items(tokens: Iterable[Token]) -> None:
    """Give each item of an ordered list the number that it shows, as the source writes it."""
    lists: list[int | None] = []
    for token in tokens:
        match token.type:
            case "ordered_list_open":
                start = token.attrGet("start")
                lists.append(1 if start is None else int(start))
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_close" | "bullet_list_close":
                lists.pop()
            case "list_item_open" if (number := lists[-1]) is not None:
                token.attrSet(NUMBER, f"{number}{token.markup}")
                lists[-1] = number + 1
