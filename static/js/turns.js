/**
 * One tab sends at a time. By the browser's locks where it has them; on plain HTTP in a local network it
 * has none, and the turn is a row in IndexedDB that runs out when its holder is gone.
 */
import { canKeep, giveTurn, takeTurn } from "./letters.js";

/**
 * @typedef {object} Turn
 * @property {boolean} alone whether nobody else can have sent anything since this tab last looked
 * @property {() => Promise<boolean>} lasts ask before each letter: the turn may have run out while the machine slept
 */

const NAME = "postil.sending";
/** Longer than any one letter takes (outbox.js, PATIENCE). */
const TIME = 15_000;
const AGAIN = 400;
const me = [...crypto.getRandomValues(new Uint32Array(3))].join(".");

/**
 * Run `work` while no other tab runs its own.
 * @param {(turn: Turn) => Promise<void>} work
 */
export async function inTurn(work) {
  if (!(await canKeep())) return work({ alone: true, lasts: async () => true });
  if (navigator.locks) return locked(work);
  let got = await take();
  while (!got) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    got = await take();
  }
  try {
    await work({ alone: got === "mine", lasts: async () => (await take()) === "mine" });
  } finally {
    await giveTurn(me).catch(() => undefined); // then it runs out
  }
}

/** A store that fails must not keep anything from being sent: the operation ids make it once. */
function take() {
  return takeTurn(me, TIME).catch(() => /** @type {const} */ ("mine"));
}

/** @param {(turn: Turn) => Promise<void>} work */
async function locked(work) {
  const lasts = async () => true;
  const done = await navigator.locks.request(NAME, { ifAvailable: true }, async (lock) => {
    if (lock) await work({ alone: true, lasts });
    return lock !== null;
  });
  if (!done) await navigator.locks.request(NAME, () => work({ alone: false, lasts }));
}
