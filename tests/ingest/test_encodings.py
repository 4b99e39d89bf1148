"""Text in other encodings is read as what it is, said aloud, or refused with a remedy."""

import pytest

from annotations.errors import BadInput
from annotations.ingest import encodings, ingest
from tests.ingest.files import docx, paragraph

TEXTS = {
    "windows-1252": (
        "cp1252", "Nicolás Maduro pidió ayer que el señor embajador saliera del país en 48 horas.",
    ),
    "windows-1250": (
        "cp1250", "Związkowcy żądają podwyżek płac i zapowiadają strajk w całym kraju w maju.",
    ),
    "windows-1251": ("cp1251", "Профсоюз требует повышения зарплаты и объявляет забастовку."),
    "koi8-r": ("koi8_r", "Профсоюз требует повышения зарплаты и объявляет забастовку."),
    "windows-1253": ("cp1253", "Οι εργαζόμενοι ζητούν αυξήσεις και ανακοινώνουν απεργία."),
    "windows-1254": ("cp1254", "İşçiler ücretlerinin artırılmasını istiyor ve greve gidiyor."),
    "windows-1255": ("cp1255", "העובדים דורשים העלאת שכר ומכריזים על שביתה בכל הארץ."),
    "windows-1256": ("cp1256", "يطالب العمال بزيادة الأجور ويعلنون إضرابا في جميع أنحاء البلاد."),
    "shift_jis": ("shift_jis", "労働組合は賃上げを要求し、全国でストライキを行うと発表した。"),
    "euc-jp": ("euc_jp", "労働組合は賃上げを要求し、全国でストライキを行うと発表した。"),
    "gb18030": ("gb18030", "工会要求加薪，并宣布在全国范围内举行罢工。政府拒绝了这一要求。"),
    "big5": ("big5", "工會要求加薪，並宣布在全國範圍內舉行罷工。政府拒絕了這一要求。"),
    "euc-kr": ("euc_kr", "노동조합은 임금 인상을 요구하며 전국적인 파업을 발표했다."),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_the_encoding_is_told_and_said_aloud(name: str) -> None:
    codec, text = TEXTS[name]
    found = ingest(text.encode(codec), name="a.txt")
    assert found.document.text == text
    assert (found.encoding, found.is_guess, found.notes) == (name, True, (f"Read as {name}.",))


@pytest.mark.parametrize("language", ["de", "fr", "en"])
def test_western_texts_are_told_from_those_of_the_east(language: str) -> None:
    text = {
        "de": "Die Bürgermeisterin fordert größere Räume für die Schüler, „sofort“.",
        "fr": "La grève continue à Marseille, où les dockers réclament une hausse des salaires.",
        "en": "The union said “no” – and the company’s offer wasn’t changed.",
    }[language]
    assert encodings.decoded(text.encode("cp1252"), "It") == encodings.Decoded(
        text, "windows-1252", True
    )


@pytest.mark.parametrize("text", ["", "Plain words.", "Nicolás 😀 労働"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_says_its_encoding_is_no_guess(text: str, codec: str) -> None:
    found = encodings.decoded(text.encode(codec), "It")
    assert (found.text, found.is_guess) == (text, False)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_told_by_its_zeros(codec: str) -> None:
    found = encodings.decoded("Some words, and more.".encode(codec), "It")
    assert found == encodings.Decoded("Some words, and more.", codec, True)


def test_what_no_language_fits_is_refused_with_a_remedy() -> None:
    with pytest.raises(BadInput) as caught:
        ingest("Nicolás".encode("latin-1"), name="a.txt")
    assert str(caught.value) == (
        "“a.txt” is not in UTF-8, and its encoding cannot be told. "
        "Name it (windows-1252, say), or save the text as UTF-8."
    )


def test_a_named_encoding_holds() -> None:
    found = ingest("Nicolás".encode("latin-1"), name="a.txt", encoding="ISO-8859-1")
    assert (found.document.text, found.encoding, found.notes) == ("Nicolás", "windows-1252", ())
    assert ingest("é".encode(), encoding="windows-1252").document.text == "Ã©"


@pytest.mark.parametrize("said", ["ascii", "US-ASCII", "latin-1"])
def test_what_says_ascii_is_read_as_browsers_read_it(said: str) -> None:
    found = ingest(b"Nicol\xe1s \x96 plain", name="a.txt", encoding=said)
    assert (found.document.text, found.encoding) == ("Nicolás \u2013 plain", "windows-1252")


def test_plain_ascii_is_utf8_unless_a_person_names_another_encoding() -> None:
    found = ingest(b"Nicolas", name="a.txt")
    assert (found.document.text, found.encoding, found.is_guess) == ("Nicolas", "utf-8", False)
    for one_of_many in (False, True):
        named = encodings.decoded(b"Nicolas", "It", "koi8-r", is_one_of_many=one_of_many)
        assert named == encodings.Decoded("Nicolas", "koi8-r")


def test_of_many_files_those_in_utf8_stay_in_it() -> None:
    many = {"encoding": "windows-1252", "is_one_of_many": True}
    assert ingest("Nicolás".encode(), **many).document.text == "Nicolás"  # type: ignore[arg-type]
    assert ingest("Nicolás".encode("cp1252"), **many).document.text == "Nicolás"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("klingon", "“klingon” is not an encoding that is known here"),
        ("rot13", "“rot13” is not an encoding"),
        ("base64", "“base64” is not an encoding"),
        *((name, f"“{name}” is not an encoding") for name in ("idna", "Punycode", "UTF7")),
        *((name, f"“{name}” is not an encoding") for name in ("unicode_escape", "undefined")),
        ("raw-unicode-escape", "“raw-unicode-escape” is not an encoding"),
        ("x" * 100, "x” is not an encoding"),
        ("a\0b", "is not an encoding"),
        ("shift_jis", "“a.txt” is not in shift_jis: byte 0 cannot be read."),
    ],
)
def test_a_named_encoding_that_does_not_fit_is_refused(name: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        ingest(b"\xff\xfd\xa0", name="a.txt", encoding=name)
    assert says in str(caught.value)


def test_a_page_may_say_its_encoding_and_be_wrong_about_it() -> None:
    page = '<meta charset="{}"><p>Профсоюз требует повышения зарплаты.'
    for said in ("windows-1251", "utf-8", "klingon"):
        found = ingest(page.format(said).encode("cp1251"), kind="html")
        assert found.document.text == "Профсоюз требует повышения зарплаты."
        assert found.is_guess is (said != "windows-1251")
        assert "Read as windows-1251." in found.notes


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x89PNG\r\n\x1a\n", "is a picture, not a text."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "is an old Office file, not a text. Save it as .docx",
        ),
        (b"{\\rtf1 x}", "is rich text (RTF), not a text. Give its name the ending .rtf"),
        (b"RIFF\0\0\0\0WAVE", "is a recording, not a text."),
        (b"\0\0\0\x18ftypmp42", "is a film or recording, not a text."),
        (b"\x1f\x8b\x08", "is packed, not a text. Unpack it"),
        (b"\x7fELF\x02", "is a program, not a text."),
        (
            b"PK\x03\x04\n\0mimetypeapplication/vnd.oasis.opendocument.textPK",
            "is an OpenDocument text, not a text. Name its format: odt.",
        ),
        (docx(paragraph("x")), "is a Word file, not a text. Name its format: docx."),
        (b"%PDF-1.7", "is a PDF, not a text. Give its name the ending .pdf"),
        (b"PK\x03\x04", "is an archive or an Office file, not a text."),
    ],
)
def test_files_that_are_no_text_are_named(data: bytes, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        ingest(data, name="a.txt")
    assert says in str(caught.value)
