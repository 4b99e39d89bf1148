"""How many keys linking and naming take: the demo key, made again by keyboard.

``python -m bench.keystrokes_linking`` starts a server, opens an unmarked copy of the demo in a
project of its own, without any actor or concept, and makes the key paragraph by paragraph: the
actors, then the statements; after each mark its name with ``c``, after each statement its relations
with their keys. Selecting a stretch and giving it a label is done by script and one key here and
not counted: ``bench.keystrokes`` counts it. All else are real key presses in Chromium. Relations
whose end is marked later come last; the keys that lead back to their heads are told apart.

At the end what is stored must be what the key holds: every relation, actor and concept.

How keys are chosen: the first of the list by Enter, the others of the first nine by their digit;
else letters of the name or of the words until the right one is among the first, arrows, Enter.
"""

import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean

from playwright.sync_api import Page, sync_playwright

from annotations import codebook as books
from annotations.demo import demo
from annotations.document import Annotated, Annotation, Relation
from annotations.store import open_store
from bench import servers
from bench.figures import Figure, within
from bench.material import act, new_project
from tools.browser import find

AIM = 3
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
LABEL_KEYS = {"claim": "1", "actor": "2", "demand": "3"}
COPY = "copy"

_KEY = demo()
_TEXT = _KEY.document.text
_MARKS = {mark.id: mark for mark in _KEY.annotations}
_KINDS = {kind.name: kind.key for kind in books.default().relations}


@dataclass
class Counts:
    """The keys of every relation by its kind, and of every name; ``known`` tells given ones."""

    relations: dict[str, list[int]] = field(default_factory=dict)
    names: dict[str, list[int]] = field(default_factory=dict)
    ways: list[int] = field(default_factory=list)


class Desk:
    """The page, the ids that the marks got, and the keys pressed since they were last taken."""

    def __init__(self, page: Page):
        self.page, self.pressed = page, 0
        self.ids: dict[str, str] = {}

    def press(self, *keys: str) -> None:
        for key in keys:
            if len(key) > 1 or key.isascii():
                self.page.keyboard.press(key)
            else:
                self.page.keyboard.insert_text(key)
            self.pressed += 1

    def taken(self) -> int:
        pressed, self.pressed = self.pressed, 0
        return pressed

    def saved(self) -> None:
        self.page.wait_for_selector("#state[data-state=saved]")

    def select(self, start: int, end: int) -> None:
        self.page.evaluate(
            """async ([start, end]) => {
                const {src} = document.querySelector("script[src$='article.js']");
                const places = await import(src.replace(/[^/]+$/, "") + "places.js");
                const range = places.rangeOf(start, end);
                range.startContainer.parentElement.scrollIntoView({block: "center"});
                document.getElementById("reading").focus({preventScroll: true});
                const {startContainer: a, startOffset: b, endContainer: c, endOffset: d} = range;
                getSelection().setBaseAndExtent(a, b, c, d);
            }""",
            [start, end],
        )

    def mark(self, mark: Annotation) -> None:
        """Make a mark; what it takes is not counted here."""
        first, *others = mark.spans
        self.select(first.start, first.end)
        self.page.keyboard.press(LABEL_KEYS[mark.label])
        for part in others:
            self.saved()
            self.select(part.start, part.end)
            self.page.keyboard.press("+")
        self.saved()
        key = self.page.evaluate(
            """async () => {
                const {src} = document.querySelector("script[src$='article.js']");
                const {aim} = await import(src.replace(/[^/]+$/, "") + "aim.js");
                return aim().id;
            }"""
        )
        self.ids[mark.id] = key

    def go_to(self, mark: Annotation) -> None:
        """Back to a mark, by the shorter way from mark to mark."""
        uid = self.ids[mark.id]
        steps = self.page.evaluate(
            """(uid) => {
                const key = document.querySelector(`.card[data-id="${uid}"]`).id.slice(1);
                const all = [...document.querySelectorAll("#reading mark[data-l]")];
                const here = all.indexOf(document.activeElement);
                return [all.findIndex((m) => m.dataset.a.split(" ").includes(key)), here];
            }""",
            uid,
        )
        wanted, here = steps
        if here < 0:
            self.press("n")
            return self.go_to(mark)
        way = "n" if wanted > here else "p"
        self.press(*[way] * abs(wanted - here))
        return None

    def choose(self, stands_for: tuple[str, str], words: str) -> None:
        """Take what stands for that (child or name) from the open list."""
        place = self._place(stands_for, "")
        if 0 <= place < 9:
            self.press("Enter" if place == 0 else str(place + 1))
            return
        typed = ""
        for letter in words:
            typed += letter
            self.press(letter)
            place = self._place(stands_for, typed)
            if 0 <= place < 3 or (place >= 0 and len(typed) >= 6):
                break
        if place < 0:
            raise AssertionError(f"{stands_for} is not in the list for “{words}”")
        self.press(*["ArrowDown"] * place, "Enter")

    def _place(self, stands_for: tuple[str, str], typed: str) -> int:
        """Where a choice stands, once the list follows what is typed; -1: nowhere."""
        for _ in range(400):
            found = self.page.evaluate(
                """([[what, value], typed]) => {
                    const list = document.getElementById("picker-list");
                    if (list.dataset.typed !== typed.trim() || list.hidden) return null;
                    return [...list.querySelectorAll("[role=option]:not([aria-disabled])")]
                        .findIndex((option) => option.dataset[what] === value);
                }""",
                [list(stands_for), typed],
            )
            if found is not None:
                return int(found)
            self.page.wait_for_timeout(15)
        raise AssertionError("the list did not come")


def _paragraphs() -> list[list[Annotation]]:
    """The marks of each paragraph: actors first, then statements, each by place."""
    found: dict[int, list[Annotation]] = {}
    for mark in _KEY.annotations:
        found.setdefault(_TEXT.count("\n", 0, mark.start), []).append(mark)
    return [
        sorted(found[at], key=lambda m: (m.label != "actor", m.start, -m.end))
        for at in sorted(found)
    ]


def count(folder: Path) -> Counts:
    """Make the key. Raises ``AssertionError`` when something else is stored."""
    path = folder / "linking.db"
    store = open_store(path)
    project = new_project(store)
    copy = Annotated(document=replace(_KEY.document, id=COPY))
    store.exchange.take(act(store, "import", project), project, [copy])
    store.close()
    counts = Counts()
    with servers.postil(path) as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find(), args=ARGUMENTS)
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{server.address}/projects/bench/documents/{COPY}")
        page.wait_for_selector("html.ready")
        desk = Desk(page)
        _make(desk, counts)
        chromium.close()
    _check(path)
    return counts


def _make(desk: Desk, counts: Counts) -> None:
    of_head: dict[str, list[Relation]] = {}
    for relation in _KEY.relations:
        of_head.setdefault(relation.head, []).append(relation)
    later: list[Relation] = []
    named: dict[str, str] = {}
    for marks in _paragraphs():
        for mark in marks:
            desk.mark(mark)
            _name(desk, counts, mark, named)
            for relation in of_head.get(mark.id, ()):
                if relation.child is None or relation.child in desk.ids:
                    _join(desk, counts, relation)
                else:
                    later.append(relation)
    for relation in later:
        desk.go_to(_MARKS[relation.head])
        counts.ways.append(desk.taken())
        _join(desk, counts, relation)


def _name(desk: Desk, counts: Counts, mark: Annotation, named: dict[str, str]) -> None:
    wanted = mark.entity or mark.concept
    if not wanted:
        return
    kind = "actors" if mark.entity else "concepts"
    known = (
        f"{kind}, named before" if f"{kind} {wanted}" in named else f"{kind}, for the first time"
    )
    shown = desk.page.locator(f".card[data-id='{desk.ids[mark.id]}'] .q").text_content()
    given = bool(mark.entity) and shown == wanted and wanted != mark.quote(_TEXT)
    if given or (mark.entity and shown == wanted and known.endswith("before")):
        counts.names.setdefault(known, []).append(0)
    else:
        desk.press("c")
        desk.choose(("name", wanted), wanted)
        desk.saved()
        counts.names.setdefault(known, []).append(desk.taken())
    named[f"{kind} {wanted}"] = mark.id


def _join(desk: Desk, counts: Counts, relation: Relation) -> None:
    desk.press(_KINDS[relation.label])
    if relation.child is not None:
        child = _MARKS[relation.child]
        desk.choose(("child", desk.ids[child.id]), child.entity or child.quote(_TEXT))
    else:
        desk.choose(("name", relation.child_entity or ""), relation.child_entity or "")
    counts.relations.setdefault(relation.label, []).append(desk.taken())
    desk.saved()


def _check(path: Path) -> None:
    """What is stored is what the key holds."""
    store = open_store(path)
    try:
        project = store.projects.find("bench")
        document = store.documents.find(project, COPY)
        made = {mark.id: mark for mark in store.marks.of(document)}

        def ends(marks: dict[str, Annotation], relations: list[Relation]) -> Counter[object]:
            def place(uid: str | None) -> object:
                return (marks[uid].spans, marks[uid].label) if uid else None

            return Counter(
                (place(r.head), r.label, place(r.child), r.child_entity) for r in relations
            )

        theirs = ends(made, store.marks.relations_of(document))
        ours = ends(_MARKS, list(_KEY.relations))
        assert theirs == ours, f"too many {theirs - ours}, missing {ours - theirs}"
        names = Counter((m.spans, m.label, m.entity, m.concept) for m in made.values())
        key = Counter((m.spans, m.label, m.entity, m.concept) for m in _KEY.annotations)
        assert names == key, f"too many {names - key}, missing {key - names}"
    finally:
        store.close()


def linking(folder: Path, quick: bool) -> list[Figure]:
    """For ``make bench``: keys a relation, and a name."""
    counts = count(folder)
    every = [n for keys in counts.relations.values() for n in keys]
    names = [n for keys in counts.names.values() for n in keys]
    return [
        within("keys a relation", mean(every), AIM, "keys", f"{mean(every):.2f}"),
        Figure("keys an actor or concept", f"{mean(names):.2f}"),
    ]


def _line(name: str, keys: list[int]) -> str:
    spread = "  ".join(f"{n} keys {times}×" for n, times in sorted(Counter(keys).items())[:6])
    return f"{name:34}{len(keys):4}  {mean(keys):5.2f}   {spread}"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
        counts = count(Path(folder))
    print(f"{'':34}{'n':>4}   mean")
    for kind, keys in counts.relations.items():
        print(_line(kind, keys))
    every = [n for keys in counts.relations.values() for n in keys]
    print(_line(f"relations (aim {AIM})", every))
    for kind, keys in sorted(counts.names.items()):
        print(_line(kind, keys))
    print(_line("actors and concepts", [n for keys in counts.names.values() for n in keys]))
    if counts.ways:
        print(_line("ways back to an earlier statement", counts.ways))
    print("No actor or concept was known at first. The order of the lists was set with this key in")
    print("sight; another text will take more.")
    return 0 if mean(every) <= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
