"""Nasty documents, by name: what every store, format and page must live through."""

from annotations.document import (
    Annotated,
    Annotation,
    Block,
    Concept,
    Document,
    Entity,
    Inline,
    Layer,
    Layout,
    Origin,
    Relation,
    with_fragments,
)
from annotations.spans import Span

LAYER = Layer(id="layer-ada", annotator="ada")


def marked(name: str, text: str, *marks: tuple[str, ...], **document: object) -> Annotated:
    """A document with one annotation for each mark: a label, then the quotes of its fragments.

    Each quote is looked for behind the one before it.
    """
    return Annotated(
        document=Document(id=f"doc-{name}", title=name, text=text, **document),  # type: ignore[arg-type]
        layer=LAYER,
        state="in progress",
        codebook=1,
        annotations=tuple(
            _mark(f"{name}-{number}", text, *mark) for number, mark in enumerate(marks, 1)
        ),
    )


def _mark(uid: str, text: str, label: str, *quotes: str) -> Annotation:
    found, place = [], 0
    for quote in quotes:
        start = text.index(quote, place)
        place = start + len(quote)
        found.append(Span(start, place))
    hull, fragments = with_fragments(tuple(found))
    return Annotation(id=uid, start=hull.start, end=hull.end, label=label, fragments=fragments)


def _paragraphs(text: str) -> Layout:
    blocks, place = [], 0
    for line in text.split("\n"):
        if line:
            blocks.append(Block("p", place, place + len(line)))
        place += len(line) + 1
    return Layout(tuple(blocks))


def _rich() -> Annotated:
    """Every field that an annotation, a relation and a document can have."""
    text = "Maduro asked Trump to lift all sanctions."
    return Annotated(
        document=Document(
            id="doc-rich",
            title="rich",
            text=text,
            layout=_paragraphs(text),
            revision=3,
            language="en",
            direction="ltr",
            source="https://example.org/articles/1",
            date="2025-12-01",
            meta={"page": 4, "tags": ["call", "📞"]},
            labels=("politics", {"topic": "sanctions", "score": 0.5}),
            extra={"_task_hash": -1389264352},
        ),
        layer=Layer(
            id="layer-key",
            kind="key",
            annotator="Dr. Núñez",
            name="Key, 2nd try",
            exercise="ex-1",
            frozen=True,
        ),
        state="done",
        codebook=3,
        annotations=(
            Annotation(
                id="rich-1",
                start=0,
                end=6,
                label="actor",
                entity="Nicolás Maduro",
                origin=Origin("model", "ner-7", 0.75),
                codebook=2,
                created="2026-01-02T03:04:05Z",
                updated="2026-01-02T03:04:06Z",
            ),
            Annotation(
                id="rich-2",
                start=22,
                end=40,
                label="demand",
                concept="sanctions/lift",
                attributes={"status": "rejected", "firm": True, "weight": 3},
                note="=1+1 is not a formula,\n“quoted”; and a second line.",
                unsure=True,
                extra={"token_end": 7, "nested": {"a": [1, None]}},
            ),
            Annotation(id="rich-3", start=13, end=18, label="actor", entity="Donald Trump"),
        ),
        relations=(
            Relation(id="rich-r1", head="rich-2", child="rich-1", label="made by"),
            Relation(id="rich-r2", head="rich-2", child="rich-3", label="rejected by"),
            Relation(
                id="rich-r3",
                head="rich-2",
                child_entity="Reuters",
                label="reported by",
                extra={"why": "next page"},
            ),
        ),
        entities=(
            Entity(id="e-1", name="Nicolás Maduro", aliases=("Maduro",), extra={"wikidata": "Q"}),
            Entity(id="e-2", name="Maduro Moros", merged_into="Nicolás Maduro"),
        ),
        concepts=(Concept(id="c-1", name="sanctions/lift", parent="sanctions", aliases=("lift",)),),
    )


def _styled() -> Annotated:
    text = "The call\n\nWho wanted what:\n\nMaduro\nto stay\nTrump\tan answer\nin\ta week"
    return marked(
        "styled",
        text,
        ("actor", "Maduro"),
        ("claim", "call\n\nWho"),
        ("demand", "answer\nin"),
        layout=Layout(
            (
                Block("h1", 0, 8),
                Block("p", 10, 26),
                Block("li", 28, 34),
                Block("li", 35, 42, level=1, ordered=True, number="Article 5 (a)"),
                Block("th", 43, 48, row=0),
                Block("td", 49, 58, row=0),
                Block("td", 59, 61, row=1),
                Block("td", 62, 68, row=1),
            ),
            (
                Inline("strong", 0, 8),
                Inline("em", 4, 8),
                Inline("a", 10, 13, "https://example.org/?q=1&r=ü"),
                Inline("code", 28, 34),
                Inline("sup", 62, 63),
            ),
        ),
    )


def _huge() -> Annotated:
    """200,000 code points, 2,000 spans, a third of them overlapping, in 400 paragraphs."""
    paragraph = ("Trump and Maduro spoke on the telephone, and nobody was content. " * 8)[:499]
    text = "\n".join([paragraph] * 400)
    labels = ("claim", "actor", "demand")
    return Annotated(
        document=Document(
            id="doc-huge", title="huge", text=text, layout=_paragraphs(text), language="en"
        ),
        layer=LAYER,
        state="in progress",
        codebook=1,
        annotations=tuple(
            Annotation(
                id=f"huge-{number}",
                start=number * 99,
                end=number * 99 + (140 if number % 3 == 0 else 40),
                label=labels[number % 3],
            )
            for number in range(2000)
        ),
    )


_ASTRAL = "😀 Trump 📞 Maduro 🇻🇪\n𐍈𐍉 said “no” 👨‍👩‍👧‍👦!"
_COMBINING = "Nicola\u0301s Maduro, e\u0323\u0302 va\u0300\nZ̷̢̛a̵͝l̸̀g̶o\u034f said: ยินดี नमस्ते 한국"
_RIGHT_TO_LEFT = "قال ترامب إن مادورو رفض المطلب.\nאמר טראמפ ל־Maduro: ‏״לא״ (2025).\nعَرَبِيّ"
_WHITESPACE = "\n \t\u00a0\u2003Trump \t\n\n\u3000called\u2028him\u200b.  \n\n"
_NESTED = "Reuters says that Maduro asked Trump to lift sanctions"

DOCUMENTS: dict[str, Annotated] = {
    document.document.title: document
    for document in (
        marked(
            "astral",
            _ASTRAL,
            ("actor", "Trump"),
            ("actor", "📞 Maduro 🇻🇪"),
            ("claim", "👨‍👩‍👧‍👦"),
            ("claim", "𐍈𐍉 said", "!"),
            layout=_paragraphs(_ASTRAL),
        ),
        marked(
            "combining",
            _COMBINING,
            ("actor", "Nicola\u0301s Maduro"),
            ("claim", "e\u0323"),
            ("claim", "a̵͝l̸̀g̶"),
            layout=_paragraphs(_COMBINING),
        ),
        marked(
            "right_to_left",
            _RIGHT_TO_LEFT,
            ("actor", "ترامب"),
            ("demand", "رفض المطلب"),
            ("actor", "Maduro"),
            ("claim", "‏״לא״ (2025)"),
            layout=_paragraphs(_RIGHT_TO_LEFT),
            language="ar",
            direction="rtl",
        ),
        marked(
            "crlf_made",
            "One\r\n\r\nTwo\rThree\r\n".replace("\r\n", "\n").replace("\r", "\n"),
            ("claim", "One\n\nTwo"),
            ("claim", "Three\n"),
        ),
        marked(
            "overlapping",
            "Trump told Maduro to leave within a week",
            ("claim", "Trump told Maduro"),
            ("demand", "Maduro to leave"),
            ("demand", "leave within a week"),
            ("actor", "Maduro"),
            ("claim", "Trump told Maduro to leave within a week"),
            layout=_paragraphs("Trump told Maduro to leave within a week"),
        ),
        marked(
            "nested",
            _NESTED,
            ("claim", _NESTED),
            ("claim", "Maduro asked Trump to lift sanctions"),
            ("demand", "to lift sanctions"),
            ("claim", "sanctions"),
            ("actor", "sanctions"),
            ("claim", _NESTED),
            layout=_paragraphs(_NESTED),
        ),
        marked(
            "discontinuous",
            "Maduro asked, Reuters says, for safety and, again, for money",
            ("demand", "asked", "for safety"),
            ("demand", "Maduro asked", "and", "for money"),
            ("demand", "asked", ","),
            layout=_paragraphs("Maduro asked, Reuters says, for safety and, again, for money"),
        ),
        marked("empty", ""),
        marked("unmarked", "Nothing is marked here."),
        marked("whitespace", _WHITESPACE, ("claim", " \t\n\n\u3000"), ("actor", "\u200b")),
        marked(
            "markup",
            "<script>alert(1)</script> & <b onclick='x'>\"Trump\"</b> {{ 7*7 }} &amp;",
            ("actor", '"Trump"'),
            ("claim", "<script>alert(1)</script> &"),
        ),
        _styled(),
        _rich(),
        _huge(),
    )
}
