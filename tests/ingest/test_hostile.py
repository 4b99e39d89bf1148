"""Pages that try to run something leave text and harmless links, nothing else."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.document import Document
from annotations.errors import BadInput
from annotations.ingest import read_article
from annotations.ingest.links import is_safe
from annotations.ingest.sanitise import TAGS, sanitise
from annotations.ingest.tidy import tidy
from tests.conformance_data import conformance

VECTORS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//e.org/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script><!--<script></script>alert(1)//--></script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=`x`onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg/><img src=x onerror=alert(1)>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<style><style/><img src=x onerror=alert(1)></style>",
    "<textarea></textarea><img src=x onerror=alert(1)></textarea>",
    "<title></title><img src=x onerror=alert(1)></title>",
    "<xmp><img title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='javascript:alert(1)'>",
    "<form action='javascript:alert(1)'><button>go</button></form>",
    "<isindex action=javascript:alert(1) type=submit>",
    "<input autofocus onfocus=alert(1)>",
    "<body onload=alert(1)>",
    "<p style='background:url(javascript:alert(1))' onclick=alert(1) id=x class=y data-z=1>p</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\tscr\nipt:alert(1)'>x</a>",
    "<a href='&#106;avascript&colon;alert(1)'>x</a>",
    "<a href='&#x6A&#x61vascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:alert(1)'>x</a>",
    "<a href=\"http://e.org/'onclick='alert(1)\">x</a>",
    "<a href='http://e.org/\"onclick=\"alert(1)'>x</a>",
    "<a href='http://e.org/' onclick='alert(1)' target=_blank ping=//e.org>x</a>",
    "<a href='//javascript:alert(1)'>x</a>",
    "<a xlink:href='javascript:alert(1)'>x</a>",
    "<base href='javascript:/'><a href='alert(1)'>x</a>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href='javascript:alert(1)'>",
    "<table background='javascript:alert(1)'><tr><td>x</table>",
    "<div style='width:expression(alert(1))'>x</div>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<!-- --!><img src=x onerror=alert(1)>-->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<template><script>alert(1)</script></template>",
    "<x contenteditable onblur=alert(1)>x</x>",
    "<p title='</p><script>alert(1)</script>'>x",
    "<p title=\"<a href='javascript:alert(1)'>\">x</p",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<<script>alert(1)//<</script>",
    "<a href=\"javascript&#x3A;alert(1)\" href='http://e.org/'>x</a>",
    "<plaintext><script>alert(1)</script>",
    "<ol start='1\" onclick=alert(1)' type='javascript:alert(1)' reversed=x onfocus=alert(1)>"
    "<li value=7 data-postil-number='\"><script>alert(1)</script>' onclick=alert(1)>x</ol>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
]


LIST = r'start="-?\d+"|type="[a-z-]+"|reversed=""'
ITEM = r'value="-?\d+"|type="[a-z-]+"|data-postil-number="[^"<>]*"'


def assert_harmless(page: str, kind: str = "html") -> Document:
    """Nothing is left but text, blocks and styles of our kinds, and links of three schemes."""
    document = read_article(page, kind=kind, source="https://n.org/a/")
    document.layout.checked(len(document.text))
    for inline in document.layout.inlines:
        assert (inline.href is not None) == (inline.kind == "a")
        assert inline.href is None or is_safe(inline.href)
        assert inline.start < inline.end
    covered = [False] * len(document.text)
    for block in document.layout.blocks:
        covered[block.start : block.end] = [True] * (block.end - block.start)
        assert block.span.of(document.text).strip("\n") == block.span.of(document.text)
    assert all(
        is_in or character.isspace()
        for is_in, character in zip(covered, document.text, strict=True)
    )
    assert "\0" not in document.text
    return document


@pytest.mark.parametrize("kind", ["html", "markdown"])
@pytest.mark.parametrize("page", VECTORS)
def test_nothing_but_text_remains(page: str, kind: str) -> None:
    assert_harmless(f"<p>before</p>\n\n{page}\n\n<p>after</p>", kind)
    clean = sanitise(tidy(page).pieces)
    left = re.findall(r"<(/?)([a-z0-9]+)((?: [^>]*)?)>", clean)
    assert clean.count("<") == len(left)
    for slash, name, attributes in left:
        assert name in TAGS
        allowed = {"a": r'href="[^"<>]*"', "ol": LIST, "ul": LIST, "li": ITEM}.get(name, "")
        assert re.fullmatch(rf"(?: (?:{allowed}))*" if allowed and not slash else "", attributes)


@pytest.mark.parametrize("page", VECTORS)
def test_the_wall_alone_lets_no_handler_and_no_script_address_through(page: str) -> None:
    clean = sanitise([page])
    for tag in re.findall(r"<[a-zA-Z/][^>]*>", clean):
        assert not re.search(r"\son\w+\s*=|style=|javascript:|data:|src=", _without_values(tag))


def _without_values(tag: str) -> str:
    return re.sub(r'"(?!javascript|data)[^"]*"', '""', tag)


def test_text_that_looks_like_markup_is_text() -> None:
    document = assert_harmless("&lt;script&gt;alert(1)&lt;/script&gt;")
    assert document.text == "<script>alert(1)</script>"


SOUP = (
    *("<p>", "<b>", "</b>", "<i>", "</i>", "</p>", "<div>", "</div>", "<ul>", "<li>", "</ul>"),
    *("<table>", "<tr>", "<td>", "</table>", "<a/href=x>", "</a>", "<pre>", "</pre>", "<dl>"),
    *("<dd>", "<blockquote>", "</blockquote>", "<h1>", "</h1>", "<br>", "<hr>", "<svg>", "</svg>"),
    *("<script>", "</script>", "<!--", "-->", "<ruby>", "<rt>", "<rp>", "<", ">", "&", "&lt;"),
    *("&#0;", "x", "😀", '"', "=", '<p title=">', "\n", "\n\n", " "),
)


@given(
    st.lists(
        st.sampled_from(SOUP) | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
        max_size=40,
    ).map("".join)
)
def test_any_soup_of_tags_gives_a_sound_layout(page: str) -> None:
    assert_harmless(page)
    assert_harmless(page, "markdown")


def test_the_vectors_of_others_leave_nothing_but_text() -> None:
    vectors = conformance("hostile", "h5sc-vectors.txt").read_text(encoding="utf-8")
    for vector in [*re.split(r"\n\s*\n", vectors), *vectors.split("\n")]:
        try:
            assert_harmless(vector.replace("\0", ""))
        except BadInput as error:
            pytest.fail(f"{vector[:80]!r}: {error}")


def test_naughty_strings_survive_as_plain_text() -> None:
    strings = json.loads(conformance("hostile", "blns.json").read_text(encoding="utf-8"))
    for string in strings:
        clean = string.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
        assert read_article(string).text == clean
        assert_harmless(string.replace("\0", ""))
