"""What formats there are, on the command line."""

import json

import pytest

from annotations import formats
from annotations.formats import CARRIABLE
from tests.cli.conftest import Postil


def test_every_format_has_a_line(postil: Postil) -> None:
    result = postil("formats")

    rows = [row.split("\t") for row in result.stdout.splitlines()]
    assert [row[0] for row in rows] == list(formats.names())
    assert rows[0] == [
        *("jsonl", "in, out", "exchange", "code points", "", "JSONL (Postil's own; lossless)"),
        "(carries everything)",
    ]
    assert (result.exit_code, result.stderr) == (0, "")


def test_one_format_is_told_in_full(postil: Postil) -> None:
    told = postil("formats", "csv").stdout.splitlines()

    assert told[0] == "csv: CSV for spreadsheets, a row a span"
    carried = told[told.index("  Carries") + 1 : told.index("  Does not carry")]
    missing = told[told.index("  Does not carry") + 1 :]
    carries = formats.get("csv").carries
    assert [line.split("  ")[2] for line in carried] == [n for n in CARRIABLE if n in carries]
    assert [line.split("  ")[2] for line in missing] == [n for n in CARRIABLE if n not in carries]


def test_all_of_it_goes_out_as_json(postil: Postil) -> None:
    told = json.loads(postil("formats", "--json").stdout)

    assert list(told) == list(formats.names())
    for name, entry in told.items():
        assert entry["carries"] == {n: n in formats.get(name).carries for n in CARRIABLE}
    assert told["jsonl"]["reads"] is told["jsonl"]["writes"] is True


def test_an_unknown_format_is_told_with_those_there_are(postil: Postil) -> None:
    result = postil("formats", "word-perfect")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "“word-perfect”" in result.stderr
    assert "jsonl" in result.stderr


@pytest.mark.parametrize("name", formats.names())
def test_what_is_listed_can_be_asked_for(postil: Postil, name: str) -> None:
    told = json.loads(postil("formats", name, "--json").stdout)

    assert (name in formats.writable(), name in formats.readable()) == (
        told[name]["writes"],
        told[name]["reads"],
    )
