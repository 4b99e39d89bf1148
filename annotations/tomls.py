"""TOML that anybody may have written: what tomllib reads, and a refusal for what would break it."""

import re
import tomllib
from typing import Any

_LONG_KEY = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){100}""", re.ASCII
)
"""A key of a hundred parts: tomllib takes time that grows with the square of them."""


def loads(text: str) -> dict[str, Any]:
    """What a TOML text says.

    Raises ``tomllib.TOMLDecodeError``, also for what nests without end, and for numbers and keys
    without end, on which tomllib gives up in ways of its own.
    """
    if _LONG_KEY.search(text):
        raise tomllib.TOMLDecodeError("a key of more than a hundred parts")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise tomllib.TOMLDecodeError("it is nested too deeply") from None
    except ValueError:  # of a whole number of thousands of digits
        raise tomllib.TOMLDecodeError("a number is too long") from None
