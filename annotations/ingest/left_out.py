"""What was left out of a file that was read, in a sentence."""

from collections.abc import Mapping


def notes_of(counted: Mapping[str, int]) -> list[str]:
    """“Left out: 2 × comment, 1 × picture.”; nothing where nothing was."""
    listed = ", ".join(f"{times:,} × {what}" for what, times in sorted(counted.items()) if times)
    return [f"Left out: {listed}."] if listed else []
