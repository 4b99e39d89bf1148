"""How good the order of likely ends is: where the right one stands, on the demo's key.

Each relation of the key is asked for as a person would come to it: the heads in the order of the
text, with the relations of the statements before, and of this one as far as they are made, in
place. Only the demo is measured, and the points in ``annotations/likely.py`` were set with it in
sight: another text will do worse.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from time import perf_counter

from annotations import codebook as books
from annotations.demo import demo
from annotations.document import Annotated, Annotation, Relation
from annotations.likely import Likely, likely, reach
from bench.figures import Figure


def nearest(head: Annotation, marks: Sequence[Annotation]) -> list[Annotation]:
    """The marks by how far their middles are from the head's: the order to compare with."""
    middle = head.start + head.end
    return sorted(marks, key=lambda mark: abs(mark.start + mark.end - middle))


def ranks(entry: Annotated, by_name: bool = False) -> dict[str, list[tuple[int, int]]]:
    """For each kind, the rank of every right end (from 1), and its rank by distance alone.

    ``by_name`` takes another mark of the same actor for right as well. 0: not in the list.
    """
    book = books.default()
    marks = {mark.id: mark for mark in entry.annotations}
    order = [kind.name for kind in book.relations]
    todo = sorted(
        entry.relations,
        key=lambda r: (marks[r.head].start, -marks[r.head].end, order.index(r.label)),
    )
    entities = sorted(
        {e.name for e in entry.entities} | {a.entity for a in marks.values() if a.entity}
    )
    found: dict[str, list[tuple[int, int]]] = {}
    done: list[Relation] = []
    for relation in todo:
        head, kind = marks[relation.head], book.kind(relation.label)
        near = reach(entry.document, head.span)
        seen = [m for m in entry.annotations if m.start < near.end and m.end > near.start]
        listed = likely(entry.document, book, kind, head, seen, done, entities)
        children = {label.name for label in book.labels if label.id in kind.children}
        plain = nearest(
            head, [m for m in entry.annotations if m.label in children and m.id != head.id]
        )
        right = _is_right(relation, marks, by_name)
        ours = next((n for n, one in enumerate(listed, 1) if right(one)), 0)
        theirs = next((n for n, m in enumerate(plain, 1) if right(Likely(0, "", m))), 0)
        found.setdefault(relation.label, []).append((ours, theirs))
        done.append(relation)
    return found


def _is_right(
    relation: Relation, marks: dict[str, Annotation], by_name: bool
) -> Callable[[Likely], bool]:
    child = marks.get(relation.child or "")
    name = relation.child_entity or (child.entity if child else None)

    def right(one: Likely) -> bool:
        if by_name and name:
            return name in (one.entity, one.mark.entity if one.mark else None)
        if child is not None:
            return one.mark is not None and one.mark.id == child.id
        return one.entity == name

    return right


def figures(found: Sequence[tuple[int, int]], which: int) -> str:
    """Mean reciprocal rank, and the shares that stand first, among the first three, nine."""
    places = [pair[which] for pair in found]
    share = [mean(0 < place <= most for place in places) for most in (1, 3, 9)]
    reciprocal = mean(1 / place if place else 0 for place in places)
    return f"{reciprocal:.2f}  {share[0]:4.0%} {share[1]:4.0%} {share[2]:4.0%}"


def ends(folder: Path, quick: bool) -> list[Figure]:
    """For ``make bench``: where the right end stands; the floor is the order by distance alone."""
    every = [pair for pairs in ranks(demo()).values() for pair in pairs]

    def told(which: int) -> str:
        reciprocal, first, three, nine = figures(every, which).split()
        return f"MRR {reciprocal}; 1st {first}, top 3 {three}, top 9 {nine}"

    return [Figure("likely ends of a relation", told(0), told(1))]


def main() -> None:
    entry = demo()
    for by_name in (False, True):
        began = perf_counter()
        found = ranks(entry, by_name)
        took = (perf_counter() - began) / len(entry.relations) * 1000
        print(
            f"the right {'actor, by any mark' if by_name else 'mark or actor'} ({took:.1f} ms each)"
        )
        print(f"{'':14}{'n':>4}  {'MRR   1st  top3 top9':24}{'by distance alone':24}")
        every = [pair for pairs in found.values() for pair in pairs]
        for kind, pairs in [*found.items(), ("all", every)]:
            print(f"{kind:14}{len(pairs):4}  {figures(pairs, 0):24}{figures(pairs, 1):24}")
    print("Measured on the demo's key, which the points were set by; elsewhere expect less.")


if __name__ == "__main__":
    main()
