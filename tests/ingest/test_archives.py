"""Archives are read without ever writing a path of theirs, within caps, and refused by name."""

import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.errors import BadArchive, BadInput
from annotations.ingest import archives
from annotations.ingest.archives import Limits

FILES = {
    "b/two.txt": b"Two \xf0\x9f\x98\x80",
    "a.txt": b"One",
    "b/ten10.md": b"",
    "b/ten9.md": b"x",
}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def tarred(files: dict[str, bytes], *others: tarfile.TarInfo) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in others:
            archive.addfile(info)
    return made.getvalue()


def tar_gz(files: dict[str, bytes]) -> bytes:
    return gzip.compress(tarred(files))


PACKED: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "x.zip": zipped, "x.tar": tarred, "x.tar.gz": tar_gz, "x.tgz": tar_gz,
}  # fmt: skip


def contents(data: bytes, name: str = "x.zip", limits: Limits | None = None) -> dict[str, bytes]:
    with archives.opened(io.BytesIO(data), name, limits) as archive:
        read = {}
        for member in archive.members:
            with member.open() as stream:
                read[member.name] = stream.read()
            assert member.size == len(read[member.name])
        return read


def refusal(data: bytes, name: str = "x.zip", limits: Limits | None = None) -> str:
    with pytest.raises(BadArchive) as caught:
        contents(data, name, limits)
    assert caught.value.archive == name
    return str(caught.value)


@pytest.mark.parametrize("name", PACKED)
def test_members_come_in_the_order_of_their_names_numbers_by_value(name: str) -> None:
    read = contents(PACKED[name](FILES), name)
    assert list(read) == ["a.txt", "b/ten9.md", "b/ten10.md", "b/two.txt"]
    assert read == FILES


@pytest.mark.parametrize("name", PACKED)
def test_a_member_can_be_read_again_and_in_any_order(name: str) -> None:
    with archives.opened(io.BytesIO(PACKED[name](FILES)), name) as archive:
        for member in [*reversed(archive.members), *archive.members]:
            with member.open() as stream:
                assert stream.read() == FILES[member.name]


def test_a_folder_is_read_in_the_same_way(tmp_path: Path) -> None:
    for name, data in {**FILES, ".hidden": b"", ".git/config": b""}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    os.symlink("/etc/passwd", tmp_path / "link.txt")
    os.symlink(tmp_path, tmp_path / "loop")
    found = {}
    for member in archives.folder(tmp_path).members:
        with member.open() as stream:
            found[member.name] = stream.read()
    assert list(found) == ["a.txt", "b/ten9.md", "b/ten10.md", "b/two.txt"]
    assert found == FILES


def test_hidden_files_and_folders_are_passed_over() -> None:
    files = {"__MACOSX/a.txt": b"", ".DS_Store": b"", "b/._a.txt": b"", "b/a.txt": b"A", "c/": b""}
    assert contents(zipped(files)) == {"b/a.txt": b"A"}


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz"])
@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "C:\\x\\y.txt", "a/../../b"])
def test_a_path_is_only_text_and_nothing_is_written(
    name: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert contents(PACKED[name]({path: b"x"}), name) == {path.replace("\\", "/"): b"x"}
    assert list(tmp_path.iterdir()) == []


def test_a_name_cannot_steer_a_terminal_or_hide_letters() -> None:
    assert list(contents(tarred({"\x1b[2Ja\u202etxt.exe": b""}), "x.tar")) == [
        "\ufffd[2Ja\ufffdtxt.exe"
    ]


def test_a_file_without_a_name_is_refused() -> None:
    data = zipped({"xy": b"words", "z.txt": b""}).replace(b"xy", b"\0y")
    assert refusal(data) == "“x.zip”: one of its files has no name; pack it again."


def test_names_in_utf8_are_read_also_where_the_archive_does_not_say_so() -> None:
    data = zipped({"grève.txt": b"x"})
    assert list(contents(data)) == ["grève.txt"]
    unsaid = bytearray(data)
    for place in (6, data.index(b"PK\x01\x02") + 8):
        unsaid[place : place + 2] = struct.pack("<H", 0)
    assert list(contents(bytes(unsaid))) == ["grève.txt"]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_in_a_tar_are_refused(kind: bytes) -> None:
    info = tarfile.TarInfo("a/link.txt")
    info.type, info.linkname = kind, "/etc/passwd"
    assert refusal(tarred({"a.txt": b"x"}, info), "x.tar") == (
        "“x.tar”; “a/link.txt”: it is a link or a device, not a file; pack the files themselves."
    )


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip_are_refused(kind: int) -> None:
    info = zipfile.ZipInfo("a.txt")
    info.external_attr = (kind | 0o644) << 16
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert "“a.txt”: it is a link or a device" in refusal(made.getvalue())


def test_a_file_with_holes_in_a_tar_is_refused() -> None:
    info = tarfile.TarInfo("a.txt")
    info.type = tarfile.GNUTYPE_SPARSE
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(info)
    assert "“a.txt”: it is a link or a device" in refusal(made.getvalue(), "x.tar")


def test_folders_without_end_in_a_tar_are_refused() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for number in range(6):
            info = tarfile.TarInfo(f"folder{number}")
            info.type = tarfile.DIRTYPE
            archive.addfile(info)
    assert contents(made.getvalue(), "x.tar", Limits(members=3)) == {}
    assert "more than 2 files" in refusal(made.getvalue(), "x.tar", Limits(members=2))


def test_a_link_in_a_zip_is_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo("link.txt")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert refusal(made.getvalue()) == (
        "“x.zip”; “link.txt”: it is a link or a device, not a file; pack the files themselves."
    )


def test_a_locked_member_is_refused() -> None:
    data = bytearray(zipped({"a.txt": b"secret"}))
    for place in (6, data.index(b"PK\x01\x02") + 8):
        data[place] |= 1
    assert refusal(bytes(data)) == (
        "“x.zip”; “a.txt”: it is locked with a password; unlock it and pack again."
    )


@pytest.mark.parametrize("inner", ["inner.zip", "inner.TAR.GZ", "a/b.7z", "x.rar"])
@pytest.mark.parametrize("name", ["x.zip", "x.tar"])
def test_an_archive_within_an_archive_is_refused(name: str, inner: str) -> None:
    assert refusal(PACKED[name]({"a.txt": b"", inner: b"x"}), name) == (
        f"“{name}”; “{inner}”: an archive within an archive is not opened."
    )


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(members=3), "“{}”: it holds more than 3 files; pack them in several archives."),
        (Limits(total=5), "“{}”: it unpacks to more than 0 MB; pack it in several archives."),
        (
            Limits(member=3),
            "“{}”; “b/two.txt”: it unpacks to more than 0 MB; pack it in several archives.",
        ),
    ],
)
def test_too_much_is_refused(name: str, limits: Limits, says: str) -> None:
    assert refusal(PACKED[name](FILES), name, limits) == says.format(name)


def test_a_bomb_is_not_unpacked() -> None:
    zeros = {"bomb.txt": bytes(3_000_000)}
    said = "it unpacks to far more than it is packed in, as no text does; it was not unpacked."
    assert refusal(zipped(zeros)) == f"“x.zip”; “bomb.txt”: {said}"
    assert refusal(tar_gz(zeros), "x.tar.gz") == f"“x.tar.gz”: {said}"


def test_what_follows_the_end_of_a_tar_counts_too() -> None:
    data = gzip.compress(tarred({"a.txt": b"x"}) + bytes(100_000))
    limits = Limits(members=1, total=50_000)
    assert contents(data, "x.tar.gz") == {"a.txt": b"x"}
    assert "it unpacks to more than 0 MB" in refusal(data, "x.tar.gz", limits)


def test_a_table_of_contents_without_end_is_refused() -> None:
    header = tarfile.TarInfo("a.txt")
    header.pax_headers = {"comment": "x" * 5_000_000}
    assert "its table of contents is longer" in refusal(tarred({}, header), "x.tar")


def test_the_same_name_twice_is_refused() -> None:
    first = tarfile.TarInfo("a.txt")
    assert refusal(tarred({}, first, first), "x.tar") == (
        "“x.tar”; “a.txt”: it is in the archive twice; pack it again."
    )


def test_what_turns_out_damaged_while_it_is_read_names_the_member() -> None:
    data = bytearray(zipped({"a.txt": b"Some words." * 50}))
    place = data.index(b"a.txt") + 10
    data[place : place + 6] = b"\xff" * 6
    assert refusal(bytes(data)) == (
        "“x.zip”; “a.txt”: it is damaged or incomplete and cannot be unpacked; "
        "fetch or pack it again."
    )


@pytest.mark.parametrize("name", PACKED)
def test_what_was_cut_off_is_refused(name: str) -> None:
    data = PACKED[name]({"a.txt": os.urandom(5000)})
    assert "damaged or incomplete" in refusal(data[:2000], name)


def test_what_is_no_archive_is_refused() -> None:
    assert refusal(b"Rar!\x1a\x07", "x.zip") == (
        "“x.zip”: this is neither a zip nor a tar; pack it as one of these."
    )


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.zip", b"", True), ("A.TGZ", b"", True), ("a.docx", b"PK\x03\x04", False),
        ("a.epub", b"PK\x03\x04", False), ("upload", b"PK\x03\x04", True), ("a.txt", b"PK", False),
        ("dir.d/upload", b"\x1f\x8b", True), ("", b"text", False),
    ],
)  # fmt: skip
def test_an_archive_is_told_by_its_name_or_its_first_bytes(
    name: str, head: bytes, expected: bool
) -> None:
    assert archives.is_archive(name, head) is expected


@given(st.data())
def test_a_damaged_archive_is_never_more_than_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(PACKED)))
    packed = bytearray(PACKED[name](FILES))
    for _ in range(data.draw(st.integers(1, 8))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadInput):
        contents(bytes(packed[: data.draw(st.integers(0, len(packed)))]), name)
