"""Writing what would be an archive as a folder of its files."""

import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from reader.cli.common import Failure, Misuse


def is_folder(output: str) -> bool:
    """Whether a folder is meant: one that is there, or a name that ends in “/”."""
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


def write_folder(content: IO[bytes], output: Path, kind: str) -> None:
    """The files of an archive in a new folder, or in one that is empty; all of them or none.

    Raises ``Misuse`` where the format is no archive, or something is there already.
    """
    if not zipfile.is_zipfile(content):
        raise Misuse(f"{kind} is one file; name a file with -o, not the folder {output}.")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise Misuse(f"{output} is there and not empty; name a new folder.")
    target = output.resolve()
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}.", dir=target.parent))
    except FileNotFoundError as error:
        raise Failure(f"{output}: there is no folder {target.parent}") from error
    try:
        with zipfile.ZipFile(content) as archive:
            archive.extractall(beside)
        beside.chmod(0o755)
        beside.replace(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
