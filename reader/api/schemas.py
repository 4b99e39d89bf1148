"""The shapes that go in and out. Offsets are code points, start inclusive, end exclusive."""

from typing import Any

from annotations.document import LAYER_KINDS, ORIGINS, STATES
from annotations.store.transfers import ENDS, KINDS, UNFINISHED

ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}$"
_MOST_FRAGMENTS = 1_000
_FARTHEST = 2**31 - 1


def _object(
    required: str = "", closed: bool = False, **properties: dict[str, Any]
) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        made["required"] = required.split()
    if closed:
        made["additionalProperties"] = False
    return made


def _whole(shape: dict[str, Any]) -> dict[str, Any]:
    """The same with every property there: so is all that goes out."""
    return {**shape, "required": list(shape["properties"])}


def _list(of: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": of, **more}


TEXT: dict[str, Any] = {"type": "string"}
SHORT = {"type": "string", "maxLength": 2_000}
NAME = {"type": "string", "minLength": 1, "maxLength": 200}
NAMED = {"type": ["string", "null"], "maxLength": 2_000}
COUNT = {"type": "integer", "minimum": 0}
PLACE = {"type": "integer", "minimum": 0, "maximum": _FARTHEST}
VERSION = {"type": "integer", "minimum": 0, "maximum": 2**53}
FLAG = {"type": "boolean"}
ID = {"type": "string", "pattern": ID_PATTERN}
ANY = {"type": "object"}
MOMENT = {"type": ["string", "null"], "description": "ISO 8601, UTC"}
PAIRS = _list(_list(PLACE, minItems=2, maxItems=2), minItems=1, maxItems=_MOST_FRAGMENTS)

ORIGIN = _object(
    "kind",
    closed=True,
    kind={"type": "string", "enum": list(ORIGINS)},
    source=SHORT,
    score={"type": ["number", "null"]},
)

SUMMARY = _whole(
    _object(
        id=TEXT,
        title=TEXT,
        characters=COUNT,
        revision={"type": "integer", "minimum": 1},
        sha256=TEXT,
        language=TEXT,
        source=TEXT,
        date=TEXT,
        version=VERSION,
    )
)

ANNOTATION = _whole(
    _object(
        id=TEXT,
        document=TEXT,
        start=PLACE,
        end=PLACE,
        label=TEXT,
        text={"type": "string", "description": "What stands between start and end."},
        fragments={"type": ["array", "null"], "items": _list(PLACE, minItems=2, maxItems=2)},
        attributes=ANY,
        entity=NAMED,
        concept=NAMED,
        note=TEXT,
        unsure=FLAG,
        origin=ANY,
        layer=TEXT,
        revision={"type": "integer", "minimum": 1, "description": "The text that it lies on."},
        created=MOMENT,
        updated=MOMENT,
        version=VERSION,
    )
)

RELATION = _whole(
    _object(
        id=TEXT,
        head=TEXT,
        label=TEXT,
        child={"type": ["string", "null"]},
        child_entity={"type": ["string", "null"]},
        layer=TEXT,
        version=VERSION,
    )
)

JOB = _whole(
    _object(
        id=TEXT,
        kind={"type": "string", "enum": [kind for kind in KINDS if kind != "count"]},
        state={"type": "string", "enum": [*UNFINISHED, *ENDS]},
        title=TEXT,
        person=TEXT,
        made=MOMENT,
        started=MOMENT,
        ended=MOMENT,
        progress={
            **_whole(
                _object(
                    step=TEXT,
                    unit={"type": "string", "enum": ["bytes", "documents"]},
                    done=COUNT,
                    total={"type": ["integer", "null"]},
                )
            ),
            "type": ["object", "null"],
            "description": "While it runs, as far as it is known.",
        },
        result={"type": ["object", "null"], "description": "What it came to, once it is done."},
        problem={"type": ["object", "null"], "description": "Why it failed, as a Problem."},
        file={"type": ["string", "null"], "description": "The address of the file that it made."},
    )
)

_NEXT = {"type": ["string", "null"], "description": "The address of the next page, if there is one"}

COMPONENTS: dict[str, dict[str, Any]] = {
    "Problem": _object(
        "type title status detail",
        type=TEXT,
        title=TEXT,
        status={"type": "integer"},
        detail=TEXT,
        errors=_list(_whole(_object(at=TEXT, problem=TEXT))),
        current={"type": ["object", "null"]},
    ),
    "Door": _whole(
        _object(
            project=_whole(_object(id=TEXT, name=TEXT, description=TEXT, documents=COUNT)),
            person=_whole(_object(id=TEXT, name=TEXT)),
            token=_whole(_object(id=TEXT, name=TEXT, scope=TEXT)),
        )
    ),
    "Documents": _whole(_object(documents=_list(SUMMARY), next=_NEXT)),
    "Document": _whole(
        _object(**SUMMARY["properties"], direction=TEXT, text=TEXT, meta=ANY, labels=_list({}))
    ),
    "NewDocument": _object(
        "text",
        closed=True,
        text={"type": "string", "maxLength": 32_000_000},
        id=ID,
        title=SHORT,
        language={"type": "string", "maxLength": 100},
        direction={"type": "string", "enum": ["", "ltr", "rtl", "auto"]},
        source=SHORT,
        date={"type": "string", "maxLength": 100},
        meta=ANY,
    ),
    "State": _object(
        "state", closed=True, state={"type": "string", "enum": list(STATES)}, note=SHORT
    ),
    "StateNow": _whole(_object(state=TEXT, note=TEXT)),
    "Layers": _whole(
        _object(
            layers=_list(
                _whole(
                    _object(
                        id=TEXT,
                        title=TEXT,
                        kind={"type": "string", "enum": list(LAYER_KINDS)},
                        annotator=TEXT,
                        frozen=FLAG,
                    )
                )
            )
        )
    ),
    "Annotations": _whole(_object(annotations=_list(ANNOTATION), next=_NEXT)),
    "Annotation": ANNOTATION,
    "NewAnnotation": _object(
        "start end label",
        closed=True,
        start=PLACE,
        end=PLACE,
        label=NAME,
        id=ID,
        text={"type": "string", "description": "What should stand there; else it is refused."},
        fragments=PAIRS,
        attributes=ANY,
        entity=NAMED,
        concept=NAMED,
        note=TEXT,
        unsure=FLAG,
        origin=ORIGIN,
        revision={"type": "integer", "minimum": 1, "maximum": _FARTHEST},
    ),
    "ChangedAnnotation": {
        **_object(
            "version",
            closed=True,
            version={**VERSION, "description": "The version that you looked at."},
            label=NAME,
            fragments=PAIRS,
            text=TEXT,
            attributes=ANY,
            entity=NAMED,
            concept=NAMED,
            note=TEXT,
            unsure=FLAG,
        ),
        "minProperties": 2,
    },
    "Relations": _whole(_object(relations=_list(RELATION))),
    "Relation": RELATION,
    "NewRelation": _object(
        "head label",
        closed=True,
        id=ID,
        head=NAME,
        label=NAME,
        child=NAMED,
        child_entity=NAMED,
    ),
    "Codebook": _object(
        "version labels relations", version=COUNT, labels=_list(ANY), relations=_list(ANY)
    ),
    "NewCodebook": _object(
        "version labels",
        version={**VERSION, "description": "The version that this one was made from."},
        labels=_list(ANY, maxItems=2_000),
        relations=_list(ANY, maxItems=2_000),
        rules=_list(ANY, maxItems=2_000),
        guidelines=TEXT,
    ),
    "Formats": {"type": "object", "additionalProperties": ANY},
    "Imported": _whole(
        _object(
            documents=COUNT,
            known=COUNT,
            spans=COUNT,
            relations=COUNT,
            suggestions=COUNT,
            rejections=COUNT,
            left=ANY,
            skipped=_list(TEXT),
            lost=ANY,
            added=ANY,
            unlisted=ANY,
            alike=ANY,
            notes=_list(TEXT),
        )
    ),
    "Jobs": _whole(_object(jobs=_list(JOB))),
    "Job": JOB,
    "Description": ANY,
}
