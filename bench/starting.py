"""The way to the first answer, the memory of an idle server, and the size of an installation."""

import re
import time
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from statistics import median

import psutil

from bench import servers
from bench.figures import Figure, within
from bench.material import filled
from bench.servers import Client, Server

_APART = ("postil", "pip")  # ours is counted as it stands here; pip comes with every environment
_ROOT = Path(__file__).resolve().parent.parent


def start(folder: Path, quick: bool) -> list[Figure]:
    database = folder / "some.db"
    filled(database, 1)
    ours: list[tuple[float, float, float]] = []
    floor: list[tuple[float, float, float]] = []
    for _ in range(3 if quick else 7):
        with servers.postil(database) as server:
            ours.append(_first_answer(server))
        with servers.bare(folder / "floor.db") as server:
            floor.append(_first_answer(server))
    seconds, rss, pss = (median(column) for column in zip(*ours, strict=True))
    of_floor = [median(column) for column in zip(*floor, strict=True)]
    size, parts = installed()
    return [
        within(
            "cold start to first answer", seconds, 1, "s",
            f"{seconds:.2f} s", f"{of_floor[0]:.2f} s",
        ),
        within(
            "idle memory (RSS; PSS)", rss, 80, "MB",
            f"{rss:.0f} MB; {pss:.0f} MB", f"{of_floor[1]:.0f} MB; {of_floor[2]:.0f} MB",
        ),
        within("installed size", size, 60, "MB", f"{size:.1f} MB, {parts} packages"),
    ]  # fmt: skip


def _first_answer(server: Server) -> tuple[float, float, float]:
    """Seconds from the start of the process; then, idle, the memory of it in MB."""
    client = Client(server.address)
    status, _, _ = client.get("/")
    taken = time.perf_counter() - server.began
    assert status == 200
    client.close()
    time.sleep(0.3)
    return taken, server.process.memory_info().rss / 1e6, _pss(server.process)


def _pss(process: psutil.Process) -> float:
    """Its proportional share of memory in MB; 0 where the system does not tell."""
    return getattr(process.memory_full_info(), "pss", 0) / 1e6


def installed() -> tuple[float, int]:
    """MB, and the number of packages, that an installation of Postil brings along."""
    needed = _needed("postil", {})
    size = sum(_size(found) for name, found in needed.items() if name not in _APART)
    for folder in ("annotations", "reader", "templates", "static"):
        size += sum(f.stat().st_size for f in (_ROOT / folder).rglob("*") if f.is_file())
    return size / 1e6, len(needed.keys() - {"pip"})


def _needed(name: str, found: dict[str, Distribution]) -> dict[str, Distribution]:
    """A package and everything that it requires, as far as it is installed here."""
    try:
        present = distribution(name)
    except PackageNotFoundError:
        return found
    found[name] = present
    for requirement in present.requires or ():
        needed = re.match(r"[\w.-]+", requirement)
        if needed and "extra ==" not in requirement and needed[0].lower() not in found:
            _needed(needed[0].lower(), found)
    return found


def _size(package: Distribution) -> int:
    places = (Path(str(package.locate_file(file))) for file in package.files or ())
    return sum(place.stat().st_size for place in places if place.is_file())
