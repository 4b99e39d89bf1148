"""The pages of the formats show what the code does."""

import pytest

from annotations import formats
from tools import format_pages

PAGES = sorted(path.name for path in format_pages.PAGES.glob("*.md"))


@pytest.mark.parametrize("name", PAGES)
def test_every_example_in_the_pages_is_what_the_code_writes(name: str) -> None:
    page = (format_pages.PAGES / name).read_text(encoding="utf-8")
    assert format_pages.made(page) == page, "make format-pages brings them up to date"


def test_every_page_is_that_of_a_format() -> None:
    assert {name.removesuffix(".md") for name in PAGES} <= {"README", "bundle", *formats.names()}
