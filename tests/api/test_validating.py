"""Our validator says what a validator for all of JSON Schema says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reader.api.openapi import description
from reader.api.schemas import COMPONENTS
from reader.api.validating import problems, settled

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 2**54)
    | st.sampled_from([0.5, 3.0, -1.0])
    | st.sampled_from(["", "x", "done", "hand", "call", "../x", "ltr", "y" * 2001])
)
names = st.sampled_from(
    sorted({name for shape in COMPONENTS.values() for name in shape.get("properties", {})} | {"?"})
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6),
    max_leaves=12,
)


@pytest.mark.parametrize("name", COMPONENTS)
@given(value=values | st.dictionaries(names, values, max_size=8))
def test_both_say_the_same(name: str, value: Any) -> None:
    schema = COMPONENTS[name]

    assert (not list(problems(value, schema))) == Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_shape_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(COMPONENTS[name])


def test_the_schemas_use_only_what_is_checked() -> None:
    checked = {"type", "enum", "minLength", "maxLength", "pattern", "required", "minProperties"}
    checked |= {"properties", "additionalProperties", "minItems", "maxItems", "items", "minimum"}
    checked |= {"maximum", "description", "default"}

    def keywords(schema: Any) -> set[str]:
        found = set(schema)
        for inner in schema.get("properties", {}).values():
            found |= keywords(inner)
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                found |= keywords(schema[key])
        return found

    for operation in description()["paths"].values():
        for said in operation.values():
            for parameter in said["parameters"]:
                assert keywords(parameter["schema"]) <= checked
    assert all(keywords(schema) <= checked for schema in COMPONENTS.values())


def test_whole_numbers_become_whole() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"type": "integer"}}},
    }

    assert repr(settled({"a": [3.0, 4], "b": 0.5}, schema)) == "{'a': [3, 4], 'b': 0.5}"
