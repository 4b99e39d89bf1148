"""spaCy's ``DocBin`` (``.spacy``): documents as tokens, with spans on them, to train pipelines.

Spans are in ``doc.spans["sc"]``, where spaCy's span categoriser looks for them, with our ids as
their ids. Where none overlaps another they are the entities of the document too (``doc.ents``), so
that an entity recogniser can be trained. Labels of the whole document are ``doc.cats``, with those
that it was judged not to have at 0. Marks that came in another group go back to it, as do links to
a knowledge base (``kb_id``). What spaCy
has no place for is JSON in ``doc.user_data["postil"]`` and comes back as long as its span is there.

A file is held in memory whole, by spaCy as by us: about 15 kB for a document of 2,000 characters.
``write_shards`` makes an archive of several, of which only one is held at a time; unpacked it is
the folder that ``spacy train`` takes.

Tokens are spaCy's own, of the document's language (English where none is said), unless another
tokeniser is named; text is never changed. The whole text is in the tokens, white space too.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from annotations.document import Annotated, Annotation, new_id
from annotations.errors import BadInput, BadLine, MissingExtra, PostilError, reason_of
from annotations.formats import document_labels
from annotations.formats.archive import zipped
from annotations.formats.interface import Reading, Writing
from annotations.formats.jsonl import line_said, made
from annotations.formats.lines import dumped, loaded
from annotations.formats.losses import count, overlapping, whole
from annotations.formats.places import GROUP_KEY
from annotations.formats.registry import get
from annotations.formats.tokens import SPACY, Tokens, blank, snapped, tokeniser
from annotations.formats.values import Json, objects_in, refuse_nul

GROUP = "sc"
ENTITIES = "doc.ents"
KB_ID = "kb_id"
"""The further key of a mark that names an entry of a knowledge base."""

KEY = "postil"
MAX_BYTES = 256 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024
SHARD, SHARD_TOKENS = 2_000, 1_000_000
"""Documents, and tokens, in one file of an archive."""

_PLACE = ("start", "end", "label", "text")
"""What spaCy says of a span itself."""


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """One file of all documents, which are in memory until it is made."""
    lost = Counter[str]() if losses is None else losses
    maker = _Maker(writing or Writing(), lost)
    bin = _bin()
    for annotated in documents:
        bin.add(maker.doc(annotated))
    yield bin.to_bytes()


def write_shards(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """An archive of files, each of some documents, with one in memory at a time."""
    lost = Counter[str]() if losses is None else losses
    return zipped(_shards(documents, _Maker(writing or Writing(), lost)))


def _shards(
    documents: Iterable[Annotated], maker: "_Maker"
) -> Iterator[tuple[str, Iterable[bytes]]]:
    number, tokens, bin = 0, 0, _bin()
    for annotated in documents:
        if len(bin) == SHARD or tokens > SHARD_TOKENS:
            yield f"corpus/{number:05}.spacy", [bin.to_bytes()]
            number, tokens, bin = number + 1, 0, _bin()
        doc = maker.doc(annotated)
        tokens += len(doc)
        bin.add(doc)
    yield f"corpus/{number:05}.spacy", [bin.to_bytes()]


def _bin() -> Any:
    try:
        from spacy.tokens import DocBin
    except ImportError:
        raise MissingExtra("spaCy's files", "spacy") from None
    return DocBin(attrs=["ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID"], store_user_data=True)


class _Maker:
    """Makes documents of spaCy's of ours, and counts what they cannot hold."""

    def __init__(self, writing: Writing, lost: Counter[str]):
        self._writing, self._lost = writing, lost
        self._carries = get("spacy").carries | {"fragments", "borders"}
        if writing.tokens:
            tokeniser(writing.tokens)  # refused before anything is made

    def doc(self, annotated: Annotated) -> Any:
        count(annotated, self._carries, self._lost)
        annotated = whole(annotated, self._writing, self._lost)
        doc, tokens = self._tokens(annotated.document.text, annotated.document.language)
        every = _places(doc)
        annotated = snapped(annotated, tokens, self._writing, self._lost, beside=every)
        marks = annotated.annotations
        groups: dict[str, list[Annotation]] = {GROUP: []}
        for mark in marks:
            groups.setdefault(_group_of(mark), []).append(mark)
        entities = groups.pop(ENTITIES, [])
        for name, members in groups.items():
            doc.spans[name] = [_span(doc, mark, span_id=mark.id) for mark in members]
        for chosen in ([*groups[GROUP], *entities], entities):
            if not overlapping(chosen) and all(tokens.fits(m.start, m.end) for m in chosen):
                known = {mark.id for mark in entities}
                doc.set_ents(
                    [_span(doc, m, **({"span_id": m.id} if m.id in known else {})) for m in chosen]
                )
                break
        doc.cats = document_labels.scores(annotated.document)
        doc.user_data[KEY] = dumped(_rest(line_said(annotated, self._lost))).decode()
        return doc

    def _tokens(self, text: str, language: str) -> tuple[Any, Tokens]:
        """The document of spaCy's, and its tokens without white space."""
        name = self._writing.tokens or SPACY + _known(language)
        if name.startswith(SPACY):
            doc = blank(name.removeprefix(SPACY)).tokenizer(text)
            return doc, _places(token for token in doc if not token.is_space)
        from spacy.tokens import Doc

        tokens = tokeniser(name)(text)
        return Doc(blank("xx").vocab, *_words(text, tokens)), tokens


def _places(tokens: Iterable[Any]) -> Tokens:
    places = [(token.idx, token.idx + len(token)) for token in tokens]
    return Tokens([start for start, _ in places], [end for _, end in places])


def _known(language: str) -> str:
    """The language as spaCy knows it; English where it does not, or where none is said."""
    primary = language.replace("_", "-").partition("-")[0].lower()
    if not primary:
        return "en"
    try:
        blank(primary)
    except MissingExtra:
        raise
    except BadInput:
        return "xx"
    return primary


def _words(text: str, tokens: Tokens) -> tuple[list[str], list[bool]]:
    """All of a text as words, and whether a space follows each: as spaCy's documents have it."""
    words: list[str] = []
    spaces: list[bool] = []
    place = 0
    for start, end in zip([*tokens.starts, len(text)], [*tokens.ends, len(text)], strict=True):
        between = text[place:start]
        if between.startswith(" ") and words:
            spaces[-1], between = True, between[1:]
        for word in (between, text[start:end]):
            if word:
                words.append(word)
                spaces.append(False)
        place = end
    return words, spaces


def _group_of(mark: Annotation) -> str:
    """The group of spans that a mark came in; ours where it came in none."""
    name = mark.extra.get(GROUP_KEY)
    return name if isinstance(name, str) and name else GROUP


def _span(doc: Any, mark: Annotation, **more: Any) -> Any:
    kb_id = mark.extra.get(KB_ID)
    if isinstance(kb_id, str) and kb_id:
        more[KB_ID] = kb_id
    return doc.char_span(mark.start, mark.end, label=mark.label, **more)


def _rest(line: Json) -> Json:
    """Of a line what spaCy does not say itself."""
    rest = {key: value for key, value in line.items() if key not in ("text", "sha256")}
    rest["spans"] = [
        {key: value for key, value in span.items() if key not in _PLACE} for span in line["spans"]
    ]
    return rest


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The documents of a file, which is held in memory.

    Their spans are those of ``doc.spans``, and the entities that are none of them (``_spans``).
    Raises ``BadLine`` with the number of the document; with ``bad`` given, that
    is called, and the span, the relation or the document left out.
    """
    known = (reading or Reading()).reporting_to(bad)
    lost, parts = known.lost, known.parts
    layers: dict[tuple[str, str, str], str] = {}
    for number, doc in enumerate(_docs(stream.read(MAX_BYTES + 1)), 1):
        parts.entry = f"document {number}"
        try:
            yield made(_told(doc, lost), layers, parts)
        except BadInput as error:
            told = BadLine(f"document {number}: {reason_of(error)}")
            if bad is None:
                raise told from error
            bad(told)


def _docs(data: bytes) -> Iterator[Any]:
    if len(data) > MAX_BYTES:
        raise BadLine(f"a .spacy file may have {MAX_BYTES // 2**20} MB; split it")
    vocab = blank("xx").vocab
    bin = _bin()
    try:
        _refuse_too_large(data)
        yield from bin.from_bytes(data).get_docs(vocab)
    except PostilError:
        raise
    except Exception as error:
        raise BadLine(
            f"this is no .spacy file that spaCy can read ({type(error).__name__}); was it cut off?"
        ) from error


def _refuse_too_large(data: bytes) -> None:
    unpacker = zlib.decompressobj()
    size, rest = 0, data
    while rest:
        size += len(unpacker.decompress(rest, 2**20))
        if size > MAX_UNPACKED:
            raise BadLine(f"unpacked, a .spacy file may have {MAX_UNPACKED // 2**20} MB; split it")
        rest = unpacker.unconsumed_tail


def _told(doc: Any, lost: Counter[str]) -> Json:
    """The same as ``_line``, with what spaCy stumbles over in a broken file as ``BadLine``."""
    try:
        return _line(doc, lost)
    except PostilError:
        raise
    except Exception as error:
        raise BadLine(f"spaCy cannot say what is in it ({type(error).__name__})") from error


def _line(doc: Any, lost: Counter[str]) -> Json:
    """The document in the keys of the native format."""
    said = _said(doc)
    known = {span.get("id"): span for span in objects_in(said, "spans")}
    spans: list[Json] = []
    used: set[str] = set()
    for span, more in _spans(doc, lost):
        uid = span.id_
        uid = new_id() if not uid or uid in used else uid
        used.add(uid)
        place = {"start": span.start_char, "end": span.end_char, "label": span.label_}
        spans.append({**known.get(uid, {}), "id": uid, **place, "text": span.text, **more})
    order = {uid: number for number, uid in enumerate(known)}
    spans.sort(key=lambda span: order.get(span["id"], len(order)))
    relations = objects_in(said, "relations")
    kept = [r for r in relations if r.get("head") in used and r.get("child", r["head"]) in used]
    if len(kept) < len(relations):
        lost["relations"] += len(relations) - len(kept)
    line = {**said, "text": doc.text, "spans": spans, "relations": kept}
    names = [str(name) for name, score in doc.cats.items() if name and score > 0.5]
    line["labels"] = document_labels.said(names, said.get("labels"))
    if KEY not in doc.user_data and document_labels.says_more(doc.cats):
        line["cats"] = {str(name): float(score) for name, score in doc.cats.items()}
    refuse_nul(line, "document")
    return line


def _said(doc: Any) -> Json:
    """What is ours of a document, or nothing."""
    said = doc.user_data.get(KEY)
    if not isinstance(said, str):
        return {}
    try:
        return loaded(said.encode())
    except BadLine as error:
        raise BadLine(f"“{KEY}” in its user data: {error.reason}") from None


def _spans(doc: Any, lost: Counter[str]) -> Iterator[tuple[Any, Json]]:
    """The spans of a document that have a label, each with what is to be kept of it besides.

    Those of our group, or of the first that has any, are as ours; those of others keep its name.
    Entities that are no spans of a group are kept as such, or are all there is.
    """
    groups = {name: list(group) for name, group in doc.spans.items() if len(group)}
    first = GROUP if GROUP in groups else next(iter(groups), "")
    entities = {(e.start_char, e.end_char, e.label_): e for e in doc.ents}
    for name in sorted(groups, key=lambda name: name != first):
        for span in groups[name]:
            if not span.label_:
                lost["spans without a label"] += 1
                continue
            more = {} if name == first else {GROUP_KEY: str(name)}
            entity = entities.pop((span.start_char, span.end_char, span.label_), None)
            kb_id = span.kb_id_ or (entity.kb_id_ if entity is not None else "")
            yield span, more | ({KB_ID: kb_id} if kb_id else {})
    is_ours = KEY in doc.user_data
    for entity in entities.values():
        if not entity.label_:
            lost["spans without a label"] += 1
            continue
        if is_ours and groups and not entity.id_:
            # A copy that we wrote of a span that was moved since, or what a pipeline found.
            lost["entities beside the spans of a document"] += 1
            continue
        more = {GROUP_KEY: ENTITIES} if groups else {}
        yield entity, more | ({KB_ID: entity.kb_id_} if entity.kb_id_ else {})
