"""Whole numbers out of requests: the one place where text that somebody sent becomes a number."""

import re
from collections.abc import Mapping
from typing import overload

from werkzeug.routing import BaseConverter

MAX_NUMBER = 2**53 - 1
"""The farthest from zero that a number of a request may be. It is beyond every row and every
place in a text, every program can hold it, and one can still add to it within 64 bits."""

_NUMBER = re.compile(r"\s*(-?)0*([0-9]+)\s*", re.ASCII)


def parse_number(text: str | None) -> int | None:
    """The whole number that a text is in ASCII digits, or ``None`` where it is none.

    One beyond ``MAX_NUMBER`` becomes ``MAX_NUMBER`` with its sign: like the number that was sent,
    it names nothing that there is, so the answer is that of any number too large.
    """
    found = _NUMBER.fullmatch(text or "")
    if found is None:
        return None
    sign, digits = found[1], found[2]
    number = int(digits) if len(digits) < 17 else MAX_NUMBER
    return (-1 if sign else 1) * min(number, MAX_NUMBER)


@overload
def read_number(values: Mapping[str, str], name: str) -> int | None: ...
@overload
def read_number(values: Mapping[str, str], name: str, default: int) -> int: ...


def read_number(values: Mapping[str, str], name: str, default: int | None = None) -> int | None:
    """The number in a field of a query or a form; ``default`` where there is none."""
    number = parse_number(values.get(name))
    return default if number is None else number


class NumberConverter(BaseConverter):
    """``<int:…>`` in addresses: digits as ``parse_number`` reads them, and no sign."""

    regex = "[0-9]+"

    def to_python(self, value: str) -> int:
        number = parse_number(value)
        assert number is not None  # noqa: S101 - the expression lets digits through alone
        return number

    def to_url(self, value: object) -> str:
        return str(value)
