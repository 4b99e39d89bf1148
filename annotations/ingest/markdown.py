"""Markdown: CommonMark with tables and strikethrough, read by way of HTML.

HTML in Markdown is passed on and goes through the same walls as any other HTML.
"""

from markdown_it import MarkdownIt

from annotations.errors import BadInput, TooDeep

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
    html: str = parser.renderer.render(tokens, parser.options, {})
    return html
