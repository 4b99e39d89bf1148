"""Markdown: CommonMark with tables and strikethrough, read by way of HTML.

HTML in Markdown is passed on and goes through the same walls as any other HTML.
"""

from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token

from annotations.errors import BadInput, TooDeep
from annotations.ingest.attributes import NUMBER

LIMIT = 50
"""Lists, items and quotations within each other; beyond it the parser would drop text."""

MAX_LENGTH = 4 * 1024 * 1024
"""Characters; the parser takes a second for a million."""

MAX_BRACKETS = 50_000
"""Each may begin a link, and the parser looks for its end: a second for thirty thousand."""


def to_html(text: str) -> str:
    """HTML that is **not** safe yet.

    Raises ``TooDeep`` naming the line, and ``BadInput`` for what is no article by its length.
    """
    brackets = text.count("[")
    if len(text) > MAX_LENGTH or brackets > MAX_BRACKETS:
        raise BadInput(
            f"This has {len(text):,} characters and {brackets:,} opening brackets; as Markdown, "
            f"{MAX_LENGTH:,} and {MAX_BRACKETS:,} can be taken. "
            "Import it as plain text, or in parts."
        )
    parser = MarkdownIt("commonmark", {"maxNesting": LIMIT}).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    for token in tokens:
        if token.level >= LIMIT - 1:
            line = f"line {token.map[0] + 1}" if token.map else "the end"
            raise TooDeep(token.level + 1, LIMIT, token.tag, line)
    _number_items(tokens)
    html: str = parser.renderer.render(tokens, parser.options, {})
    return html


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
