"""Many phrases looked for at once: a tree of words, walked from each word of a text."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Generic, TypeVar

LONGEST = 80
"""Words of a phrase, beyond which it is not looked for."""

T = TypeVar("T")


class _Node(Generic[T]):
    __slots__ = ("after", "found")

    def __init__(self) -> None:
        self.after: dict[str, _Node[T]] = {}
        self.found: T | None = None


class Phrases(Generic[T]):
    """Phrases, each a sequence of words, and what each of them stands for.

    Looking through a text takes one step a word, and more only while words follow each other as in
    some phrase: at most ``LONGEST`` times the words of the text, in news prose about once.
    """

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def get(self, forms: Sequence[str]) -> T | None:
        """What a phrase stands for, if it is known."""
        node = self._root
        for form in forms:
            if form not in node.after:
                return None
            node = node.after[form]
        return node.found

    def put(self, forms: Sequence[str], meaning: T) -> bool:
        """Let a phrase stand for something. ``False`` when it is empty or too long."""
        if not 0 < len(forms) <= LONGEST:
            return False
        node = self._root
        for form in forms:
            following = node.after.get(form)
            if following is None:
                following = node.after[form] = _Node()
            node = following
        self._size += node.found is None
        node.found = meaning
        return True

    def in_(
        self, forms: Sequence[str], also: Mapping[int, str] = MappingProxyType({})
    ) -> Iterator[tuple[int, int, T]]:
        """Every place of every phrase: the number of its first word, of the one after, what it is.

        ``also`` says of some words, by their numbers, how else they read where a phrase begins.
        """
        known = self._root.after
        for number, form in enumerate(forms):
            begun = [known[form]] if form in known else []
            if number in also and also[number] in known:
                begun.append(known[also[number]])
            for first in begun:
                node: _Node[T] | None = first
                at = number + 1
                while node is not None:
                    if node.found is not None:
                        yield number, at, node.found
                    node = node.after.get(forms[at]) if at < len(forms) else None
                    at += 1
