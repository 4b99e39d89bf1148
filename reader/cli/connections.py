"""The server's connections: patient with slow clients, not for ever; its errors in our style.

Waitress alone waits as long as a client sends a byte now and then, and answers what it cannot read
with a bare text that carries none of our headers.
"""

import time
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from reader.errors import plain_page
from reader.security import HEADERS

PATIENCE = 30.0
"""Seconds in which the head of a request must have come."""

SLOWEST = 8_000
"""Bytes of its body for which a request gets another second."""


class Refusal(ErrorTask):
    """The answer to a request that could not be read, or that is much too large."""

    def execute(self) -> None:
        request: Any = self.request
        error = request.error
        body = plain_page(error.code).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [
            *HEADERS.items(),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):
    """One client. The loop asks every second or more often whether it is readable."""

    error_task_class = Refusal
    began = 0.0
    """When the request that is coming in began; 0 when there is none."""

    def readable(self) -> Any:
        if self.began and not self.will_close:
            granted = PATIENCE + getattr(self.request, "body_bytes_received", 0) / SLOWEST
            self.will_close = time.monotonic() - self.began > granted
        return super().readable()

    def received(self, data: bytes) -> Any:
        taken = super().received(data)
        self.began = 0.0 if self.request is None else self.began or time.monotonic()
        return taken
