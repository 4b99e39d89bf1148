"""Break central lines one after the other, and look whether the tests notice.

Run as ``python -m tools.mutants [WORD…]``, for those whose name holds a word. Each change is made
in a copy of the checkout, where the tests that should fail are run; they pass without it. A change
that they pass shows a hole in the tests; one whose line is no longer there is to be written anew.
Both fail the run.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("annotations", "reader", "static", "templates", "tests", "tools", "docs")
ONE_TEST_FAILED = 1


@dataclass(frozen=True, slots=True)
class Mutant:
    """A line of a file, what is put in its place, and the tests that must fail then."""

    name: str
    file: str
    line: str
    instead: str
    tests: str


MUTANTS = (
    Mutant(
        "the sweep keeps a span open at its end",
        "annotations/spans.py",
        "if entry[0] > start]",
        "if entry[0] >= start]",
        "tests/core/test_spans.py",
    ),
    Mutant(
        "a place beyond the astral plane counts once in UTF-16",
        "annotations/spans.py",
        "return place + bisect_left(self._astral, place)",
        "return place",
        "tests/core/test_spans.py",
    ),
    Mutant(
        "spans that touch overlap",
        "annotations/spans.py",
        "return self.start < other.end and other.start < self.end",
        "return self.start <= other.end and other.start <= self.end",
        "tests/core/test_spans.py",
    ),
    Mutant(
        "the browser counts code units",
        "static/js/offsets.js",
        "codePointAt(at)) > 0xffff ? 2 : 1;\n    if (at",
        "codePointAt(at)) > 0xffff ? 1 : 1;\n    if (at",
        "tests/browser/test_offsets.py",
    ),
    Mutant(
        "undo takes back what somebody changed since",
        "annotations/store/undo.py",
        "    _refuse_if_changed_since(conn, verb, turns)\n",
        "",
        "tests/store/test_log.py tests/store/test_marks.py",
    ),
    Mutant(
        "undo leaves names that it should bring back",
        "annotations/store/undo.py",
        "        revive_names(conn, change, past)\n",
        "",
        "tests/store/test_log.py tests/store/test_marks.py tests/store/test_machine.py",
    ),
    Mutant(
        "an operation id is good for any request",
        "annotations/store/changes.py",
        "if known != digest or person != act.person:",
        "if False:",
        "tests/store/test_log.py",
    ),
    Mutant(
        "a person's operation id is good for another person",
        "annotations/store/changes.py",
        "if known != digest or person != act.person:",
        "if known != digest:",
        "tests/store/test_log.py tests/store/test_marks.py",
    ),
    Mutant(
        "processes do not wait for each other",
        "annotations/store/lock.py",
        "fcntl.flock(descriptor, fcntl.LOCK_EX)",
        "pass",
        "tests/store/test_lock.py",
    ),
    Mutant(
        "a failed write is kept in part",
        "annotations/store/database.py",
        'db.conn.execute("rollback")\n                    raise\n                finally:',
        'db.conn.execute("commit")\n                    raise\n                finally:',
        "tests/store/test_log.py tests/store/test_exchange.py",
    ),
    Mutant(
        "a mark is found in every project",
        "annotations/store/kept_marks.py",
        "where a.project_id = :project and a.uid = :uid",
        "where :project = :project and a.uid = :uid",
        "tests/security/test_scoping.py tests/security/test_every_route.py",
    ),
    Mutant(
        "a document is found in every project",
        "annotations/store/documents.py",
        'f"{_SAID} where project_id = :project and uid = :uid and deleted = 0"',
        'f"{_SAID} where :project = :project and uid = :uid and deleted = 0"',
        "tests/security/test_scoping.py tests/security/test_every_route.py",
    ),
    Mutant(
        "a search finds what stands in other projects",
        "annotations/store/search.py",
        "d.project_id = :project and d.deleted = 0\n            order by bm25",
        ":project = :project and d.deleted = 0\n            order by bm25",
        "tests/store/test_documents.py tests/store/test_find.py tests/security",
    ),
    Mutant(
        "a search for several words finds any of them",
        "annotations/store/search.py",
        'return " ".join(found)',
        'return " OR ".join(found)',
        "tests/store/test_documents.py tests/store/test_find.py",
    ),
    Mutant(
        "requests need no token",
        "reader/security.py",
        "        super().protect(apply_exemptions)\n",
        "",
        "tests/security/test_requests.py",
    ),
    Mutant(
        "requests may come from other sites",
        "reader/security.py",
        "    app.before_request(_same_origin)\n",
        "",
        "tests/security/test_requests.py",
    ),
    Mutant(
        "a text is drawn as it is",
        "reader/drawing.py",
        "yield escaped(text[block.start : block.end])",
        "yield text[block.start : block.end]",
        "tests/web/test_drawing.py",
    ),
    Mutant(
        "a note is drawn as it is",
        "reader/drawing.py",
        "{escaped(annotation.note)}",
        "{annotation.note}",
        "tests/web tests/browser/test_hostile.py",
    ),
    Mutant(
        "a place that is hardly alike is taken without asking",
        "annotations/anchoring.py",
        "SURE_QUOTE = 0.75",
        "SURE_QUOTE = 0.05",
        "tests/core/test_anchoring.py tests/core/test_correcting.py tests/store/test_correct.py",
    ),
    Mutant(
        "fragments that come to lie on each other are sure",
        "annotations/anchoring.py",
        'if merged != spans and how == "sure":',
        "if False:",
        "tests/core/test_anchoring.py",
    ),
    Mutant(
        "formats lose relations without a word",
        "annotations/formats/losses.py",
        'yield "relations", len(relations)',
        'yield "relations", 0',
        "tests/formats/test_losses.py tests/formats/test_spreadsheet.py",
    ),
    Mutant(
        "spans that touch are counted as lost overlaps",
        "annotations/formats/losses.py",
        "times += int(start < reach)",
        "times += int(start <= reach)",
        "tests/formats/test_losses.py tests/formats/test_conll.py",
    ),
    Mutant(
        "cells may be formulas",
        "annotations/formats/cells.py",
        'return f"\'{cell}" if _FORMULA.match(cell) else cell',
        "return cell",
        "tests/formats/test_spreadsheet.py tests/formats/test_dna.py",
    ),
    Mutant(
        "letters go out in the wrong order",
        "static/js/outbox.js",
        'return queue.find((letter) => letter.state === "waits"',
        'return queue.findLast((letter) => letter.state === "waits"',
        "tests/browser/test_saving.py tests/browser/test_offline.py",
    ),
    Mutant(
        "a letter that is sent again has another operation id",
        "static/js/outbox.js",
        '["op", letter.op]',
        '["op", freshId()]',
        "tests/browser/test_saving.py tests/browser/test_offline.py",
    ),
    Mutant(
        "a revoked token opens",
        "annotations/store/tokens.py",
        "where t.digest = :digest and t.revoked is null and",
        "where t.digest = :digest and",
        "tests/api/test_door.py",
    ),
)


def problem_of(mutant: Mutant, copy: Path) -> str:
    """Why a mutant was not caught; empty where it was. The copy is as it was afterwards."""
    path = copy / mutant.file
    source = path.read_text("utf-8")
    times = source.count(mutant.line)
    if times != 1:
        return f"{mutant.file} has its line {times} times; write the mutant anew"
    path.write_text(source.replace(mutant.line, mutant.instead), "utf-8")
    try:
        code = run(copy, mutant.tests.split())
    finally:
        path.write_text(source, "utf-8")
    if code == ONE_TEST_FAILED:
        return ""
    return "no test failed" if code == 0 else f"pytest ended with {code}"


def run(copy: Path, tests: list[str]) -> int:
    """Run tests in a copy; gives what pytest ends with."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, *tests], cwd=copy, env=environment, check=False, stdout=subprocess.DEVNULL
    )
    return done.returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="those whose name holds it")
    words = parser.parse_args().words
    chosen = [each for each in MUTANTS if not words or any(word in each.name for word in words)]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "postil"
        copy.mkdir()
        for name in COPIED:
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for file in ("pyproject.toml", "README.md", "CHANGELOG.md"):
            shutil.copy(ROOT / file, copy)
        tests = dict.fromkeys(test for each in chosen for test in each.tests.split())
        if run(copy, list(tests)):
            print("The tests fail without any change: mend that first.", file=sys.stderr)
            return 1
        for mutant in chosen:
            problem = problem_of(mutant, copy)
            failed += bool(problem)
            print(f"{'SURVIVED' if problem else 'caught':9} {mutant.name}", flush=True)
            if problem:
                print(f"          {problem}", flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} mutants were caught")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
