"""Train, dev and test files on the command line."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Postil, jsonl, line

STORY = "the strike began at dawn when workers of the harbour left their posts and marched " * 3


def corpus(first: int = 0, count: int = 40, state: str = "done") -> str:
    return jsonl(
        *(
            line(
                f"d{n:03}",
                f"Actor{n} said word{n} and thing{n}.",
                "ann",
                state=state,
                source=f"https://site{n % 7}.example/{n}",
            )
            for n in range(first, first + count)
        )
    )


@pytest.fixture
def full(postil: Postil) -> Postil:
    assert postil("import", "-", input=corpus()).exit_code == 0
    return postil


def manifest(folder: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(Path(folder, "manifest.json").read_text("utf-8"))
    return read


def where(folder: str) -> dict[str, str]:
    """The part of each document, as the files have it."""
    return {
        json.loads(each)["id"]: path.stem
        for path in Path(folder).glob("*.jsonl")
        for each in path.read_text("utf-8").splitlines()
    }


def test_a_split_is_a_folder_of_files_with_a_manifest(full: Postil) -> None:
    result = full("splits", "-o", "out")

    assert (result.exit_code, result.stdout) == (0, "")
    assert sorted(path.name for path in Path("out").iterdir()) == [
        *("assignment.tsv", "dev.jsonl", "manifest.json", "test.jsonl", "train.jsonl"),
    ]
    said = manifest("out")
    for name, file in said["files"].items():
        data = Path("out", name).read_bytes()
        assert (file["sha256"], file["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))
    counted = {part: list(where("out").values()).count(part) for part in said["parts"]}
    assert {name: part["documents"] for name, part in said["parts"].items()} == counted
    assert sum(counted.values()) == 40
    assert said["parts"]["train"]["labels"] == {"actor": counted["train"]}
    assert said["plan"] == {
        "parts": {"train": "80", "dev": "10", "test": "10"},
        "by": "document",
        "seed": "",
    }
    assert said["codebook"]["version"] >= 1


def test_the_same_again_is_the_same_to_the_byte(full: Postil) -> None:
    for name in ("one", "two"):
        full("splits", "--by", "site", "-o", name)

    for path in Path("one").iterdir():
        assert path.read_bytes() == Path("two", path.name).read_bytes()


def test_adding_documents_moves_none(full: Postil) -> None:
    full("splits", "-o", "one")
    full("import", "-", input=corpus(100, 30))
    full("splits", "-o", "two")

    one, two = where("one"), where("two")
    assert {uid: two[uid] for uid in one} == one
    assert len(two) == 70


def test_only_what_is_done_is_in_it(full: Postil) -> None:
    full("import", "-", input=corpus(200, 3, "in progress"))

    result = full("splits", "-o", "out")

    assert len(where("out")) == 40
    assert "documents that are not done (3)" in result.stderr
    assert manifest("out")["left_out"] == {"not done": 3}
    full("splits", "--state", "all", "-o", "all")
    assert len(where("all")) == 43


def test_what_becomes_done_moves_no_copy_of_it(postil: Postil) -> None:
    copies = [
        line(f"c{n}", f"{STORY} version {n}", "ann", state="in progress" if n < 3 else "done")
        for n in range(8)
    ]
    postil("import", "-", input=jsonl(*copies))
    postil("splits", "--by", "near", "-o", "one")
    one = where("one")
    postil("splits", "--by", "near", "--state", "all", "-o", "two")

    assert len(one) == 5
    assert {uid: where("two")[uid] for uid in one} == one
    assert len(set(where("two").values())) == 1


def test_sites_stay_together(full: Postil) -> None:
    full("splits", "--by", "site", "--parts", "train=1,test=1", "-o", "out")

    found = where("out")
    sites: dict[int, set[str]] = {}
    for uid, part in found.items():
        sites.setdefault(int(uid[1:]) % 7, set()).add(part)
    assert [len(parts) for parts in sites.values()] == [1] * 7
    assert set(found.values()) == {"train", "test"}


def test_copies_in_two_parts_are_told(postil: Postil) -> None:
    copies = [line(f"c{n}", f"{STORY} version {n}", "ann", state="done") for n in range(12)]
    postil("import", "-", input=jsonl(*copies))

    result = postil("splits", "--parts", "train=1,test=1", "-o", "out")

    pairs = manifest("out")["near_across_parts"]
    found = where("out")
    assert pairs
    assert all(found[pair["one"]] != found[pair["other"]] for pair in pairs)
    assert f"Nearly the same, and in two parts ({len(pairs)} pairs;" in result.stderr
    postil("splits", "--parts", "train=1,test=1", "--by", "near", "-o", "near")
    assert manifest("near")["near_across_parts"] == []


def test_what_is_frozen_stays(full: Postil) -> None:
    full("splits", "-o", "one")
    full("import", "-", input=corpus(100, 10))
    full("splits", "--seed", "other", "--frozen", "one/assignment.tsv", "-o", "two")

    one, two = where("one"), where("two")
    assert {uid: two[uid] for uid in one} == one
    assert len(two) == 50
    assert manifest("two")["frozen"] == manifest("one")["files"]["assignment.tsv"]["sha256"]


def test_a_manifest_is_checked_against_its_files(full: Postil) -> None:
    full("splits", "-o", "out")

    assert full("splits", "--check", "out/manifest.json").exit_code == 0

    with Path("out/train.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n")
    Path("out/dev.jsonl").unlink()
    result = full("splits", "--check", "out/manifest.json")
    assert result.exit_code == 1
    assert "train.jsonl has changed" in result.stderr
    assert "dev.jsonl is not there" in result.stderr


def test_a_manifest_of_something_else_is_refused(full: Postil, folder: Path) -> None:
    for content in ("{}", "no", '{"schema": "postil/splits/1"}'):
        (folder / "manifest.json").write_text(content, "utf-8")
        assert full("splits", "--check", "manifest.json").exit_code == 1
    (folder / "manifest.json").write_text(
        '{"schema": "postil/splits/1", "files": {"../../etc/passwd": {"sha256": ""}}}', "utf-8"
    )
    assert "no file beside" in full("splits", "--check", "manifest.json").stderr


def test_the_files_are_made_again_from_the_manifest(full: Postil, folder: Path) -> None:
    (folder / "names.toml").write_text('[labels]\nactor = "PER"\n', "utf-8")
    full(
        *("splits", "--by", "site", "--parts", "a=1,b=2", "--map", "names.toml", "--seed", "s"),
        *("--state", "all", "-o", "one"),
    )

    result = full("splits", "--again", "one/manifest.json", "-o", "two")

    assert result.exit_code == 0, result.stderr
    assert "the same files, byte for byte" in result.stderr
    for path in Path("one").iterdir():
        assert path.read_bytes() == Path("two", path.name).read_bytes()


def test_after_a_change_it_is_told_that_the_files_are_others(full: Postil) -> None:
    full("splits", "-o", "one")
    full("import", "-", input=corpus(100, 30))

    result = full("splits", "--again", "one/manifest.json", "-o", "two")

    assert result.exit_code == 1
    assert "the project has changed since" in result.stderr


def test_a_manifest_tells_export_what_is_new(full: Postil) -> None:
    full("splits", "-o", "out")
    full("import", "-", input=corpus(100, 2))

    result = full("export", "--since", "out/manifest.json")

    assert [json.loads(each)["id"] for each in result.stdout.splitlines()] == ["d100", "d101"]


def test_a_split_may_be_an_archive(full: Postil) -> None:
    full("splits", "-o", "folder")
    assert full("splits", "-o", "out.zip").exit_code == 0

    with zipfile.ZipFile("out.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in Path("folder").iterdir()
        }


def test_what_is_there_is_not_overwritten(full: Postil, folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "mine.txt").write_text("mine", "utf-8")

    assert full("splits", "-o", "out").exit_code == 2
    assert full("splits", "-o", "gone/out").exit_code == 2
    assert full("splits").exit_code == 2
    assert (folder / "out" / "mine.txt").read_text("utf-8") == "mine"


def test_what_fails_leaves_nothing(full: Postil, folder: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())

    for args in (
        ("--by", "colour"),
        ("--parts", "train"),
        ("--layer", "eve"),
        ("--label", "clam"),
    ):
        assert full("splits", *args, "-o", "out").exit_code == 1
    assert sorted(path.name for path in folder.iterdir()) == before


def test_other_formats_are_written_and_their_losses_told(full: Postil) -> None:
    result = full("splits", "--format", "csv", "-o", "out")

    assert result.exit_code == 0
    assert "What csv cannot hold was left out" in result.stderr
    assert manifest("out")["losses"]["texts"] == 40


def test_the_files_of_a_split_come_in_again_without_their_manifest(full: Postil) -> None:
    full("splits", "-o", "out")

    result = full("import", "--db", "other.db", "out")

    assert result.exit_code == 0, result.stderr
    assert "Imported 40 documents" in result.stdout
    assert result.stderr == "out: Passed over: 1 × .tsv, 1 × .json.\n"
