"""The JSON Schema of the native line, as it ships with the package and stands in the docs."""

from importlib.resources import files


def native() -> str:
    """The schema (draft 2020-12), as JSON."""
    return files(__package__).joinpath("postil-1.schema.json").read_text(encoding="utf-8")
