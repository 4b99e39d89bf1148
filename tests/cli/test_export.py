"""Exporting on the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Postil, jsonl, line


@pytest.fixture
def full(postil: Postil, marked: Path) -> Postil:
    """``postil``, with the marked documents imported and their file gone."""
    assert postil("import", marked).exit_code == 0
    marked.unlink()
    return postil


def ids(data: str) -> list[tuple[str, str | None, int]]:
    """The document, layer and number of spans of each line."""
    lines = [json.loads(each) for each in data.splitlines()]
    return [(each["id"], each.get("layer"), len(each["spans"])) for each in lines]


def test_all_layers_go_out_as_they_came_in(full: Postil) -> None:
    result = full("export", "--all-layers")

    assert ids(result.stdout) == [("one", "ann", 1), ("one", "bob", 1), ("two", None, 0)]
    assert result.stderr == "Exported 2 documents with 2 spans and 0 relations.\n"
    assert result.exit_code == 0


def test_what_was_exported_imports_and_exports_as_the_same_bytes(full: Postil) -> None:
    first = full("export", "--all-layers").stdout_bytes
    full("import", "--db", "other.db", "-", input=first)

    assert full("export", "--db", "other.db", "--all-layers").stdout_bytes == first


def test_with_several_layers_and_none_named_it_says_which_there_are(full: Postil) -> None:
    result = full("export", "-o", "out.jsonl")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "--layer" in result.stderr
    assert result.stderr.splitlines()[1:] == ["  Ann · work (ann)", "  Bob · work (bob)"]
    assert not Path("out.jsonl").exists()


@pytest.mark.parametrize("name", ["bob", "Bob · work"])
def test_a_layer_is_named_by_id_or_title(full: Postil, name: str) -> None:
    assert ids(full("export", "--layer", name).stdout) == [("one", "bob", 1), ("two", None, 0)]


def test_layers_may_be_several(full: Postil) -> None:
    both = full("export", "--layer", "ann", "--layer", "bob").stdout

    assert both == full("export", "--all-layers").stdout


def test_an_unknown_layer_is_told_with_those_there_are(full: Postil) -> None:
    result = full("export", "--layer", "eve")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "“eve”" in result.stderr
    assert "Bob · work (bob)" in result.stderr


def test_a_title_of_two_layers_is_not_enough(postil: Postil) -> None:
    same = [line("one", "Hello", layer, annotator="Ann") for layer in ("first", "second")]
    postil("import", "-", input=jsonl(*same))

    result = postil("export", "--layer", "Ann · work")

    assert result.exit_code == 2
    assert result.stderr.splitlines()[1:] == ["  Ann · work (first)", "  Ann · work (second)"]


def test_one_layer_needs_no_name(postil: Postil) -> None:
    postil("import", "-", input=jsonl(line("one", "Hello", "ann")))

    assert ids(postil("export").stdout) == [("one", "ann", 1)]


def test_one_document_goes_out_alone(full: Postil) -> None:
    assert ids(full("export", "--document", "two").stdout) == [("two", None, 0)]


def test_a_document_is_found_in_whichever_project_has_it(full: Postil) -> None:
    full("import", "--project", "Other", "-", input=jsonl(line("three", "Three", "ann")))

    assert ids(full("export", "--document", "three").stdout) == [("three", "ann", 1)]


def test_labels_choose_the_spans(full: Postil) -> None:
    assert ids(full("export", "--layer", "ann", "--label", "claim").stdout) == [
        ("one", "ann", 0),
        ("two", None, 0),
    ]
    assert ids(full("export", "--layer", "ann", "--label", "actor").stdout)[0] == ("one", "ann", 1)


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("--label", "clam"), "“clam”"),
        (("--document", "nine"), "“nine”"),
        (("--project", "Nine"), "My articles"),
    ],
)
def test_unknown_names_are_told(full: Postil, args: tuple[str, ...], named: str) -> None:
    result = full("export", "--all-layers", *args)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("postil: ")
    assert named in result.stderr


def test_with_several_projects_one_must_be_named(full: Postil) -> None:
    full("import", "--project", "Other", "-", input="Words")

    result = full("export")

    assert result.exit_code == 2
    assert result.stderr.splitlines()[1:] == ["  My articles", "  Other"]
    assert full("export", "--project", "Other").exit_code == 0


def test_csv_has_a_row_a_span_and_tells_what_it_leaves_out(full: Postil) -> None:
    result = full("export", "--all-layers", "--format", "csv")

    rows = result.stdout_bytes.decode("utf-8-sig").splitlines()
    assert len(rows) == 3
    assert rows[1].split(",")[:4] == ["one", "ONE", "Ann · work", "Ann"]
    assert "What csv cannot hold was left out: " in result.stderr
    assert "texts (3)" in result.stderr


def test_a_file_takes_the_place_of_an_older_one_once_whole(full: Postil, folder: Path) -> None:
    output = folder / "out.jsonl"
    output.write_text("older", "utf-8")

    result = full("export", "--all-layers", "-o", output)

    assert (result.exit_code, result.stdout) == (0, "")
    assert output.read_bytes() == full("export", "--all-layers").stdout_bytes
    assert sorted(path.name for path in folder.glob("*.jsonl*")) == ["out.jsonl"]
    assert not list(folder.glob(".*"))


def test_an_older_file_stays_when_writing_fails(
    full: Postil, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "out.jsonl").write_text("older", "utf-8")

    def full_disk(*args: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("os.fsync", full_disk)
    result = full("export", "--all-layers", "-o", "out.jsonl")

    assert result.stderr == f"postil: {os.strerror(28)}\n"
    assert (folder / "out.jsonl").read_text("utf-8") == "older"
    assert not list(folder.glob(".*"))


def test_the_database_is_not_overwritten(full: Postil) -> None:
    result = full("export", "--all-layers", "-o", "postil.db")

    assert result.exit_code == 2
    assert full("check").exit_code == 0


def test_a_folder_that_is_not_there_is_told(full: Postil) -> None:
    result = full("export", "--all-layers", "-o", "gone/out.jsonl")

    assert result.exit_code == 1
    assert "there is no folder" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="a device of Unix")
def test_a_device_is_written_to_and_not_replaced(full: Postil) -> None:
    assert full("export", "--all-layers", "-o", os.devnull).exit_code == 0
    assert Path(os.devnull).is_char_device()


def test_layer_and_all_layers_exclude_each_other(full: Postil) -> None:
    assert full("export", "--all-layers", "--layer", "ann").exit_code == 2


def test_nothing_to_export_from_makes_no_database(postil: Postil, folder: Path) -> None:
    result = postil("export", "--db", "gone.db")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("postil: There is no database gone.db")
    assert not list(folder.iterdir())


def test_data_is_utf_8_whatever_the_locale(full: Postil, folder: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "reader.cli"]

    exported, documents = (
        subprocess.run(
            [*command, *args], cwd=folder, env=environment, capture_output=True, check=True
        ).stdout
        for args in (("export", "--all-layers"), ("documents",))
    )

    assert "Hello 😀" in exported.decode("utf-8")
    assert b"\r\n" not in exported
    assert documents.decode("utf-8").split("\t")[0] == "one"


@pytest.mark.skipif(os.name == "nt", reason="a shell of Unix")
@pytest.mark.parametrize("args", ["export", "documents"])
def test_a_reader_that_goes_away_is_no_reason_to_complain(
    postil: Postil, folder: Path, args: str
) -> None:
    many = [line(f"d{number}", "word " * 2000) for number in range(400)]
    postil("import", "-", input=jsonl(*many))

    command = f"{sys.executable} -m reader.cli {args} | head -c 5"
    result = subprocess.run(command, shell=True, cwd=folder, capture_output=True, check=True)  # noqa: S602

    assert len(result.stdout) == 5
    assert result.stderr == b""


# --- choosing


def test_labels_go_out_under_the_names_of_a_mapping(full: Postil, folder: Path) -> None:
    (folder / "names.toml").write_text('[labels]\nactor = "PER"\nclaim = false\n', "utf-8")

    result = full("export", "--layer", "ann", "--map", "names.toml")

    assert '"label":"PER"' in result.stdout
    assert result.exit_code == 0


def test_a_bad_mapping_is_told_with_file_and_line(full: Postil, folder: Path) -> None:
    (folder / "names.toml").write_text("[labels]\nactor = 3\n", "utf-8")

    result = full("export", "--layer", "ann", "--map", "names.toml")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("postil: names.toml, line 2: “actor” leads to “3”")


def test_states_choose_documents_and_what_stays_is_counted(postil: Postil) -> None:
    postil(
        "import",
        "-",
        input=jsonl(
            line("one", "One", "ann", state="done"),
            line("two", "Two", "ann", state="in progress"),
            line("three", "Three", layer="ann", kind="work", annotator="Ann", state="done")
            | {"spans": []},
        ),
    )

    result = postil("export", "--state", "done")

    assert ids(result.stdout) == [("one", "ann", 1), ("three", "ann", 0)]
    assert result.stderr.splitlines()[1:] == [
        "Left out as not asked for: documents that are not done (1).",
        "Done and without a mark: 1 document.",
    ]
    assert len(postil("export", "--state", "all").stdout.splitlines()) == 3
    assert postil("export", "--state", "finished").exit_code == 2


def test_labels_that_stay_are_counted(full: Postil) -> None:
    result = full("export", "--all-layers", "--label", "claim")

    assert result.stderr.splitlines()[1] == "Left out as not asked for: spans of other labels (2)."


def test_what_changed_since_a_moment_goes_out(full: Postil) -> None:
    everything = full("export", "--all-layers").stdout

    assert full("export", "--all-layers", "--since", "2020-01-01").stdout == everything
    later = full("export", "--all-layers", "--since", "2999-01-01")
    assert later.stdout == ""
    assert "documents that did not change since (2)" in later.stderr
    assert full("export", "--all-layers", "--since", "lately").exit_code == 1


def test_negatives_are_for_formats_that_can_say_so(full: Postil) -> None:
    assert full("export", "--all-layers", "--negatives").exit_code == 0


@pytest.mark.parametrize(
    ("option", "value"), [("--fragments", "fold"), ("--borders", "cut"), ("--format", "word")]
)
def test_what_an_option_does_not_know_is_refused(full: Postil, option: str, value: str) -> None:
    assert full("export", "--all-layers", option, value).exit_code == 2


# --- what a newcomer runs into


def test_whoever_would_train_on_nothing_is_told_how_to_get_all(full: Postil) -> None:
    told = "To train models with, only documents that are done go out; --state all takes the others"

    assert told in full("export", "--layer", "ann", "--format", "bio").stderr
    assert told not in full("export", "--layer", "ann", "--format", "bio", "--state", "done").stderr


def test_labels_that_could_have_been_named_are_listed(full: Postil) -> None:
    result = full("export", "--layer", "ann", "--label", "nope")

    assert result.exit_code == 1
    assert result.stderr == ("postil: There is no label “nope”; there are: claim, actor, demand.\n")


@pytest.mark.parametrize("said", ["conll", "CoNLL"])
def test_a_format_may_be_said_by_its_other_name(full: Postil, said: str) -> None:
    asked = ("export", "--all-layers", "--state", "all", "--format")
    by_other, by_name = (full(*asked, name) for name in (said, "conll2003"))
    assert by_other.exit_code == 0, by_other.output
    assert by_other.stdout == by_name.stdout


def test_the_name_of_the_file_tells_its_format(full: Postil) -> None:
    for name in ("a.csv", "a.doccano.jsonl", "a.conll", "a", "a.csv.bak"):
        full("export", "--all-layers", "--state", "all", "-o", name)

    assert Path("a.csv").read_text("utf-8-sig").startswith("document,title,layer,")
    assert '"postil":{"schema"' in Path("a.doccano.jsonl").read_text("utf-8")
    assert "Hello" in Path("a.conll").read_text("utf-8").splitlines()[2]
    assert Path("a").read_bytes() == Path("a.csv.bak").read_bytes()
    assert Path("a").read_text("utf-8").startswith('{"schema":"postil/1"')


def test_an_archive_may_be_many_things(full: Postil) -> None:
    result = full("export", "--all-layers", "-o", "a.zip")

    assert result.exit_code == 2
    assert "say which with --format, or --bundle" in result.stderr
    assert not Path("a.zip").exists()
