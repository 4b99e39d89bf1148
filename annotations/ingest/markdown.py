"""Markdown: CommonMark with tables and strikethrough, read by way of HTML.

HTML in Markdown is passed on and goes through the same walls as any other HTML.
"""

from markdown_it import MarkdownIt

from annotations.errors import TooDeep

LIMIT = 50
"""Lists, items and quotations within each other; beyond it the parser would drop text."""


def to_html(text: str) -> str:
    """HTML that is **not** safe yet. Raises ``TooDeep`` naming the line."""
    parser = MarkdownIt("commonmark", {"maxNesting": LIMIT}).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    for token in tokens:
        if token.level >= LIMIT - 1:
            line = f"line {token.map[0] + 1}" if token.map else "the end"
            raise TooDeep(token.level + 1, LIMIT, token.tag, line)
    html: str = parser.renderer.render(tokens, parser.options, {})
    return html
