"""The scripts of the article page as one file."""

import re
from pathlib import Path

import pytest

from annotations.store import Store
from reader import bundle, folder
from reader.beginning import ensure_demo
from reader.compression import without_comments
from tests.web.conftest import Visitor

SCRIPTS = folder("static") / "js"
NAMES = bundle.joined({file.name: file.read_text("utf-8") for file in SCRIPTS.glob("*.js")})


def module(tmp_path: Path, **sources: str) -> dict[str, str]:
    """What becomes of such modules, by name."""
    (tmp_path / "js").mkdir()
    for name, source in sources.items():
        (tmp_path / "js" / f"{name}.js").write_text(source)
    found = bundle.linked(tmp_path, str(tmp_path))
    return {name: source.decode() for name, source in found.items()}


def test_a_module_runs_once_and_gives_what_it_exports(tmp_path: Path) -> None:
    found = module(
        tmp_path,
        article='import { one, two as three } from "./b.js";\nthree(one);\n',
        b="/** Gives things. */\nexport const one = 1;\nexport async function two(x) {\n"
        "  return /** @type {number} */ (x);\n}\n",
    )
    assert found["article.js"].replace("\n", "") == (
        "const $once=(run)=>{let made;return()=>(made??=run());};"
        "const $b=$once(()=>{const one=1;async function two(x){return(x);}return{one,two};});"
        "const $article=$once(()=>{const{one,two:three}=$b();three(one);return{};});"
        "$article();export{$b,$article};"
    )
    assert found["b.js"] == (
        'import { $b } from "./article.js";\nexport const { one, two } = $b();\n'
    )


def test_strings_templates_and_patterns_keep_their_spaces(tmp_path: Path) -> None:
    lines = ("""say("a ,  b", ' = ', `b , ${c}  d`);""", "const a = /b ,  c/.test(d);")
    found = module(tmp_path, article="\n".join(lines) + "\n")["article.js"]
    assert """say("a ,  b",' = ',`b , ${c}  d`);const a=/b ,  c/.test(d);""" in found


def test_the_page_has_one_style_sheet_which_is_that_of_all_pages_and_its_own(
    visitor: Visitor, store: Store
) -> None:
    ensure_demo(store)
    page = visitor.get("/projects/demo/documents/demo-report").text
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"]*)"', page)
    whole = visitor.get(address)
    assert whole.content_type.startswith("text/css")
    assert "immutable" in whole.headers["Cache-Control"]
    parts = [
        visitor.get(address.replace("article/article", f"css/{name}"))
        for name in ("base", "article")
    ]
    assert told(whole.data) == told(b"".join(without_comments(part.data) for part in parts))


def told(styles: bytes) -> list[bytes]:
    """What a style sheet says, piece by piece: strings, signs, and the words between."""
    return re.findall(rb"""["][^"]*["]|[{};,]|[^\s{};,"]+""", styles)


def test_styles_lose_the_white_space_that_means_nothing(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "article.css").write_text(
        '/* Marks. */\n.a .b,\n.a > :is(.c, .d) {\n  margin: 0 .1em; content: " , { " / "";\n}\n'
        "@media (width < 9em) {\n  .e { --x: 1px, 2px }\n}\n"
    )
    assert module(tmp_path, article="")["article.css"] == (
        '.a .b,.a > :is(.c,.d){margin: 0 .1em;content: " , { " / "";}'
        "@media (width < 9em){.e{--x: 1px,2px}}"
    )


def test_what_is_imported_later_stays_apart_unless_it_comes_along(tmp_path: Path) -> None:
    found = module(
        tmp_path,
        article='import { b } from "./b.js";\nvoid import("./mail.js");\n',
        b='void import("./rare.js");\nvoid import("./mail.js");\nexport const b = 1;\n',
        mail="export const a = 1;\n",
        rare='import { a } from "./mail.js";\n',
    )
    assert found["article.js"].count("void Promise.resolve().then($mail);") == 2
    assert 'void import("./rare.js");' in found["article.js"]
    assert found["rare.js"] == 'import { a } from "./mail.js";\n'


def test_a_cycle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="imports itself"):
        module(tmp_path, article='import { a } from "./b.js";\n', b='import { c } from "./b.js";\n')


@pytest.mark.parametrize("name", NAMES)
def test_our_modules_are_written_so_that_they_can_be_joined(name: str) -> None:
    """Named imports at the top, exported functions and constants: nothing else is understood."""
    source = (SCRIPTS / name).read_text(encoding="utf-8")
    plain = re.sub(r"^import (\{[^}]*\} from )?\"\./[\w-]+\.js\";\n", "", source, flags=re.M)
    plain = re.sub(r"^export ((async )?function|const|class) \w", "", plain, flags=re.M)
    assert re.findall(r"^(?:import\b(?! ?\()|export\b|await\b).*", plain, flags=re.M) == []


def test_the_page_asks_for_one_script_that_holds_all_that_it_begins_with(
    visitor: Visitor, store: Store
) -> None:
    ensure_demo(store)
    page = visitor.get("/projects/demo/documents/demo-report").text
    addresses = re.findall(r'<script[^>]* src="([^"]*)"', page)
    assert [address.rpartition("/")[2] for address in addresses] == ["theme.js", "article.js"]
    whole = visitor.get(addresses[-1])
    assert whole.content_type.startswith("text/javascript")
    assert "immutable" in whole.headers["Cache-Control"]
    assert '"./' not in re.sub(r'import\("\./\w+\.js"\)', "", whole.text)
    for name in ("outbox", "mail", "places"):
        address = addresses[-1].replace("article.js", f"{name}.js")
        assert f"${name}" in visitor.get(address).text
    assert visitor.get(addresses[-1].replace("article.js", "nothing.js")).status_code == 404
