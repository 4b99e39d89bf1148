"""Prodigy's JSONL: a task a line, with tokens, spans, relations and an answer.

Offsets are code points; where tokens quote the text, they prove it. ``token_start`` and
``token_end`` (the latter **inclusive**) follow from the tokens that came with a task and are made
anew from them. Hashes are somebody else's arithmetic: they are kept as they came and never
imitated. What Prodigy has no key for goes along under ``postil``, which it keeps.

``answer``: ``accept`` is a document that is done, ``ignore`` one that was skipped. ``reject`` says
that the spans are wrong: they are read as rejected suggestions, and such are written so.

Labels of the document are what was chosen among ``options`` (``accept``), or a ``label`` that was
accepted and stands on no span. A rejected one is a judgement too: the document is done, without
that label, and the task goes out as it came.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from annotations.document import Annotated, Annotation, Relation, new_id
from annotations.errors import BadInput, BadLine
from annotations.formats import document_labels, further, losses, other_keys, registry
from annotations.formats.interface import Reading, Writing
from annotations.formats.lines import dumped
from annotations.formats.offsets import Unit, lf, misplaced, prove
from annotations.formats.values import Json, objects_in, one_of, plain, text_in, typed

REJECTED = {"verdict": "rejected"}
"""How a rejected suggestion is marked among the further keys of an annotation."""

_LINE = ("text", "spans", "relations", "meta", "answer")
_SPAN = ("start", "end", "label", "text", "token_start", "token_end")
_RELATION = ("head", "child", "head_span", "child_span", "label")
_ANSWERS = ("accept", "reject", "ignore")
_NOT_CHOSEN = ("reject", "ignore")
_STATES = {"accept": "done", "ignore": "skipped"}
_TELL = {"done": "accept", "skipped": "ignore"}

Place = tuple[int, int, str]


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """Each layer of a document as one task; the same values give the same bytes."""
    lost = Counter[str]() if losses is None else losses
    for annotated in documents:
        yield dumped(_task(_whole(annotated, writing or Writing(), lost), lost))


def _whole(annotated: Annotated, writing: Writing, lost: Counter[str]) -> Annotated:
    annotated = losses.whole(annotated, writing, lost)
    losses.count(annotated, registry.get("prodigy").carries, lost)
    return annotated


def _task(annotated: Annotated, lost: Counter[str]) -> Json:
    document, layer = annotated.document, annotated.layer
    extra, text = dict(document.extra), document.text
    tokens = _Tokens.of(extra.get("tokens"), text)
    if tokens is None and _are_quotes(extra.get("tokens")):
        # Those of an earlier text: they would lead whoever trusts them astray.
        del extra["tokens"]
        lost["extra"] += 1
    answer = _answer(annotated)
    if answer == "reject" and not annotated.annotations:
        del extra["answer"]
    told = {"meta"} | ({"annotator"} if layer and layer.annotator else set())
    chosen = {} if answer in _NOT_CHOSEN else _choice(annotated, extra)
    if chosen and document_labels.are_plain(document):
        told.add("labels")
    if annotated.state is not None and _STATES.get(answer) == annotated.state:
        told.add("state")
    ours = further.of_document(annotated, "prodigy", told)
    if entities := further.to_entities(annotated):
        ours["relations"] = entities
    said: Json = {"text": text}
    if document.meta:
        said["meta"] = document.meta
    said |= chosen
    said["spans"] = [_span(mark, text, tokens, answer, lost) for mark in annotated.annotations]
    if marked := [relation for relation in annotated.relations if relation.child is not None]:
        spans = {
            mark.id: span for mark, span in zip(annotated.annotations, said["spans"], strict=True)
        }
        said["relations"] = [_relation(relation, spans) for relation in marked]
    if answer:
        said["answer"] = answer
    if layer and layer.annotator:
        said["_annotator_id"] = layer.annotator
    reserved = {*_LINE, *_chosen({**extra, **said}, answer)[1]}
    if layer is None or not layer.annotator:
        # Here they would say whose marks these are.
        reserved |= {key for key in _WHO if _is_name(extra.get(key))}
    return further.put(said, ours, extra, reserved)


_WHO = ("_annotator_id", "_session_id")


def _choice(annotated: Annotated, extra: Json) -> Json:
    """The labels of the document as what was chosen; ``extra`` loses what takes part in that.

    A single one without options was asked about by itself.
    """
    names = document_labels.names_of(annotated.document)
    if not all(map(document_labels.is_name, names)) or not names:
        return {}
    options = extra.get("options")
    known = _options(options)
    if len(names) == 1 and not annotated.annotations and not known:
        return {"label": names[0]}
    if known and set(names) <= set(known):
        del extra["options"]
        return {"options": options, "accept": [known[name] for name in names]}
    return {"options": [{"id": name, "text": name} for name in names], "accept": names}


def _options(given: Any) -> dict[str, Any]:
    """The ids of options by the label that each stands for: its id, or its text beside a number."""
    found: dict[str, Any] = {}
    for option in given if type(given) is list else ():
        uid = option.get("id") if type(option) is dict else None
        name: Any = option.get("text") if type(uid) is int else uid
        if not document_labels.is_name(name):
            return {}
        found.setdefault(name, uid)
    return found


def _answer(annotated: Annotated) -> str:
    marks, layer = annotated.annotations, annotated.layer
    if annotated.state == "done" and _is_rejected_label(annotated):
        return "reject"
    if layer and layer.kind == "suggestion" and marks and all(map(_is_rejected, marks)):
        return "reject"
    if annotated.state == "skipped" and not marks:
        extra = annotated.document.extra
        is_rejected = extra.get("answer") == "reject" and not _is_question(extra)
        return "reject" if is_rejected else "ignore"
    return _TELL.get(annotated.state or "", "")


def _is_rejected_label(annotated: Annotated) -> bool:
    """Whether a document came as a task about a label that was rejected, and is still that."""
    extra = annotated.document.extra
    return (
        extra.get("answer") == "reject"
        and not annotated.annotations
        and not annotated.document.labels
        and _is_question(extra)
    )


def _is_question(data: Mapping[str, Any]) -> bool:
    """Whether a task asks about labels of the document, if it has no spans."""
    return bool(document_labels.names_in(data.get("label")) or _options(data.get("options")))


def _is_rejected(mark: Annotation) -> bool:
    return mark.extra.get("verdict") == "rejected"


def _span(
    mark: Annotation, text: str, tokens: "_Tokens | None", answer: str, lost: Counter[str]
) -> Json:
    said: Json = {"start": mark.start, "end": mark.end}
    extra = dict(mark.extra)
    found = tokens.at(mark.start, mark.end) if tokens else None
    if found is not None:
        for key, number in zip(("token_start", "token_end"), found, strict=True):
            if extra.pop(key, number) != number:
                lost["extra"] += 1
            said[key] = number
    said["label"] = mark.label
    if answer == "reject":
        del extra["verdict"]
    said["text"] = mark.span.of(text)
    reserved = ("start", "end", "label", "text")
    return further.put(said, further.of_annotation(mark), extra, reserved)


def _relation(relation: Relation, spans: dict[str, Json]) -> Json:
    ends = {"head_span": spans[relation.head], "child_span": spans[relation.child or ""]}
    said: Json = {}
    for name, end in ends.items():
        if "token_end" in end:  # An arc leads to the last word of each.
            said[name.removesuffix("_span")] = end["token_end"]
        said[name] = {key: end[key] for key in _SPAN if key in end}
    said["label"] = relation.label
    ours = further.of_relation(relation) | {"from": relation.head, "to": relation.child}
    return further.put(said, ours, relation.extra, _RELATION)


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The tasks of a file, one at a time. Raises ``BadLine``, or hands it to ``bad``."""
    return further.lines_read(stream, _made, bad, reading)


def _made(data: Json, layers: further.Layers, reading: Reading) -> Annotated:
    raw = text_in(data, "text")
    if raw is None:
        raise BadLine("there is no “text”; Postil reads tasks about texts")
    answer = one_of(data, "answer", _ANSWERS) or ""
    names, chosen_by = _chosen(data, answer)
    ours, extra = further.taken(data, (*_LINE, "_annotator_id", *chosen_by))
    spans, text = objects_in(data, "spans"), lf(raw)
    unit, stale = _unit(raw, extra.get("tokens"), spans, reading)
    is_moved = raw != text or unit.name != "code points"
    if is_moved and type(extra.get("tokens")) is list:
        extra = {**extra, "tokens": [_moved(token, unit) for token in extra["tokens"]]}
    tokens = _Tokens.of(extra.get("tokens"), text)
    entry = further.Made(text=text, ours=ours, extra=extra)
    if meta := typed(data, "meta", dict):
        ours["meta"] = meta
    _say_who(ours, extra, data)
    _say_state(ours, extra, answer, bool(spans))
    if names:
        ours["labels"] = document_labels.said(names, ours.get("labels"))
    if "cats" in chosen_by and document_labels.says_more(data["cats"]):
        extra.setdefault("cats", data["cats"])
    other_keys.places_beside(data, (*_LINE, "tokens", further.KEY), reading.lost)
    for number, span in enumerate(spans):
        try:
            if number in stale:
                raise misplaced(unit, span["start"], span["end"], span["text"])
            span = _moved(span, unit) if is_moved else span
            span = tokens.placed(span) if tokens else span
            told, kept = further.taken(span, _SPAN)
        except BadInput as error:
            reading.parts.leave_out(error, "span", f"span {number + 1}")
            continue
        kept |= _odd_tokens(span, tokens)
        if answer == "reject":
            kept |= REJECTED
        said = {**told, **{key: span.get(key) for key in ("start", "end", "label")}}
        said.setdefault("id", new_id())
        entry.spans.append((said, kept))
        entry.names[str(said["id"])] = f"span {number + 1}"
    _add_relations(entry, data, unit, reading)
    return entry.annotated(layers, reading.parts)


def _chosen(data: Json, answer: str) -> tuple[list[str], list[str]]:
    """The labels of the document that a task says, and the keys that say no more than that."""
    if answer in _NOT_CHOSEN:
        return [], []
    options, accepted = _options(data.get("options")), data.get("accept")
    if type(accepted) is list and accepted:
        labels = {uid: name for name, uid in options.items()}
        names: list[Any] = [labels.get(uid, uid) for uid in accepted if type(uid) in (int, str)]
        if len(names) == len(accepted) and all(map(document_labels.is_name, names)):
            names = list(dict.fromkeys(names))
            asked = [{"id": name, "text": name} for name in names]
            return names, ["accept", *(["options"] if data.get("options") == asked else [])]
    if not data.get("spans") and document_labels.is_name(data.get("label")):
        return [data["label"]], ["label"]
    try:
        names = document_labels.names_in_cats(data.get("cats"))
    except BadLine:
        return [], []
    return names, ["cats"] if names else []


def _say_who(ours: Json, extra: Json, data: Json) -> None:
    """Whose marks these are, from the keys of the session; ``_session_id`` stays as it came."""
    if "_annotator_id" in data and not _is_name(data["_annotator_id"]):
        extra.setdefault("_annotator_id", plain(data["_annotator_id"]))
    who = next((data[key] for key in _WHO if _is_name(data.get(key))), "")
    if who:
        ours["annotator"] = who


def _is_name(value: Any) -> bool:
    return type(value) is str and value != ""


def _say_state(ours: Json, extra: Json, answer: str, is_marked: bool) -> None:
    if answer == "reject":
        if is_marked:
            ours.setdefault("kind", "suggestion")
        else:
            ours["state"] = "done" if _is_question(extra) else "skipped"
            extra["answer"] = answer
    elif answer:
        ours["state"] = _STATES[answer]


def _add_relations(entry: further.Made, data: Json, unit: Unit, reading: Reading) -> None:
    given = objects_in(data, "relations")
    places: dict[Place, Json] = {}
    for span, _ in reversed(entry.spans):
        if tuple(type(span[key]) for key in ("start", "end", "label")) == (int, int, str):
            places[span["start"], span["end"], span["label"]] = span
    ids = {span["id"] for span, _ in entry.spans if type(span.get("id")) is str}
    for relation in given:
        told, kept = further.taken(relation, _RELATION)
        ends = {}
        for key, ours, end in (("head", "from", "head_span"), ("child", "to", "child_span")):
            uid = told.pop(ours, None)
            if type(uid) is str and uid in ids:
                ends[key] = uid
            elif found := places.get(_place(typed(relation, end, dict) or {}, unit)):
                if found.get("id") is None:
                    found["id"] = new_id()
                ends[key] = found["id"]
        if len(ends) < 2:
            reading.lost["relations between words that are not marked"] += 1
            continue
        entry.relations.append(({**told, **ends, "label": text_in(relation, "label")}, kept))
    entry.add_to_entities(further.relations_to_entities(data), reading.lost)


def _place(span: Json, unit: Unit) -> Place:
    start, end, label = span.get("start"), span.get("end"), span.get("label")
    if type(start) is int and type(end) is int and type(label) is str:
        try:
            return unit.place(start), unit.place(end), label
        except BadInput:
            pass
    return -1, -1, ""


# ── tokens and units ──────────────────────────────────────────────────────────────────────────────


class _Tokens:
    """The tokens of a task, which stand where they say: spans by token, and the reverse."""

    def __init__(self, places: Sequence[tuple[int, int]]):
        self._places = places
        self._starts = {start: number for number, (start, _) in enumerate(places)}
        self._ends = {end: number for number, (_, end) in enumerate(places)}

    @classmethod
    def of(cls, given: Any, text: str) -> "_Tokens | None":
        """The tokens, or ``None`` where there are none, or they are those of another text."""
        places = []
        for token in given if type(given) is list else ():
            quote = _quote(token)
            if quote is None or text[quote[0] : quote[1]] != quote[2]:
                return None
            places.append(quote[:2])
        return cls(places) if places else None

    def at(self, start: int, end: int) -> tuple[int, int] | None:
        """The first and the last token of a stretch, or ``None`` off their borders."""
        first, last = self._starts.get(start), self._ends.get(end)
        return (first, last) if first is not None and last is not None and first <= last else None

    def placed(self, span: Json) -> Json:
        """The span with offsets, where it only has tokens."""
        first, last = span.get("token_start"), span.get("token_end")
        if "start" in span or "end" in span or type(first) is not int or type(last) is not int:
            return span
        if not 0 <= first <= last < len(self._places):
            raise BadLine(f"a span has the tokens {first} to {last}, of {len(self._places)}")
        return {**span, "start": self._places[first][0], "end": self._places[last][1]}


def _odd_tokens(span: Json, tokens: _Tokens | None) -> Json:
    """Token numbers that do not follow from the tokens; kept as they came."""
    given: Json = {key: span[key] for key in ("token_start", "token_end") if key in span}
    start, end = span.get("start"), span.get("end")
    if not tokens or type(start) is not int or type(end) is not int:
        return given
    found = tokens.at(start, end)
    if found is None:
        return given
    said = dict(zip(("token_start", "token_end"), found, strict=True))
    return {key: value for key, value in given.items() if said[key] != value}


def _quote(token: Any) -> tuple[int, int, str] | None:
    if type(token) is not dict:
        return None
    start, end, text = token.get("start"), token.get("end"), token.get("text")
    if type(start) is int and type(end) is int and type(text) is str and 0 <= start <= end:
        return start, end, text
    return None


def _unit(
    raw: str, tokens: Any, spans: Sequence[Json], reading: Reading
) -> tuple[Unit, frozenset[int]]:
    """The unit that tokens and spans prove, and the numbers of the spans that do not fit it."""
    given = [*spans, *(tokens if type(tokens) is list else ())]
    quotes = {n: quote for n, each in enumerate(given) if (quote := _quote(each)) is not None}
    unit, misfits = prove(raw, list(quotes.values()), reading.offsets, reading.parts)
    numbers = list(quotes)
    return unit, frozenset(numbers[n] for n in misfits if numbers[n] < len(spans))


def _are_quotes(tokens: Any) -> bool:
    return type(tokens) is list and bool(tokens) and None not in map(_quote, tokens)


def _moved(given: Any, unit: Unit) -> Any:
    if type(given) is not dict:
        return given
    moved = dict(given)
    for key in ("start", "end"):
        if type(given.get(key)) is int:
            moved[key] = unit.place(given[key])
    if type(given.get("text")) is str:
        moved["text"] = lf(given["text"])
    return moved
