"""Parsers that go wrong, to be run apart."""

import os
import time
from typing import Any

from annotations.errors import BadInput


def parse(data: bytes, way: str) -> Any:
    if way == "memory":
        return len(bytearray(3 * 1024**3))
    if way == "crash":
        os.abort()
    if way == "late":
        time.sleep(600)
    if way == "broken":
        raise LookupError("no such chapter")
    if way == "input":
        raise BadInput("holds no text.")
    return way
