"""Rich text: what of it survives, in every encoding, and that nothing goes without a word."""

import pytest

from annotations.errors import BadInput
from annotations.ingest import Ingested, ingest

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deflang1031{\fonttbl{\f0\fcharset0 Times;}{\f1\fcharset204 Cyr;}}"
    r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s2 Quote;}{\*\cs10 Default;}}"
    r"{\info{\title The strike}{\author Ada Berg}{\creatim\yr2024\mo5\dy1\hr10}}"
)


def read(body: str) -> Ingested:
    return ingest(f"{HEAD}{body}}}".encode("cp1252"), name="a.rtf")


def blocks(found: Ingested) -> list[tuple[str, str]]:
    text = found.document.text
    return [(block.kind, block.span.of(text)) for block in found.document.layout.blocks]


def test_headings_paragraphs_and_what_the_file_says_of_itself() -> None:
    found = read(
        r"\pard\s1 Top\par\pard\s0 One\line two\par\pard\outlinelevel1 Second\par"
        r"\pard\s2 They said.\par\pard Last"
    )
    assert blocks(found) == [
        ("h1", "Top"),
        ("p", "One\ntwo"),
        ("h2", "Second"),
        ("blockquote", "They said."),
        ("p", "Last"),
    ]
    document = found.document
    assert (document.title, document.date, document.language, document.meta) == (
        "The strike",
        "2024-05-01",
        "de",
        {"author": "Ada Berg"},
    )


def test_signs_of_every_encoding() -> None:
    assert (
        read(
            r"Gr\'f6\'dfe \u8364? {\uc2\u8364ab} \uc0\u-10179\u-8704 \emdash "
            r"{\f1\'cf\'f0} \{\\\}\~x"
        ).document.text
        == "Größe € € 😀—Пр {\\}\u00a0x"
    )


def test_bold_italic_underlined_raised_letters_and_links() -> None:
    found = read(
        r"A {\b bold\b0  and}{\i thin} x{\super 2} {\ul under}\ulnone  "
        r'{\field{\*\fldinst{HYPERLINK "https://example.org/a"}}{\fldrslt{here}}} end'
    )
    text = found.document.text
    assert text == "A bold andthin x2 under here end"
    assert [(i.kind, i.span.of(text), i.href) for i in found.document.layout.inlines] == [
        ("strong", "bold", None),
        ("em", "thin", None),
        ("sup", "2", None),
        ("u", "under", None),
        ("a", "here", "https://example.org/a"),
    ]


def test_lists_by_what_stands_before_their_items() -> None:
    found = read(
        r"{\listtext\tab 1.\tab}\pard\ls1\ilvl0 One\par"
        r"{\listtext \'95\tab}\pard\ls1\ilvl1 Inner\par"
        r"{\listtext 2.\tab}\pard\ls1\ilvl0 Two\par\pard After\par"
    )
    told = [(b.kind, b.level, b.ordered) for b in found.document.layout.blocks]
    assert told == [("li", 0, True), ("li", 1, False), ("li", 0, True), ("p", 0, False)]
    assert [text for _, text in blocks(found)] == ["One", "Inner", "Two", "After"]


def test_tables_are_their_cells() -> None:
    found = read(
        r"\trowd\cellx100\cellx200\pard\intbl a\cell b\cell\row\trowd\pard\intbl c\cell d\cell\row"
        r"\pard After\par"
    )
    assert blocks(found) == [("td", "a"), ("td", "b"), ("td", "c"), ("td", "d"), ("p", "After")]


def test_notes_stand_at_the_end_with_their_markers() -> None:
    found = read(r"One{\super\chftn{\footnote\pard\plain{\super\chftn} The note.}} two.\par Three.")
    assert [text for _, text in blocks(found)] == ["One[1] two.", "Three.", "[1] The note."]


def test_what_is_left_out_is_counted_and_hidden_text_is_told() -> None:
    found = read(
        r"One{\*\shppict{\pict\pngblip 89504e}}{\nonshppict{\pict 00}}{\*\atnid B}{\*\annotation "
        r"Why?} two{\v secret}.{\deleted gone}{\header Page 1}{\*\unknown x}"
    )
    assert found.document.text == "One two."
    assert found.notes[0] == (
        "Left out: 1 × comment, 1 × deleted passage of tracked changes, 1 × picture."
    )
    assert "“secret”" in found.notes[1]


def test_markup_in_a_text_is_text() -> None:
    assert read(r"a <b>x</b> &amp; <script>").document.text == "a <b>x</b> &amp; <script>"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Words.", "“a.rtf” is no rich text (RTF)"),
        (b"PK\x03\x04", "“a.rtf” is no rich text (RTF)"),
        (b"{\\rtf1" + b"{" * 1_001, "“a.rtf” nests more than 1000 groups"),
    ],
)
def test_what_is_no_such_text_is_refused_saying_what_it_is(data: bytes, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        ingest(data, name="a.rtf")
    assert said in str(caught.value)


def test_what_is_cut_off_is_read_as_far_as_it_goes() -> None:
    assert ingest(rb"{\rtf1 One\par Two{\b three", name="a.rtf").document.text == "One\n\nTwothree"
