"""What each column of a table is for, told from its name and from what is in it.

The roles: ``text`` (plain) or ``html`` (markup), ``title``, ``date``, ``source``, ``author``,
``language``, ``labels`` (of the whole document), ``id``; ``meta`` is kept as further information,
``omit`` is left out.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from annotations.formats.table.dates import is_day
from annotations.formats.table.rows import Cell
from annotations.ingest import about
from annotations.ingest.links import is_safe
from annotations.names import folded

TEXT, HTML, META, OMIT = "text", "html", "meta", "omit"
TEXTS = (TEXT, HTML)
_SINGLE = ("title", "date", "source", "language", "id")
"""Roles that the guess gives to one column at most."""

LONG = 60
"""Characters of a cell on average that make a column one of texts whatever it is called."""

_HEADING = 100
"""Characters of the longest name of a column."""

_MOST_LABELS = 50
"""Different values of a column that is taken for labels of documents."""

_NAMES: dict[str, str] = {
    TEXT: """
        text fulltext articletext articlebody body bodytext content contents maintext plaintext
        article message comment post tweet review story transcript speech statement utterance
        volltext inhalt artikel artikeltext nachricht beitrag kommentar fliesstext haupttext rede
        texto textocompleto cuerpo contenido articulo mensaje comentario
        texte textecomplet contenu corps commentaire testo contenuto corpo articolo conteudo artigo
        tekst inhoud bericht tresc artykul brodtext metin icerik haber
        текст полныйтекст содержание статья сообщение κειμενο περιεχομενο
        正文 内容 文本 全文 本文 テキスト 記事 본문 내용 텍스트 النص نص المحتوى محتوى טקסט תוכן
        """,
    "title": """
        title headline heading subject titel uberschrift schlagzeile betreff titulo titular
        encabezado asunto titre titolo oggetto kop onderwerp tytul naglowek baslik titulek
        заголовок название тема τιτλος 标题 題名 標題 タイトル 見出し 제목 العنوان عنوان כותרת
        """,
    "date": """
        date datetime day published publishedat publishedon publicationdate publishdate
        datepublished pubdate createdat created timestamp time datum erschienen
        erscheinungsdatum veroffentlicht veroffentlichtam veroffentlichungsdatum fecha
        fechapublicacion publicado datedepublication datepublication data datapubblicazione
        datapublicacao datapublikacji publiceringsdatum tarih дата датапубликации ημερομηνια
        日期 发布日期 日付 날짜 التاريخ تاريخ תאריך
        """,
    "source": """
        url link uri href webaddress permalink sourceurl address source quelle enlace fuente lien
        fonte bron zrodlo kaynak ссылка источник πηγη 链接 网址 来源 リンク 出典 링크 출처 المصدر
        """,
    "author": """
        author authors byline by writer creator autor autoren autorin verfasser verfasserin autores
        autora auteur auteurs autore autori schrijver pisarz yazar forfatter forfattare
        автор авторы συγγραφεας 作者 著者 저자 작성자 الكاتب المؤلف מחבר
        """,
    "language": """
        language lang languagecode locale sprache idioma langue lingua taal sprak jezyk dil язык
        γλωσσα 语言 言語 언어 اللغة שפה
        """,
    "labels": """
        label labels category categories class classes sentiment kategorie kategorien
        etiqueta etiquetas categoria categorias etiquette etiquettes categorie categories
        etichetta etichette etykieta kategoria etiket kategori метка метки категория ετικετα
        标签 类别 ラベル カテゴリ 라벨 카테고리 التصنيف תווית
        """,
    "id": """
        id docid documentid articleid uuid guid uid identifier
        """,
}
_ROLES_OF = {
    name: (role, rank) for role, names in _NAMES.items() for rank, name in enumerate(names.split())
}
"""Names of columns without case, accents and what stands between words: role, and how sure."""

_PLURALS = frozenset(
    {"labels", "categories", "classes", "kategorien", "etiquetas", "categorias", "etiquettes"}
    | {"etichette", "метки"}
)
_BEGIN = frozenset({"start", "begin", "startoffset", "from", "startchar", "charstart", "starts"})
_END = frozenset({"end", "stop", "endoffset", "to", "endchar", "charend", "ends"})
_QUOTES = frozenset({"quote", "quotes", "span", "spantext", "surface"})
_MARKED = frozenset({"label", "labels", "type", "tag", "category", "class", "entity"})
_TAG = re.compile(r"(?is)<(p|div|br|h[1-6]|ul|li|table|span|em|strong|b|i|a)(?:\s[^<>]*)?/?>")
_BLOCK = re.compile(r"(?i)<(?:/p|/div|br\s*/?|/h[1-6]|/li)>")


@dataclass(frozen=True, slots=True)
class Told:
    """The role of each column; ``holds_texts``: one of them is surely that of texts."""

    roles: list[str]
    holds_texts: bool


def told(
    names: Sequence[str], values: Sequence[Sequence[Cell]], said: Sequence[tuple[str, str]]
) -> Told:
    """What each column is for. ``said`` are pairs of role and column that a person gave.

    What is said holds; a role that was said of one column is guessed of no other.
    """
    roles: list[str] = [""] * len(names)
    by_name = {name: at for at, name in enumerate(names)}
    for role, name in said:
        if name in by_name:
            roles[by_name[name]] = role
    taken = {role for role in roles if role not in ("", META, OMIT)}
    if taken & set(TEXTS):
        taken |= set(TEXTS)
    holds_texts = bool(taken & set(TEXTS))
    free = [at for at in range(len(names)) if not roles[at]]
    lengths = [_length(cells) for cells in values]
    known = {at: role_of(names[at]) for at in free}
    if not holds_texts:
        at = _text_column(free, known, lengths, values)
        if at is not None:
            holds_texts = lengths[at] >= LONG or _is_called_text(known[at])
            roles[at] = HTML if is_markup(values[at]) else TEXT
            free.remove(at)
    ranked = sorted((rank, at, role) for at in free if (told := known[at]) for role, rank in [told])
    for _, at, role in ranked:
        if role in taken or role == TEXT or not _fits(role, values[at], names[at]):
            continue
        roles[at] = role
        if role in _SINGLE:
            taken.add(role)
    for role, is_one in (("date", _is_full_day), ("source", _is_address)):
        alike = [at for at in free if not roles[at] and _are_all(is_one, values[at])]
        if role not in taken and len(alike) == 1:
            roles[alike[0]] = role
    for at in free:
        roles[at] = roles[at] or (OMIT if _numbers_rows(names[at], values[at]) else META)
    return Told(roles, holds_texts)


def role_of(name: str) -> tuple[str, int] | None:
    """The role that a column of that name most likely has, and how far from sure that is."""
    words = [_folded(part) for part in re.split(r"[\s_.:/-]+|(?<=[a-z])(?=[A-Z])", name) if part]
    if (found := _ROLES_OF.get("".join(words))) is not None:
        return found
    for word in dict.fromkeys([*words[-1:], *words[:1]]):
        if (found := _ROLES_OF.get(word)) is not None and found[0] not in ("id", "labels"):
            return found[0], found[1] + 1_000
    return None


def _is_called_text(known: tuple[str, int] | None) -> bool:
    return known is not None and known[0] == TEXT


def _folded(name: str) -> str:
    return "".join(c for c in folded(name) if c.isalnum())


def _text_column(
    free: Sequence[int],
    known: dict[int, tuple[str, int] | None],
    lengths: Sequence[float],
    values: Sequence[Sequence[Cell]],
) -> int | None:
    """The column of the texts: one that is called so, unless another holds far longer ones."""
    filled = [at for at in free if lengths[at] and not _is_data(values[at])]
    if not filled:
        return next((at for at in free if lengths[at]), None)
    longest = max(filled, key=lambda at: lengths[at])
    called = [at for at in filled if _is_called_text(known[at])]
    if not called:
        others = [at for at in filled if known[at] is None]
        if others and lengths[best := max(others, key=lambda at: lengths[at])] >= LONG:
            return best
        return longest
    best = min(called, key=lambda at: known[at][1])  # type: ignore[index]
    is_far_longer = lengths[longest] >= 200 and lengths[longest] > 5 * lengths[best]
    return longest if is_far_longer else best


def _are_all(is_one: Callable[[str], bool], values: Sequence[Cell]) -> bool:
    filled = [cell for cell in values if not is_blank(cell)]
    return bool(filled) and all(isinstance(cell, str) and is_one(cell) for cell in filled)


def _is_full_day(text: str) -> bool:
    return len(text) >= 8 and is_day(text)


def _is_address(text: str) -> bool:
    return is_safe(text.strip()) and not re.search(r"\s", text.strip())


def _fits(role: str, values: Sequence[Cell], name: str) -> bool:
    """Whether what is in a column is what one would find in one for that."""
    filled = [cell for cell in values if not is_blank(cell)]
    if not filled:
        return role != "labels"
    if role == "date":
        return sum(is_day(cell_text(cell)) for cell in filled) * 2 >= len(filled)
    if role == "source":
        is_called_address = _ROLES_OF.get(_folded(name), ("", 99))[1] < 9
        has_addresses = all(is_safe(cell_text(cell).strip()) for cell in filled)
        return has_addresses or (not is_called_address and _length(filled) < _HEADING)
    if role == "language":
        return all(about.language(cell_text(cell)) for cell in filled)
    if role == "id":
        ids = [cell_text(cell) for cell in filled]
        return not any(uid.isdecimal() for uid in ids)
    if role == "labels":
        found = [label for cell in filled for label in labels([(name, cell)])]
        return len(set(found)) <= _MOST_LABELS and max(map(len, found), default=0) <= 60
    if role == "title":
        return _length(filled) < 300
    return True


def _numbers_rows(name: str, values: Sequence[Cell]) -> bool:
    """Whether a column only numbers the rows, as the index does that pandas writes."""
    if not re.fullmatch(r"column \d+|Unnamed: \d+|index", name):
        return False
    numbers = [cell_text(cell) for cell in values]
    first = numbers[0] if numbers else ""
    if first not in ("0", "1", "0.0", "1.0"):
        return False
    start = int(first[0])
    wanted = range(start, start + len(numbers))
    return all(number in (str(at), f"{at}.0") for number, at in zip(numbers, wanted, strict=True))


def is_heading(cells: Sequence[Cell]) -> bool:
    """Whether a row looks like the names of columns: short texts, no numbers and no days."""
    filled = [cell for cell in cells if not is_blank(cell)]
    if any(role_of(cell_text(cell)) for cell in filled if len(cell_text(cell)) <= _HEADING):
        return not any(len(cell_text(cell)) > 3 * _HEADING for cell in filled)
    return all(
        isinstance(cell, str)
        and len(cell) <= _HEADING
        and "\n" not in cell
        and not re.fullmatch(r"[-+]?\d+(?:[.,]\d+)*%?", cell.strip())
        and not is_day(cell)
        and not is_safe(cell)
        for cell in filled
    )


def holds_places(names: Iterable[str]) -> bool:
    """Whether a table with such columns says where spans stand, so that a row is one of these."""
    found = {_folded(name) for name in names}
    has_places = bool(found & _BEGIN) and bool(found & _END)
    return has_places or (bool(found & _QUOTES) and bool(found & _MARKED))


def unique(names: Sequence[str]) -> list[str]:
    """The names of columns, each once: those without one and those that are doubled by number."""
    found: dict[str, None] = {}
    newest: dict[str, int] = {}
    for at, name in enumerate(names, start=1):
        name = " ".join(name.split())[:300] or f"column {at}"
        one = name
        while one in found:
            newest[name] = newest.get(name, 1) + 1
            one = f"{name} ({newest[name]})"
        found[one] = None
    return list(found)


# ── what is in a cell ─────────────────────────────────────────────────────────────────────────────


def is_blank(cell: Cell) -> bool:
    """Whether there is nothing in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip()) or cell in ([], {})


def cell_text(cell: Cell) -> str:
    """A cell as text: numbers as people write them, lists with commas between."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, list):
        return ", ".join(texts_of(cell))
    if isinstance(cell, dict):
        named = next((cell[key] for key in ("name", "title", "label") if key in cell), None)
        return cell_text(named) if named is not None else orjson.dumps(cell).decode()
    return str(cell)


def texts_of(cell: Cell) -> list[str]:
    """The texts that a cell holds: one, or those of a list."""
    entries = cell if isinstance(cell, list) else [cell]
    return [" ".join(cell_text(entry).split()) for entry in entries if not is_blank(entry)]


def paragraphs(cell: Cell) -> str:
    """A text, or a list of them as its paragraphs."""
    if isinstance(cell, list):
        return "\n\n".join(cell_text(entry) for entry in cell if not is_blank(entry))
    return cell_text(cell)


def labels(found: Iterable[tuple[str, Cell]]) -> list[str]:
    """The labels in cells of columns with these names, each once.

    Semicolons and bars part them; commas too, where the name is a plural or the cell is a list as
    Python and JSON write it.
    """
    told: dict[str, None] = {}
    for name, cell in found:
        if isinstance(cell, list):
            parts = texts_of(cell)
        else:
            text = cell_text(cell).strip()
            is_list = text.startswith("[") and text.endswith("]")
            between = r"[;|,]" if is_list or _folded(name) in _PLURALS else r"[;|]"
            parts = re.split(between, text[1:-1] if is_list else text)
            parts = [part.strip().strip("'\"" if is_list else "") for part in parts]
        told |= dict.fromkeys(" ".join(part.split()) for part in parts if part.strip())
    return list(told)


def language(found: Sequence[tuple[str, Cell]], meta: dict[str, Any]) -> str:
    """The language that a row names; what is no tag of one is kept in ``meta``."""
    told = ""
    for name, cell in found:
        tag = about.language(cell_text(cell))
        told = told or tag
        if not tag:
            meta[name] = cell
    return told


def is_markup(values: Sequence[Cell]) -> bool:
    """Whether most texts of a column are HTML."""
    texts = [cell for cell in values if isinstance(cell, str) and cell.strip()]
    tagged = [text for text in texts if _TAG.search(text) and _BLOCK.search(text)]
    return len(tagged) * 2 > len(texts)


def example(values: Sequence[Cell]) -> str:
    """The beginning of the first cell that holds something."""
    found = next((cell for cell in values if not is_blank(cell)), None)
    return " ".join(cell_text(found).split())[:120]


def _length(values: Sequence[Cell]) -> float:
    """How long the texts of a column are on average, without what is empty."""
    lengths = [len(paragraphs(cell)) for cell in values if not is_blank(cell)]
    return sum(lengths) / len(lengths) if lengths else 0.0


def _is_data(values: Sequence[Cell]) -> bool:
    """Whether a column holds addresses, days or numbers, and so no texts."""
    filled = [cell for cell in values if not is_blank(cell)]
    return all(
        not isinstance(cell, str | list)
        or (
            isinstance(cell, str)
            and (
                is_day(cell)
                or _is_address(cell)
                or re.fullmatch(r"[-+]?\d+(?:[.,]\d+)*%?", cell.strip()) is not None
            )
        )
        for cell in filled
    )
