/**
 * How the cursor moves: from a stretch of words to another. Pure functions over a `Source`, which tells of
 * a block only what is asked, so that each step costs as much as the blocks it looks at.
 */

/** How many blocks a name is looked for in, so that no key takes long where there is none. */
const NEAR = 100;

/**
 * @typedef {{ block: number, word: number }} Spot a word, by its number in a block
 * @typedef {{ anchor: Spot, head: Spot }} Stretch where it was begun, and the end that moves
 * @typedef {[number, number]} Pair
 *
 * @typedef {object} Source
 * @property {() => number} blocks how many there are
 * @property {(block: number) => Pair[]} words in code points of the block
 * @property {(spot: Spot) => Pair} sentence the numbers of the first and last word of the sentence around it
 * @property {(block: number) => Pair[]} clauses the numbers of their first and last words
 * @property {(block: number) => Pair[]} names the same
 */

/**
 * @param {Spot} one
 * @param {Spot} other
 */
export function compare(one, other) {
  return one.block - other.block || one.word - other.word;
}

/** @param {Stretch} at */
export function firstOf({ anchor, head }) {
  return compare(anchor, head) <= 0 ? anchor : head;
}

/** @param {Stretch} at */
export function lastOf({ anchor, head }) {
  return compare(anchor, head) <= 0 ? head : anchor;
}

/** @param {Spot} spot @returns {Stretch} */
const only = (spot) => ({ anchor: spot, head: spot });

/** @param {Stretch} at */
export const isOneWord = (at) => compare(at.anchor, at.head) === 0;

/**
 * The first word of the nearest block that has words, from a block on.
 * @param {Source} source
 * @param {number} block
 * @param {1 | -1} direction
 * @returns {Spot | null} the last word of it when going back
 */
export function entering(source, block, direction) {
  for (; block >= 0 && block < source.blocks(); block += direction) {
    const count = source.words(block).length;
    if (count > 0) return { block, word: direction > 0 ? 0 : count - 1 };
  }
  return null;
}

/**
 * @param {Source} source
 * @param {Spot} spot
 * @param {1 | -1} direction
 * @returns {Spot | null}
 */
function beside(source, { block, word }, direction) {
  const next = word + direction;
  if (next >= 0 && next < source.words(block).length) return { block, word: next };
  return entering(source, block + direction, direction);
}

/** @param {Source} source @param {Spot} spot */
const sentenceFirst = (source, spot) => ({ block: spot.block, word: source.sentence(spot)[0] });
/** @param {Source} source @param {Spot} spot */
const sentenceLast = (source, spot) => ({ block: spot.block, word: source.sentence(spot)[1] });

/**
 * The clause around a word, as the numbers of its first and last word.
 * @param {Source} source
 * @param {Spot} spot
 * @returns {Pair}
 */
function clause(source, { block, word }) {
  return source.clauses(block).find(([, last]) => last >= word) ?? [word, word];
}

/**
 * The next or previous name, behind or before the stretch; first of all the one that the stretch is only
 * a part of.
 * @param {Source} source
 * @param {Stretch} at
 * @param {1 | -1} direction
 * @returns {Stretch | null}
 */
function name(source, at, direction) {
  const [begins, ends] = [firstOf(at), lastOf(at)];
  const edge = direction > 0 ? ends : begins;
  const around = source
    .names(begins.block)
    .find(([first, last]) => begins.block === ends.block && first <= begins.word && ends.word <= last && last - first > ends.word - begins.word);
  if (around) return { anchor: { block: begins.block, word: around[0] }, head: { block: begins.block, word: around[1] } };
  for (let block = edge.block; block >= 0 && block < source.blocks() && Math.abs(block - edge.block) <= NEAR; block += direction) {
    const here = source.names(block);
    const found =
      direction > 0
        ? here.find(([first]) => block !== edge.block || first > edge.word)
        : here.findLast(([, last]) => block !== edge.block || last < edge.word);
    if (found) return { anchor: { block, word: found[0] }, head: { block, word: found[1] } };
  }
  return null;
}

/**
 * A move of the end that moves, made into a move of the whole cursor or an extension of it.
 * @param {(source: Source, at: Stretch) => Spot | null} target
 * @returns {[Move, Move]}
 */
function both(target) {
  return [
    (source, at) => {
      const spot = target(source, at);
      return spot && only(spot);
    },
    (source, at) => {
      const spot = target(source, only(at.head));
      return spot && { anchor: at.anchor, head: spot };
    },
  ];
}

/** @typedef {(source: Source, at: Stretch) => Stretch | null} Move null: it goes no further */

const [wordNext, extendNext] = both((source, at) => beside(source, lastOf(at), 1));
// From a stretch of several words back to its first word, as an arrow does with a selection.
const [wordPrevious] = both((source, at) => (isOneWord(at) ? beside(source, at.head, -1) : firstOf(at)));
const [, extendPrevious] = both((source, at) => beside(source, at.head, -1));

const [sentenceNext] = both((source, at) => beside(source, sentenceLast(source, lastOf(at)), 1));
const [sentencePrevious] = both((source, at) => {
  const first = sentenceFirst(source, firstOf(at));
  if (compare(first, firstOf(at)) < 0 || !isOneWord(at)) return first;
  const before = beside(source, first, -1);
  return before && sentenceFirst(source, before);
});
const [sentenceEnd, extendToSentenceEnd] = both((source, at) => sentenceLast(source, at.head));
const [sentenceStart, extendToSentenceStart] = both((source, at) => sentenceFirst(source, at.head));

const [clauseNext] = both((source, at) => {
  const last = lastOf(at);
  return beside(source, { block: last.block, word: clause(source, last)[1] }, 1);
});
const [clausePrevious, extendClauseBack] = both((source, at) => {
  const first = firstOf(at);
  const [begins] = clause(source, first);
  if (begins < first.word) return { block: first.block, word: begins };
  const before = beside(source, first, -1);
  return before && { block: before.block, word: clause(source, before)[0] };
});

const [paragraphNext] = both((source, at) => entering(source, lastOf(at).block + 1, 1));
const [paragraphPrevious] = both((source, at) => {
  const first = firstOf(at);
  if (first.word > 0 || !isOneWord(at)) return { block: first.block, word: 0 };
  const before = entering(source, first.block - 1, -1);
  return before && { block: before.block, word: 0 };
});
const [textStart, extendToTextStart] = both((source) => entering(source, 0, 1));
const [textEnd, extendToTextEnd] = both((source) => entering(source, source.blocks() - 1, -1));

/**
 * To where a unit ends; from its end on, to where the next one does.
 * @param {(source: Source, spot: Spot) => Spot} end
 * @returns {Move}
 */
function extendBy(end) {
  return (source, at) => {
    const here = end(source, at.head);
    if (compare(here, at.head) > 0) return { anchor: at.anchor, head: here };
    const next = beside(source, at.head, 1);
    return next && { anchor: at.anchor, head: end(source, next) };
  };
}

/**
 * Back to where a unit begins; from there on, to where the one before it does.
 * @param {(source: Source, spot: Spot) => Spot} start
 * @returns {Move}
 */
function extendBackBy(start) {
  return (source, at) => {
    const here = start(source, at.head);
    if (compare(here, at.head) < 0) return { anchor: at.anchor, head: here };
    const before = beside(source, at.head, -1);
    return before && { anchor: at.anchor, head: start(source, before) };
  };
}

/** @param {Source} source @param {Spot} spot */
const blockLast = (source, { block }) => ({ block, word: source.words(block).length - 1 });
/** @param {Source} _ @param {Spot} spot */
const blockFirst = (_, { block }) => ({ block, word: 0 });

/**
 * One border of the stretch moved by a word; it keeps at least one.
 * @param {"first" | "last"} side
 * @param {1 | -1} direction
 * @returns {Move}
 */
function border(side, direction) {
  return (source, at) => {
    const [first, last] = [firstOf(at), lastOf(at)];
    const moved = beside(source, side === "first" ? first : last, direction);
    if (!moved) return null;
    const next = side === "first" ? { anchor: moved, head: last } : { anchor: first, head: moved };
    return compare(next.anchor, next.head) > 0 ? null : next;
  };
}

/** The next larger unit around the stretch: its clause, its sentence, its paragraph. @type {Move} */
function widen(source, at) {
  const [first, last] = [firstOf(at), lastOf(at)];
  const [one, other] = [clause(source, first), clause(source, last)];
  for (const [from, to] of [
    [{ ...first, word: one[0] }, { ...last, word: other[1] }],
    [sentenceFirst(source, first), sentenceLast(source, last)],
    [blockFirst(source, first), blockLast(source, last)],
  ]) {
    if (from && to && (compare(from, first) < 0 || compare(to, last) > 0)) return { anchor: from, head: to };
  }
  return null;
}

/** @type {Record<string, Move>} */
export const MOVES = {
  wordNext,
  wordPrevious,
  extendNext,
  extendPrevious,
  sentenceNext,
  sentencePrevious,
  extendSentence: extendBy(sentenceLast),
  extendSentenceBack: extendBackBy(sentenceFirst),
  sentenceStart,
  sentenceEnd,
  extendToSentenceStart,
  extendToSentenceEnd,
  clauseNext,
  clausePrevious,
  extendClause: extendBy((source, spot) => ({ block: spot.block, word: clause(source, spot)[1] })),
  extendClauseBack,
  paragraphNext,
  paragraphPrevious,
  extendParagraph: extendBy(blockLast),
  extendParagraphBack: extendBackBy(blockFirst),
  textStart,
  textEnd,
  extendToTextStart,
  extendToTextEnd,
  nameNext: (source, at) => name(source, at, 1),
  namePrevious: (source, at) => name(source, at, -1),
  startOneEarlier: border("first", -1),
  startOneLater: border("first", 1),
  endOneLater: border("last", 1),
  endOneEarlier: border("last", -1),
  widen,
};
