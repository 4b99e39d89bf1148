"""How often somebody may ask: token buckets, in the memory of this process.

A bucket holds ``BURST`` requests and fills again at ``RATE`` a second (the leaky bucket as a meter:
ITU-T I.371). Who comes without a valid token has a smaller one, by address.
"""

import time
from collections import OrderedDict
from threading import Lock

RATE, BURST = 100.0, 400
RATE_OF_STRANGERS, BURST_OF_STRANGERS = 1.0, 60
_MOST = 10_000

JSON_MOST = 16_000_000
"""Bytes of a body of JSON."""


class Meter:
    """The buckets of many, by name."""

    def __init__(self, rate: float, burst: float):
        self._rate, self._burst = rate, burst
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._guard = Lock()

    def take(self, name: str) -> float:
        """Count a request; gives the seconds to wait, or 0 when it may go on."""
        now = time.monotonic()
        with self._guard:
            level, then = self._known.pop(name, (self._burst, now))
            level = min(self._burst, level + (now - then) * self._rate)
            wait = 0.0 if level >= 1 else (1 - level) / self._rate
            self._known[name] = (level - 1 if not wait else level), now
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return wait
