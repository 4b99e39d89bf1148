"""How many keys it takes to mark: the demo key, made again by keyboard in an unmarked copy.

``python -m bench.keystrokes`` starts a server, opens the copy in Chromium, and presses real keys,
one policy after the other, each in a copy of its own. Marks are made in reading order, and nothing
waits for an answer of the server. At the end what is stored must be what the key holds. Suggestions
are not used. Marks that break off (fragments) are left out, and counted as such.

A policy is how the keys are chosen; which one was used stands beside each number:

``arrows``     Left, Right, Up, Down, Home, End, with and without Shift; the fewest that do
``commands``   all moves of the cursor; the fewest that do. Nobody always sees the shortest way, so
               this is a bound for whoever does not use letters
``letters``    one rule that needs no thought: letters on (once); Down to the sentence; the letters
               over the first word; those over the last word, unless it is the same; the label's key

A key pressed with Shift or Ctrl counts once; how many were is told.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean

from playwright.sync_api import Page, sync_playwright

from annotations.demo import demo
from annotations.document import Annotated, Annotation
from annotations.store import open_store
from bench import servers
from bench.figures import Figure, within
from bench.material import act, new_project
from tools.browser import find

SHORT = 5
"""Words of a mark that counts as short."""
AIM = 4
LABEL_KEYS = {"claim": "1", "actor": "2", "demand": "3"}
ARROWS = ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

# The cursor's own modules, and the shortest way over its moves (breadth first, each stretch once).
PLANNER = """async (arrowsAlone) => {
  const base = document.querySelector('script[type=module]').src.replace(/[^/]+$/, '');
  const load = (name) => import(base + name);
  const [cursor, moves, text, keys, letters] = await Promise.all(
    ['cursor.js', 'moves.js', 'source.js', 'keys.js', 'hints.js'].map(load));
  const known = Object.entries(cursor.CHORDS).map(([chord, move]) =>
    [move, chord.replace('Ctrl', 'Control').replaceAll(' ', '+')]);
  if (!arrowsAlone) for (const [move, key] of Object.entries(keys.STANDARD))
    if (moves.MOVES[move]) known.push([move, key]);
  const usable = known.filter(([, key]) => !arrowsAlone || !key.includes('Control'));
  const name = ({ anchor, head }) => `${anchor.block} ${anchor.word} ${head.block} ${head.word}`;
  window.place = () => cursor.stretchPlace();
  window.plan = (start, end) => {
    const there = (at) => { const place = cursor.stretchPlace(at);
      return place.start === start && place.end === end; };
    const target = text.spotAt(start).block;
    const first = cursor.stretch();
    const [low, high] = [Math.min(first.head.block, target), Math.max(first.head.block, target)];
    const seen = new Map([[name(first), null]]);
    let edge = [first];
    const way = (at) => {
      const found = [];
      for (let step = seen.get(name(at)); step; step = seen.get(name(step.from)))
        found.unshift(step.key);
      return found;
    };
    while (edge.length) {
      for (const at of edge) if (there(at)) return way(at);
      const further = [];
      for (const at of edge) for (const [move, key] of usable) {
        const next = moves.MOVES[move](text.source, at);
        if (!next || seen.has(name(next))) continue;
        if ([next.anchor, next.head].some(({ block }) => block < low || block > high)) continue;
        seen.set(name(next), { from: at, key });
        further.push(next);
      }
      edge = further;
    }
    return null;
  };
  window.byLetters = (start, end) => {
    const [first, last] = [text.spotAt(start), text.spotAt(end - 1)];
    const place = ({ block, word }) => block * 1e6 + word;
    const here = () => text.source.sentence(cursor.stretch().head)[0];
    const wanted = [first.block, text.source.sentence(first)[0]];
    const at = [cursor.stretch().head.block, here()];
    const before = (one, other) => one[0] - other[0] || one[1] - other[1];
    if (before(at, wanted) < 0) return ['ArrowDown'];
    if (before(at, wanted) > 0) return ['ArrowUp'];
    const over = (spot) =>
      [...letters.lettersAround(first)].find(([, at]) => place(at) === place(spot))?.[0];
    const [begin, finish] = [over(first), over(last)];
    if (!begin || !finish) return null;
    return [...begin, ...(place(first) === place(last) ? [] : finish), 'there'];
  };
}"""


@dataclass
class Count:
    """What one policy took: the keys for each mark, with and without those that come once."""

    policy: str
    once: int = 0
    chords: int = 0
    keys: list[tuple[Annotation, int]] = field(default_factory=list)

    def of(self, longest: int) -> list[int]:
        """The keys for marks of up to so many words."""
        return [keys for mark, keys in self.keys if _words(mark) <= longest]


class Hands:
    """Presses keys, and counts."""

    def __init__(self, page: Page, count: Count):
        self.page, self.count, self.pressed = page, count, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            is_capital = len(key) == 1 and key.isupper()
            self.page.keyboard.press(f"Shift+{key}" if is_capital else key)
            self.pressed += 1
            self.count.chords += "+" in key or (len(key) == 1 and key in '{}"FSW')


def _words(mark: Annotation) -> int:
    return len(mark.quote(_TEXT).split())


_KEY = demo()
_TEXT = _KEY.document.text


def _by_planner(hands: Hands, mark: Annotation) -> None:
    way = hands.page.evaluate("([start, end]) => window.plan(start, end)", [mark.start, mark.end])
    assert way is not None, f"no key leads to “{mark.quote(_TEXT)}”"
    hands.press(*way)


def _by_letters(hands: Hands, mark: Annotation) -> None:
    while True:
        way = hands.page.evaluate(
            "([start, end]) => window.byLetters(start, end)", [mark.start, mark.end]
        )
        assert way is not None, f"no letter leads to “{mark.quote(_TEXT)}”"
        if way[-1] != "there":
            hands.press(*way)
            continue
        hands.press(*way[:-1])
        return


POLICIES: dict[str, tuple[str, tuple[str, ...], Callable[[Hands, Annotation], None]]] = {
    "arrows": ("the fewest arrows, Home and End, with and without Shift", (), _by_planner),
    "commands": ("the fewest of all the cursor's moves", (), _by_planner),
    "letters": (
        "by rule: Down to the sentence, letters of first and last word",
        ("'",),
        _by_letters,
    ),
}


@contextmanager
def _copies(folder: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A database with an unmarked copy of the demo for each policy: their ids."""
    path = folder / "keystrokes.db"
    store = open_store(path)
    try:
        project = new_project(store)
        ids = {policy: f"copy-{policy}" for policy in POLICIES}
        entries = [Annotated(document=replace(_KEY.document, id=uid)) for uid in ids.values()]
        store.exchange.take(act(store, "import", project), project, entries)
    finally:
        store.close()
    yield path, ids


def count_spans(folder: Path) -> list[Count]:
    """Make the key's marks by every policy. Raises ``AssertionError`` when others are stored."""
    wanted = [mark for mark in _KEY.annotations if not mark.fragments]
    found = []
    with _copies(folder) as (path, ids):
        with servers.postil(path) as server, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=find(), args=ARGUMENTS)
            for policy, uid in ids.items():
                page = chromium.new_page(viewport={"width": 1280, "height": 900})
                page.goto(f"{server.address}/projects/bench/documents/{uid}")
                page.wait_for_selector("html.ready")
                found.append(_make(page, policy, wanted))
                page.close()
            chromium.close()
        _check(path, ids, wanted)
    return found


def _make(page: Page, policy: str, wanted: list[Annotation]) -> Count:
    _, first, choose = POLICIES[policy]
    hands = Hands(page, Count(policy))
    page.locator("#reading").focus()
    hands.press("ArrowRight")
    page.locator("#cursor[data-sentences=server]:focus").wait_for()
    hands.press(*first)
    hands.count.once, hands.pressed = hands.pressed, 0
    page.evaluate(PLANNER, policy == "arrows")
    for mark in wanted:
        choose(hands, mark)
        hands.press(LABEL_KEYS[mark.label])
        hands.count.keys.append((mark, hands.pressed))
        hands.pressed = 0
    page.wait_for_selector("#state[data-state=saved]", timeout=60_000)
    return hands.count


def _check(path: Path, ids: dict[str, str], wanted: list[Annotation]) -> None:
    """What is stored is what the key holds."""
    store = open_store(path)
    try:
        project = store.projects.find("bench")
        for policy, uid in ids.items():
            kept = store.marks.of(store.documents.find(project, uid))
            made = Counter((mark.start, mark.end, mark.label) for mark in kept)
            key = Counter((mark.start, mark.end, mark.label) for mark in wanted)
            assert made == key, f"{policy}: too many {made - key}, missing {key - made}"
    finally:
        store.close()


def spans(folder: Path, quick: bool) -> list[Figure]:
    """For ``make bench``: keys a mark, by policy."""
    found = []
    for count in count_spans(folder):
        told = f"keys a mark, {POLICIES[count.policy][0]}"
        all_marks = mean(count.of(sys.maxsize))
        short = mean(count.of(SHORT))
        said = f"{short:.2f} up to {SHORT} words, {all_marks:.2f} for all"
        if count.policy == "letters":
            found.append(within(told, short, AIM, "keys", said))
        else:
            found.append(Figure(told, said))
    return found


def _report(count: Count) -> None:
    rule, first, _ = POLICIES[count.policy]
    everything, short = count.of(sys.maxsize), count.of(SHORT)
    spread = Counter(everything)
    print(f"{count.policy}: {rule}; then the label's key")
    print(f"  marks of up to {SHORT} words   {mean(short):.2f} keys a mark ({len(short)} marks)")
    print(
        f"  all marks                {mean(everything):.2f} keys a mark ({len(everything)} marks)"
    )
    print(
        f"  {sum(everything)} keys in all, {count.chords} of them with Shift or Ctrl; "
        f"before the first mark {count.once} (begin{', letters on' if first else ''})"
    )
    print("  keys: marks              " + ", ".join(f"{k}: {spread[k]}" for k in sorted(spread)))


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="postil-keys-") as folder:
        counts = count_spans(Path(folder))
    apart = sum(bool(mark.fragments) for mark in _KEY.annotations)
    print(
        f"Spans: the demo key by keyboard, without suggestions. {len(counts[0].keys)} marks made "
        f"and stored as the key has them; {apart} that break off left out.\n"
    )
    for count in counts:
        _report(count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
