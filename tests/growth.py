"""How the cost of a piece of work grows with its input: told by a ratio, never by the clock."""

from collections.abc import Callable
from time import process_time


def _cost(work: Callable[[int], object], size: int) -> float:
    """The processor time of one run, in seconds."""
    start = process_time()
    work(size)
    return process_time() - start


def grows_with_its_input(work: Callable[[int], object], size: int) -> bool:
    """Whether eight times the input costs far less than 64 times as much, as squares would.

    Half a millisecond is taken for the least that can be told apart. Each is measured up to three
    times and the least counts: a machine that is busy with other things makes work dearer, never
    cheaper.
    """
    work(size // 8)  # what is only done the first time
    least = max(min(_cost(work, size // 8) for _ in range(3)), 0.0005)
    return any(_cost(work, size) < 32 * least for _ in range(3))
