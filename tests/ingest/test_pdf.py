"""PDFs are read in columns, with their words whole again and without what every page repeats."""

import re

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from annotations.document import Block, Inline, Layout
from annotations.errors import BadInput, MissingExtra
from annotations.ingest import ingest
from annotations.ingest import pdf as reading
from tests.growth import grows_with_its_input
from tests.ingest.files import HEIGHT, WIDTH, lines, pdf, pdf_of_letters


def refusal(data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        ingest(data, name="a.pdf")
    return str(caught.value)


LEFT = (
    "The dockers of the port walked out on Monday,",
    "saying that the deal was not enough to live on. The com-",
    "pany did not answer. A well-known spokesperson said",
    "that nobody was available.",
    "   They would not go back before January, said the",
    "leader of the union, and the ministry had nothing to",
    "say about it, as so often in these",
)
RIGHT = (
    "days. Wages had been frozen for two years, while well-",
    "known prices rose and rose.",
    "   Nobody at the table seemed surprised, and the talks",
    "ended where they had begun.",
)


def columns(canvas: Canvas) -> None:
    canvas.setTitle("The strike")
    canvas.setAuthor("Ana Pérez")
    lines(canvas, 50, HEIGHT - 80, "Dockers walk out of the port", size=20, font="Helvetica-Bold")
    for x, rows in ((50, LEFT), (320, RIGHT)):
        for number, row in enumerate(rows):
            indent = 12 if row.startswith("   ") else 0
            lines(canvas, x + indent, HEIGHT - 120 - 12 * number, row.strip())


def test_columns_are_read_one_after_the_other_and_broken_words_are_whole() -> None:
    found = ingest(pdf(columns), name="a.pdf")
    document = found.document
    paragraphs = [block.span.of(document.text) for block in document.layout.blocks]
    assert paragraphs == [
        "Dockers walk out of the port",
        "The dockers of the port walked out on Monday, saying that the deal was not enough to live "
        "on. The company did not answer. A well-known spokesperson said that nobody was available.",
        "They would not go back before January, said the leader of the union, and the ministry had "
        "nothing to say about it, as so often in these days. Wages had been frozen for two years, "
        "while well-known prices rose and rose.",
        "Nobody at the table seemed surprised, and the talks ended where they had begun.",
    ]
    assert [block.kind for block in document.layout.blocks] == ["h1", "p", "p", "p"]
    assert document.text == "\n\n".join(paragraphs)
    assert (document.title, dict(document.meta)) == ("The strike", {"author": "Ana Pérez"})
    assert found.notes == ()


def test_headers_footers_and_page_numbers_go_and_are_told() -> None:
    def page(number: int) -> object:
        def draw(canvas: Canvas) -> None:
            lines(canvas, 50, HEIGHT - 30, "The Daily Herald", size=8)
            lines(canvas, WIDTH / 2, 30, f"Page {number} of 3", size=8)
            lines(canvas, 50, HEIGHT - 200, f"What stands on page {number} alone is kept.")

        return draw

    found = ingest(pdf(*(page(n) for n in (1, 2, 3))), name="a.pdf")
    assert found.document.text == "\n\n".join(
        f"What stands on page {n} alone is kept." for n in (1, 2, 3)
    )
    assert found.notes == (
        "Left out as headers, footers and page numbers (# is a number): "
        "3 × “Page # of #”, 3 × “The Daily Herald”.",
    )


def test_headings_lists_emphasis_and_raised_letters_survive() -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 50, 700, "The demands", size=16, font="Helvetica-Bold")
        text = canvas.beginText(50, 660)
        for font, words in (
            ("Times-Roman", "They want "),
            ("Times-Italic", "more pay"),
            ("Times-Roman", " and "),
            ("Times-Bold", "no"),
            ("Times-Roman", " nights"),
        ):
            text.setFont(font, 10)
            text.textOut(words)
        text.setFont("Times-Roman", 6)
        text.setRise(4)
        text.textOut("7")
        canvas.drawText(text)
        lines(canvas, 50, 620, "• Eight per cent", "• A seat")

    found = ingest(pdf(draw), name="a.pdf").document
    assert (
        found.text == "The demands\n\nThey want more pay and no nights7\n\nEight per cent\nA seat"
    )
    assert found.layout == Layout(
        blocks=(Block("h1", 0, 11), Block("p", 13, 46), Block("li", 48, 62), Block("li", 63, 69)),
        inlines=(Inline("em", 23, 31), Inline("strong", 36, 38), Inline("sup", 45, 46)),
    )


def test_letters_beyond_latin_come_through() -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 50, 700, "Ça alors – “déjà”, said Müller of Łódź?".replace("Łódź", "Koln"))

    assert (
        ingest(pdf(draw), name="a.pdf").document.text == "Ça alors – “déjà”, said Müller of Koln?"
    )


def test_a_scan_is_refused_with_the_reason() -> None:
    def draw(canvas: Canvas) -> None:
        from PIL import Image
        from reportlab.lib.utils import ImageReader

        canvas.drawImage(ImageReader(Image.new("L", (40, 40), 128)), 0, 0, WIDTH, HEIGHT)

    assert refusal(pdf(draw, draw)) == (
        "“a.pdf” holds pictures of pages, not text: it was scanned. Run it through text "
        "recognition first (OCRmyPDF, for instance), and import what that makes."
    )
    found = ingest(pdf(columns, draw), name="a.pdf")
    assert found.notes == ("Pages with pictures and no text: 2.",)


def test_an_empty_one_is_refused() -> None:
    assert refusal(pdf(lambda canvas: None)) == "“a.pdf” holds no text."


def test_a_locked_one_is_refused_and_one_that_only_forbids_is_read() -> None:
    locked = pdf(columns, encrypt=StandardEncryption("secret", strength=128))
    assert refusal(locked) == (
        "“a.pdf” is locked with a password; save it without, and import that."
    )
    forbidding = pdf(columns, encrypt=StandardEncryption("", "owner", canCopy=0, strength=128))
    assert ingest(forbidding, name="a.pdf").document.text.startswith("Dockers walk out")


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\nnonsense",
        b"plain",
        b"",
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[2 0 R]"
        b"/Count 9>>endobj trailer<</Root 1 0 R>>",
        pdf(columns)[:700],
    ],
    ids=["nonsense", "text", "empty", "a page within itself", "cut off"],
)
def test_broken_ones_are_refused(data: bytes) -> None:
    assert re.match(r"“a\.pdf” (cannot be read: it is damaged|holds no text)", refusal(data))


def test_too_many_letters_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from annotations.ingest import pdfium

    monkeypatch.setattr(pdfium, "MAX_LETTERS", 100)
    with pytest.raises(BadInput, match=r"has more than 100 characters; import it in parts\."):
        pdfium.parse(pdf(columns))
    monkeypatch.setattr(pdfium, "MAX_PAGES", 1)
    with pytest.raises(BadInput, match=r"has 2 pages, and 1 can be taken; import it in parts\."):
        pdfium.parse(pdf(columns, columns))


def test_fonts_without_letters_are_refused() -> None:
    runs = [reading.Run("\ue001\ue002\ue003\ue004 ab" * 5, 50, 700, 300, 712, 10)]
    with pytest.raises(BadInput, match="does not say which letters it shows"):
        reading.article([reading.Page(WIDTH, HEIGHT, runs)], [], {})


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"PDFs are read with .* pip install 'postil\[pdf\]'"):
        ingest(pdf(columns), name="a.pdf")


def test_where_every_line_is_repeated_nothing_is_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 50, HEIGHT - 30, "Nothing but a header, and that on every page.")

    found = ingest(pdf(draw, draw), name="a.pdf")
    assert found.document.text == "\n\n".join(["Nothing but a header, and that on every page."] * 2)
    assert found.notes == ()


def test_the_letters_of_a_ligature_stay_together() -> None:
    run = reading.Run("of", 50, 700, 62, 712, 10, last=56)
    assert run.takes(
        56, 700, 10, False, False
    )  # The second letter of “ff” has the box of the first.
    assert run.takes(62, 700, 10, False, False)
    assert not run.takes(50, 700, 10, False, False)
    assert not run.takes(90, 700, 10, False, False)
    assert not run.takes(62, 704, 10, False, False)
    assert not run.takes(62, 700, 10, True, False)


# ── what crosses columns, and tables ──────────────────────────────────────────────────────────────


def test_a_word_broken_between_two_columns_is_whole() -> None:
    def draw(canvas: Canvas) -> None:
        lines(
            canvas, 50, 700, *(LEFT[n % 2] for n in range(4)), "and nobody had heard from the com-"
        )
        lines(
            canvas, 320, 700, "pany since then, as it seemed to", *(RIGHT[n % 2] for n in range(4))
        )

    text = ingest(pdf(draw), name="a.pdf").document.text
    assert "and nobody had heard from the company since then, as it seemed to" in text


def test_letters_that_are_drawn_as_one_are_several() -> None:
    rows = (
        (50, 700, "The oﬃce ﬁled its aﬀidavit on ﬂowers"),
        (50, 688, "and went home again that day."),
    )
    assert ingest(pdf_of_letters(*rows), name="a.pdf").document.text == (
        "The office filed its affidavit on flowers and went home again that day."
    )


TABLE = (("Year", "Asked", "Offered"), ("2023", "8% at night", "3%"), ("2024", "5%", "nothing"))


def table(canvas: Canvas) -> None:
    lines(canvas, 50, 760, "What was asked for and what was offered, year by year, stands in the")
    lines(canvas, 50, 748, "table below, as the union told it.")
    for n, row in enumerate(TABLE):
        for x, cell in zip((50, 200, 350), row, strict=True):
            lines(canvas, x, 720 - 14 * n, cell)
    lines(canvas, 50, 660, "After the table the text goes on as it did before, in lines")
    lines(canvas, 50, 648, "as they are.")


def test_a_table_comes_as_its_cells() -> None:
    document = ingest(pdf(table), name="a.pdf").document
    before, cells, behind = document.text.split("\n\n")
    assert before.endswith("as the union told it.")
    assert cells == "\n".join("\t".join(row) for row in TABLE)
    assert behind.startswith("After the table")
    assert [
        (block.span.of(document.text), block.row)
        for block in document.layout.blocks
        if block.kind == "td"
    ] == [(cell, n) for n, row in enumerate(TABLE) for cell in row]


def test_numbers_in_front_of_lines_are_no_table() -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 50, 760, "They asked for these, said the leader of the union at the gate:")
        for n, row in enumerate(("more pay", "no nights alone", "a seat", "an answer")):
            lines(canvas, 50, 740 - 14 * n, f"{n + 1}.")
            lines(canvas, 90, 740 - 14 * n, row)

    document = ingest(pdf(draw), name="a.pdf").document
    assert {block.kind for block in document.layout.blocks} <= {"p", "li"}
    assert "more pay" in document.text


# ── from right to left ────────────────────────────────────────────────────────────────────────────

HEBREW = (
    "הנשיא טראמפ אמר ל־Maduro ביום שני (25 בינואר) כי",
    "״לא״, והשיחה עם Nicolás Maduro ארכה 1,900 דקות:",
    "הם לא הגיעו להסכמה על 8% מן השכר.",
)
SEEN = (
    "יכ (ראוניב 25) ינש םויב Maduro־ל רמא פמארט אישנה",
    ":תוקד 1,900 הכרא Nicolás Maduro םע החישהו ,״אל״",
    ".רכשה ןמ 8% לע המכסהל ועיגה אל םה",
)


def from_the_right(edge: float, y: float, *rows: str) -> list[tuple[float, float, str]]:
    """Rows that end at the right edge, below each other."""
    return [(edge - 5 * len(row), y - 12 * n, row) for n, row in enumerate(rows)]


def test_text_that_runs_from_right_to_left_is_read_in_its_order() -> None:
    document = ingest(pdf_of_letters(*from_the_right(545, 700, *SEEN)), name="a.pdf").document
    assert document.text == " ".join(HEBREW)
    assert document.direction == "rtl"


def test_the_right_column_is_read_first() -> None:
    right = from_the_right(545, 700, *SEEN)
    left = from_the_right(275, 700, *("םש ויה אל םידבועה" for _ in range(3)))
    document = ingest(pdf_of_letters(*left, *right), name="a.pdf").document
    # A line that ends nothing may go on in the next column; these do not.
    assert document.text == "\n\n".join([" ".join(HEBREW), " ".join(["העובדים לא היו שם"] * 3)])


def test_marks_stay_behind_their_letters_and_shapes_become_letters() -> None:
    seen = "ﺔﻤﻟﺎﻜﻤﻟا ﻲﻓ ﻻ :ب\u064eﺮ\u064eﻋ"
    document = ingest(pdf_of_letters(*from_the_right(545, 700, seen)), name="a.pdf").document
    assert document.text == "ع\u064eر\u064eب: لا في المكالمة"


def test_words_that_run_to_the_left_within_a_line_that_does_not() -> None:
    seen = "He said (םלוע םולש) in 2025, not ابحرم, and left"
    document = ingest(pdf_of_letters((50, 700, seen)), name="a.pdf").document
    assert document.text == "He said (שלום עולם) in 2025, not مرحبا, and left"
    assert document.direction == ""


def test_a_line_of_letters_costs_what_it_is_long() -> None:
    def work(letters: int) -> None:
        runs = [
            reading.Run("אa(1, "[n % 6], 5.0 * n, 700, 5.0 * n + 5, 708, 10, bold=n % 7 == 0)
            for n in range(letters)
        ]
        reading.article([reading.Page(595, 842, runs, runs_left=True)], [], {})

    assert grows_with_its_input(work, 16_000)


# ── turned pages ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", [0, 90])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_text_is_read_like_text_that_stands_upright(turn: int, page: int) -> None:
    def turned(canvas: Canvas) -> None:
        canvas.translate(WIDTH / 2, HEIGHT / 2)
        canvas.rotate(turn)
        canvas.translate(-WIDTH / 2, -HEIGHT / 2)
        canvas.setPageRotation(page)
        columns(canvas)

    upright, found = (ingest(pdf(draw), name="a.pdf").document for draw in (columns, turned))
    assert (found.text, found.layout) == (upright.text, upright.layout)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_that_is_shown_turned_is_read_as_it_is_written(turn: int) -> None:
    rows = from_the_right(545, 700, *SEEN)
    assert ingest(pdf_of_letters(*rows, turn=turn), name="a.pdf").document.text == " ".join(HEBREW)


# ── borders of pages, hyphens, margins, letters ───────────────────────────────────────────────────

BROKEN = (
    "The workers of the harbour asked for more, and the company said that this was not",
    "what had been agreed on, because the prices of all that they needed had risen while",
)
GOING_ON = (
    "wages had stayed where they were for more than two years, as everybody knew.",
    "That was all that was said about it on Monday.",
)


def page_with_note(*rows: str, note: str = "") -> object:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 50, 700, *rows)
        if note:
            lines(canvas, 50, 120, note, size=8)

    return draw


def paragraphs(data: bytes) -> list[str]:
    document = ingest(data, name="a.pdf").document
    return [block.span.of(document.text) for block in document.layout.blocks]


@pytest.mark.parametrize("begins", ["wages", "Wages", "2,000 people said that wages"])
def test_a_sentence_over_a_page_border_stays_one_and_notes_come_behind_it(begins: str) -> None:
    rest = (GOING_ON[0].replace("wages", begins, 1), *GOING_ON[1:])
    found = paragraphs(
        pdf(
            page_with_note(*BROKEN, note="1 The offer was made in January."),
            page_with_note(*rest, note="2 Says the union."),
        )
    )
    assert found == [
        " ".join((*BROKEN, *rest)), "1 The offer was made in January.", "2 Says the union.",
    ]  # fmt: skip


def test_a_paragraph_that_ended_with_its_page_stays_apart_and_keeps_its_notes() -> None:
    found = paragraphs(
        pdf(
            page_with_note(BROKEN[0], "what had been agreed on.", note="1 In January."),
            page_with_note(*GOING_ON),
        )
    )
    assert [each[:12] for each in found] == ["The workers ", "1 In January", "wages had st"]


HYPHENS = {
    "two words": ("the price-", "determining factors", "price-determining"),
    "of common words": ("a long-", "term plan that", "long-term"),
    "of several": ("a state-of-the-", "art harbour", "state-of-the-art"),
    "a word that was broken": ("for the mana-", "gement of it", "management"),
    "a word that has both ways of writing": ("the co-", "operation of all", "cooperation"),
    "a word of two words": ("in the news-", "paper of today", "newspaper"),
    "a name": ("the EU-", "Commission says", "EU-Commission"),
    "a span of numbers": ("see pages 10-", "12 of it", "10-12"),
    "an address": ("at www.example.org/a-", "b.html for more", "www.example.org/a-b.html"),
    "an address with its scheme": ("at https://e.org/pay-", "rise for more", "https://e.org/pay-rise"),
    "an address without a hyphen": ("at https://e.org/", "rise for more", "https://e.org/rise"),
    "a mailbox": ("to ana-", "berg@example.org soon", "ana-berg@example.org"),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second", "whole"), HYPHENS.values(), ids=HYPHENS)
def test_a_hyphen_at_the_end_of_a_line_stays_where_it_belongs(
    first: str, second: str, whole: str
) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 50, 700, "What is in the text of the union and that of the company is", first)
        lines(canvas, 50, 676, second, "and that is all that there is to say on it.")

    (text,) = paragraphs(pdf(draw))
    assert f" {whole} " in text


def test_a_text_without_english_keeps_to_what_it_says_itself() -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 50, 700, "Die Leute aus dem Hafen und der Stadt sagen, dass der Arbeits-")
        lines(canvas, 50, 688, "kampf noch nicht zu Ende ist, und das war es mit der Sache.")

    assert "der Arbeitskampf noch" in paragraphs(pdf(draw))[0]


NUMBERED = [
    f"This is what stands on the line of this page that is number {n}" for n in "abcdefghij"
]


@pytest.mark.parametrize("step", [1, 5])
@pytest.mark.parametrize("x", [20, 36, 500])
def test_numbers_of_lines_in_the_margin_go_and_are_told(step: int, x: int) -> None:
    def draw(canvas: Canvas) -> None:
        for n, row in enumerate(NUMBERED * 2, 1):
            lines(canvas, 50, 700 - 14 * n, row)
            if n % step == 0:
                lines(canvas, x, 700 - 14 * n, str(n), size=7)

    found = ingest(pdf(draw), name="a.pdf")
    assert found.document.text == " ".join(NUMBERED * 2)
    assert found.notes == (f"Left out: the numbers of {20 // step} lines, in the margin.",)


def test_numbers_in_front_of_a_few_lines_stay() -> None:
    def draw(canvas: Canvas) -> None:
        for n, row in enumerate(NUMBERED * 2, 1):
            lines(canvas, 50, 700 - 14 * n, row)
        for n in (1, 2, 3):
            lines(canvas, 20, 700 - 14 * n, str(n))

    found = ingest(pdf(draw), name="a.pdf")
    assert all(str(n) in found.document.text for n in (1, 2, 3))
    assert found.notes == ()


def test_a_page_with_six_letters_is_text_and_that_it_is_little_is_told() -> None:
    found = ingest(pdf(lambda canvas: lines(canvas, 50, 700, "Justin")), name="a.pdf")
    assert found.document.text == "Justin"
    assert found.notes == ("Hardly any text: 6 letters on 1 page.",)


def test_items_keep_their_numbers() -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 50, 700, "3. More pay", "4. A seat", "(c) An answer", "• Peace")

    found = ingest(pdf(draw), name="a.pdf").document
    assert [(b.number, b.ordered, b.span.of(found.text)) for b in found.layout.blocks] == [
        ("3.", True, "More pay"), ("4.", True, "A seat"), ("(c)", True, "An answer"),
        ("", False, "Peace"),
    ]  # fmt: skip


def page_of(text: str) -> reading.Page:
    runs = [reading.Run(text, 50, 700, 300, 712, 10)]
    return reading.Page(WIDTH, HEIGHT, runs)


@pytest.mark.parametrize(
    "text",
    [
        "\0" * 40 + "ab",
        "7KH VWULNH RI WKH KDUERXU ZRUNHUV JRHV RQ IRU WKLV ZHHN DQG WKH QH[W " * 6,
        "!\"#$ %&' ()*+,- ./:;< =>?@[ " * 12,
    ],
)
def test_text_that_is_not_what_is_seen_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="does not say which letters it shows"):
        reading.article([page_of(text)], [], {})


@pytest.mark.parametrize(
    "text",
    [
        "Chrząszcz brzmi w trzcinie w Szczebrzeszynie, a wstrząs był mrzonką. " * 6,
        "Contents . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . 3 " * 8,
        "1,950 2,300 (8%) 4.5 – 7.1; 3/4 1,200 900 " * 10,
        "ABC GmbH DVD BMW XKCD HTML PDF NYT " * 3,
        "Η απεργία συνεχίζεται και αυτή την εβδομάδα. " * 8,
    ],
)
def test_text_of_any_language_and_of_numbers_is_text(text: str) -> None:
    made = reading.article([page_of(text)], [], {})
    assert made["text"] == text.strip()
    assert made["notes"] == []


def test_text_that_hardly_any_language_has_is_doubted() -> None:
    text = " ".join(["Strč prst skrz krk a zmlkl, řekl mu trh plný hrd a vln na moři."] * 6)
    made = reading.article([page_of(text)], [], {})
    assert (made["text"], made["notes"]) == (
        text, ["The text may not be what the pages show; look at it before you use it."],
    )  # fmt: skip


def test_letters_that_nobody_names_show_as_such_and_are_counted() -> None:
    made = reading.article([page_of("The offer \0\0 was made in \ue001 January.")], [], {})
    assert made["text"] == "The offer \ufffd\ufffd was made in \ufffd January."
    assert made["notes"] == ["The PDF does not say what 3 letters are; “\ufffd” stands for each."]
