"""Lists, check, backup, and the help."""

import tomllib
from pathlib import Path

import pytest

import reader
from tests.cli.conftest import Postil

COMMANDS = (
    "serve",
    "import",
    "export",
    "splits",
    "formats",
    "projects",
    "documents",
    "suggest",
    "train",
    "token",
    "check",
    "backup",
    "schema",
)


def test_projects_are_listed_with_tabs_for_other_programs(postil: Postil, marked: Path) -> None:
    postil("import", marked)
    postil("import", "--project", "Two\twords", "-", input="Words")

    rows = [row.split("\t")[1:] for row in postil("projects").stdout.splitlines()]

    assert rows == [["2", "My articles"], ["1", "Two words"]]


def test_documents_of_one_project_or_of_all(postil: Postil, marked: Path) -> None:
    postil("import", marked)
    postil("import", "--project", "Other", "-", input="Words")

    assert len(postil("documents").stdout.splitlines()) == 3
    assert len(postil("documents", "--project", "Other").stdout.splitlines()) == 1
    assert postil("documents", "--project", "None").exit_code == 1


def test_the_database_may_be_named_by_the_environment(
    postil: Postil, marked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTIL_DB", "elsewhere.db")

    assert postil("import", marked).exit_code == 0
    assert Path("elsewhere.db").exists()
    assert not Path("postil.db").exists()
    assert postil("documents", "--db", "postil.db").exit_code == 1


@pytest.mark.parametrize("command", ["projects", "documents", "check", "export"])
def test_looking_makes_no_database(postil: Postil, folder: Path, command: str) -> None:
    result = postil(command)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("postil: There is no database postil.db")
    assert not list(folder.iterdir())


def test_a_sound_database_passes_the_check(postil: Postil, marked: Path) -> None:
    postil("import", marked)

    result = postil("check")

    assert result.exit_code == 0
    words = [each.split() for each in result.stdout.splitlines()]
    assert ["Annotations", "2"] in words
    assert any(each[0] == "SQLite" for each in words)
    assert result.stdout.endswith("No problem found.\n")


@pytest.mark.parametrize("first", [1, 8], ids=["all of it", "not its schema"])
def test_a_damaged_database_fails_the_check(postil: Postil, marked: Path, first: int) -> None:
    postil("import", marked)
    database = Path("postil.db")
    data = bytearray(database.read_bytes())
    for place in range(first * 4096 + 200, len(data), 4096):
        data[place : place + 400] = b"\xff" * 400
    database.write_bytes(data)

    result = postil("check")

    assert result.exit_code == 1
    assert result.stderr.startswith("postil: ")
    assert "Traceback" not in result.stderr


def test_another_file_is_not_a_database(postil: Postil, marked: Path) -> None:
    content = marked.read_bytes()

    result = postil("check", "--db", marked)

    assert result.exit_code == 1
    assert "cannot be used as a database" in result.stderr
    assert marked.read_bytes() == content


def test_a_backup_holds_the_same(postil: Postil, marked: Path, folder: Path) -> None:
    postil("import", marked)

    result = postil("backup", "copy.db")

    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Backed up to copy.db (")
    export = ("export", "--all-layers")
    assert postil(*export, "--db", "copy.db").stdout == postil(*export).stdout
    assert not list(folder.glob(".*"))


def test_a_backup_never_overwrites(postil: Postil, marked: Path) -> None:
    postil("import", marked)
    content = marked.read_bytes()

    result = postil("backup", marked)

    assert result.exit_code == 1
    assert "exists already" in result.stderr
    assert marked.read_bytes() == content


def test_a_backup_needs_a_folder(postil: Postil, marked: Path) -> None:
    postil("import", marked)

    assert postil("backup", "gone/copy.db").exit_code == 1


def test_the_version_is_that_of_the_project(postil: Postil) -> None:
    project = Path(reader.__file__).parent.parent / "pyproject.toml"
    version = tomllib.loads(project.read_text("utf-8"))["project"]["version"]

    assert postil("--version").stdout == f"postil {version}\n"


def test_help_lists_the_commands_in_the_order_of_use(postil: Postil) -> None:
    said = postil("--help").stdout

    listed = said[said.index("Commands:") :].splitlines()[1 : 1 + len(COMMANDS)]
    assert tuple(each.split()[0] for each in listed) == COMMANDS
    assert not [each for each in listed if each.endswith("...")]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_fits_a_terminal(postil: Postil, command: str) -> None:
    result = postil(command, "--help")

    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: postil {command} ")
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize("args", [("nothing",), ("export", "--nothing"), ("serve", "--port", "x")])
def test_misuse_exits_with_2(postil: Postil, args: tuple[str, ...]) -> None:
    result = postil(*args)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: postil")
