"""Formats of several files, written as a folder."""

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]


def test_brat_goes_out_as_a_folder_and_comes_in_again(
    postil: Run, marked: Path, folder: Path
) -> None:
    postil("import", marked)
    made = postil("export", "--all-layers", "--format", "brat", "-o", "corpus/")
    assert made.exit_code == 0, made.output
    assert sorted(
        str(each.relative_to(folder / "corpus")) for each in folder.glob("corpus/**/*.*")
    ) == [
        "Bob-work/ONE.ann",
        "Bob-work/ONE.txt",
        "ONE.ann",
        "ONE.txt",
        "TWO.txt",
        "annotation.conf",
        "postil.conf",
        "visual.conf",
    ]
    assert (folder / "corpus" / "ONE.ann").read_text("utf-8") == "T1\tactor 0 5\tHello\n"
    taken = postil("import", "--db", "other.db", "corpus")
    assert taken.stdout == (
        "Imported 2 documents with 2 spans and 0 relations into “My articles”.\n"
    )
    again = postil("export", "--db", "other.db", "--all-layers", "--format", "brat", "-o", "again/")
    assert again.exit_code == 0
    for each in (folder / "corpus").rglob("*.*"):
        there = folder / "again" / each.relative_to(folder / "corpus")
        assert there.read_bytes() == each.read_bytes()


def test_a_folder_that_holds_something_is_left_alone(
    postil: Run, marked: Path, folder: Path
) -> None:
    postil("import", marked)
    (folder / "full").mkdir()
    (folder / "full" / "mine.txt").write_text("mine")
    refused = postil("export", "--all-layers", "--format", "brat", "-o", "full")
    assert (refused.exit_code, [each.name for each in (folder / "full").iterdir()]) == (
        2,
        ["mine.txt"],
    )
    one = postil("export", "--all-layers", "-o", "new/")
    assert one.exit_code == 2
    assert "jsonl is one file" in one.output
    assert not (folder / "new").exists()


def test_an_archive_of_cas_comes_in_as_it_went_out(postil: Run, marked: Path, folder: Path) -> None:
    postil("import", marked)
    postil("export", "--all-layers", "-o", "before.jsonl")
    for name in ("cas", "casjson"):
        postil("export", "--all-layers", "--format", name, "-o", f"{name}.zip")
        taken = postil("import", "--db", f"{name}.db", f"{name}.zip")
        assert taken.exit_code == 0, taken.output
        postil("export", "--db", f"{name}.db", "--all-layers", "-o", f"{name}.jsonl")
        after = (folder / f"{name}.jsonl").read_bytes()
        assert after == (folder / "before.jsonl").read_bytes()
