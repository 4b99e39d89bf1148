/**
 * One tab sends at a time. By the browser's locks where it has them; on plain HTTP in a local network it
 * has none, and the turn is a row in IndexedDB that runs out when its holder is gone.
 *
 * Whoever had the turn keeps it for a while, so that the next letter goes out without asking anybody, but
 * hands it over at once when another tab asks for it.
 */
import { canKeep, giveTurn, takeTurn } from "./letters.js";

/**
 * @typedef {object} Turn
 * @property {boolean} alone whether nobody else can have sent anything since this tab last looked
 * @property {() => Promise<boolean>} lasts ask before each letter: the turn may have run out while the machine slept
 */

const NAME = "postil.sending";
/** How long a turn in the store lasts: longer than any one letter takes (outbox.js, PATIENCE). */
const TIME = 15_000;
/** As long after it was taken, a turn in the store is certainly there for one letter more. */
const SURE = 4000;
const LINGER = navigator.locks ? 20_000 : SURE;
const AGAIN = 400;
const me = [...crypto.getRandomValues(new Uint32Array(3))].join(".");
const asking = new BroadcastChannel("postil.turn");

let mine = false;
let working = false;
/** Whether another tab has asked for the turn. */
let wanted = false;
let taken = 0;
/** Lets the browser's lock go. @type {(() => void) | null} */
let unlock = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Run `work` while no other tab runs its own. One call at a time in a tab.
 * @param {(turn: Turn) => Promise<void>} work
 */
export async function inTurn(work) {
  if (!(await canKeep())) return work({ alone: true, lasts: async () => true });
  clearTimeout(timer);
  const alone = mine && (navigator.locks !== undefined || Date.now() - taken < SURE) ? true : await get();
  working = true;
  try {
    await work({ alone, lasts });
  } finally {
    working = false;
    if (wanted) release();
    else timer = setTimeout(release, LINGER);
  }
}

/** @returns {Promise<boolean>} whether nobody else had the turn since this tab did */
async function get() {
  if (navigator.locks) return lock();
  let got = await take();
  while (!got) {
    asking.postMessage("please");
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    got = await take();
  }
  mine = true;
  return got === "mine";
}

/** @returns {Promise<boolean>} whether the lock was free */
function lock() {
  return new Promise((resolve, reject) => {
    /** @param {boolean} free */
    const hold = (free) => {
      mine = true;
      wanted = !free; // where several tabs wait, it goes round
      resolve(free);
      return new Promise((/** @type {(value: void) => void} */ done) => (unlock = done));
    };
    const first = navigator.locks.request(NAME, { ifAvailable: true }, (found) => {
      if (found) return hold(true);
      asking.postMessage("please");
      navigator.locks.request(NAME, () => hold(false)).catch(reject);
      return undefined;
    });
    first.catch(reject);
  });
}

async function lasts() {
  if (navigator.locks || Date.now() - taken < SURE) return true;
  return (await take()) === "mine";
}

/** A store that fails must not keep anything from being sent: the operation ids make it once. */
async function take() {
  const got = await takeTurn(me, TIME).catch(() => /** @type {const} */ ("mine"));
  if (got) taken = Date.now();
  return got;
}

function release() {
  if (!mine || working) return;
  clearTimeout(timer);
  mine = wanted = false;
  unlock?.();
  unlock = null;
  if (!navigator.locks) void giveTurn(me).catch(() => undefined); // then it runs out
}

asking.addEventListener("message", () => {
  wanted = mine;
  release();
});
addEventListener("pagehide", release);
