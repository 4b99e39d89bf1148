"""Run the benchmarks: ``python -m bench [--quick] [NAME…]``."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from annotations.store import sqlite
from bench import (
    abandoned,
    crowded,
    formats,
    growth,
    keystrokes,
    keystrokes_linking,
    likely,
    moving,
    pages,
    queue,
    reading,
    saving,
    starting,
    suggestions,
)
from bench.figures import Figure, table

BENCHMARKS = {
    "save": saving.save,
    "writers": saving.writers,
    "import": moving.bring,
    "export": moving.take_home,
    "formats": formats.every_format,
    "much": formats.much,
    "page": pages.page,
    "weight": pages.weight,
    "start": starting.start,
    "suggestions": suggestions.learning,
    "keystrokes": keystrokes.spans,
    "linking": keystrokes_linking.linking,
    "ends": likely.ends,
    "next": queue.ready,
    "abandoned": abandoned.abandoned,
    "crowded": crowded.crowded,
    "reading": reading.reading,
    "growth": growth.growth,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="smaller, rougher, in about a minute")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    for name in asked.names or BENCHMARKS:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
            figures += BENCHMARKS[name](Path(folder), asked.quick)
        print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    print(f"Python {sys.version.split()[0]}, SQLite {sqlite.VERSION}\n")
    print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
