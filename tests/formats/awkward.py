"""Values whose further keys bear names that mean something to the format they go out in."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from annotations.document import Annotated
from tests.formats.test_jsonl import annotated, plain


@st.composite
def awkward(draw: st.DrawFn, names: Sequence[str]) -> Annotated:
    """Any value, some of its objects with further keys of these names."""
    entry = draw(annotated())
    extras = st.dictionaries(st.sampled_from([*names, "postil"]), plain, max_size=2)
    document = entry.document
    return replace(
        entry,
        document=replace(document, extra={**document.extra, **draw(extras)}),
        annotations=tuple(
            replace(mark, extra={**mark.extra, **draw(extras)}) for mark in entry.annotations
        ),
        relations=tuple(
            replace(relation, extra={**relation.extra, **draw(extras)})
            for relation in entry.relations
        ),
    )
