"""What reading one thing may take at most: the one table of budgets, by what is read where.

``tests/slow/test_budgets.py`` holds the readers to it. Limits of length and number in the readers
follow from these: whatever they let through stays within the budget.
"""

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Budget:
    """Processor ``seconds`` for one article or file, and ``memory`` in bytes beyond the program."""

    seconds: float
    memory: int


ARTICLE = Budget(5, 256 * MB)
"""Plain text, Markdown and HTML, read by the server itself."""

FILE = Budget(60, 2048 * MB)
"""PDF, Word, EPUB and saved web pages, as far as their parsers run in the helper process."""

EXCHANGE = Budget(10, 256 * MB)
"""One entry of a file of annotations: memory stays flat, and time grows with the size of the file.
Tests feed it small files, each of which must stay within this."""
