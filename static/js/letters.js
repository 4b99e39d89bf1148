/**
 * The letters that are kept in this browser until the server has answered each: one queue for all tabs
 * and pages of Postil here, in IndexedDB. Where that is missing or forbidden they live as long as the
 * page, which warns when it is left.
 */

/**
 * @typedef {object} Letter one change, as it goes out
 * @property {number} [n] its place in the queue; given when it is kept
 * @property {string} op the operation id: sent twice, it is done once
 * @property {string} url
 * @property {[string, string][]} fields
 * @property {string} kind
 * @property {{ start: number, end: number } | null} place what to paint while it is under way
 * @property {string} about the annotation that it changes; empty for others
 * @property {string} page the path of the page where it was written
 * @property {string} [tab] the browser's tab that it was written in; letters of an older Postil name none
 * @property {string} view what that page showed: its query string
 * @property {string} title the article's
 * @property {string} person the id of whoever wrote it
 * @property {string} name and their name
 * @property {string} revision of the text that they saw; empty where it does not matter
 * @property {string} made when, ISO 8601
 * @property {"waits" | "refused" | "held"} state held: a letter before it, which it builds on, was refused
 * @property {string} under of a held letter: the operation id of the one that was refused
 * @property {string} html of a refused letter: what the server said
 * @property {string} now of a stale letter: the version that the person was shown instead
 */

const NAME = "postil";
const LETTERS = "letters";
const TURNS = "turns";

/** @type {Promise<IDBDatabase | null> | undefined} */
let opened;

/** @returns {Promise<IDBDatabase | null>} null where nothing can be kept */
function database() {
  opened ??= new Promise((resolve) => {
    let request;
    try {
      request = indexedDB.open(NAME, 1);
    } catch {
      return resolve(null); // forbidden here
    }
    request.onupgradeneeded = () => {
      request.result.createObjectStore(LETTERS, { keyPath: "n", autoIncrement: true });
      request.result.createObjectStore(TURNS);
    };
    request.onerror = () => resolve(null);
    request.onblocked = () => resolve(null);
    request.onsuccess = () => {
      const db = request.result;
      db.onversionchange = () => db.close(); // a newer page wants to change the tables
      db.onclose = () => (opened = undefined);
      resolve(db);
    };
  });
  return opened;
}

/**
 * Run a transaction; resolves when it is committed.
 * @template T
 * @param {string} table
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work its last request is the result
 * @returns {Promise<T | null>} null where nothing can be kept
 */
async function transact(table, mode, work) {
  const db = await database();
  if (!db) return null;
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(table, mode);
    const request = work(transaction.objectStore(table));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/**
 * One request and nothing after it: committed by the browser even when the page ends at this moment, which
 * otherwise has to wait for the request before it commits.
 * @template T
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T | null>} null where nothing can be kept
 */
function write(work) {
  return transact(LETTERS, "readwrite", (store) => {
    const request = work(store);
    store.transaction.commit();
    return request;
  });
}

/** Whether letters outlive the page here. */
export async function canKeep() {
  return (await database()) !== null;
}

/**
 * @param {Letter} letter
 * @returns {Promise<number | null>} its place in the queue; rejects when there is no room left
 */
export async function keep(letter) {
  return /** @type {number | null} */ (await write((store) => store.add(letter)));
}

/** @param {Letter} letter with its place */
export async function change(letter) {
  if (letter.n !== undefined) await write((store) => store.put(letter));
}

/** @param {Letter} letter with its place */
export async function forget(letter) {
  if (letter.n !== undefined) await write((store) => store.delete(/** @type {number} */ (letter.n)));
}

/** @returns {Promise<Letter[]>} all that are kept, in order */
export async function kept() {
  return (await transact(LETTERS, "readonly", (store) => store.getAll())) ?? [];
}

/**
 * Take the turn to send, or keep it, unless somebody else has it. One transaction, so that two tabs never
 * both get it; a turn that is not taken again in time is free.
 * @param {string} holder
 * @param {number} time for how long, in milliseconds
 * @returns {Promise<"mine" | "new" | null>} new: somebody else had it last; null: somebody has it now
 */
export async function takeTurn(holder, time) {
  /** @type {"mine" | "new" | null} */
  let got = null;
  await transact(TURNS, "readwrite", (store) => {
    const asked = store.get("sending");
    asked.onsuccess = () => {
      const now = Date.now();
      const last = /** @type {{ holder: string, until: number } | undefined} */ (asked.result);
      // A clock that was set back must not lock everybody out.
      const taken = last && last.holder !== holder && last.until > now && last.until <= now + 2 * time;
      got = taken ? null : last?.holder === holder ? "mine" : "new";
      if (got) store.put({ holder, until: now + time }, "sending");
    };
    return asked;
  });
  return got;
}

/** @param {string} holder */
export async function giveTurn(holder) {
  await transact(TURNS, "readwrite", (store) => {
    const asked = store.get("sending");
    asked.onsuccess = () => {
      if (asked.result?.holder === holder) store.put({ holder, until: 0 }, "sending");
    };
    return asked;
  });
}
