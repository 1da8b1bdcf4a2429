/**
 * What the customer did and the desk has not accepted yet. Each operation has its id from the start, so that sending it
 * again, after a reload or from another tab, is sending the same one. One storage key per operation: tabs never rewrite
 * each other's.
 */

const KEY = "out ";
const GRACE = 2000; // ms that the tab in which it was written has for itself

export class Outbox {
  #store;
  #clock = 0;
  #tab = unguessable();

  constructor(store) {
    this.#store = store;
  }

  /** Keeps an operation: `{type: "say", text}`, `{type: "press", entry, button, text}`, `human` or `cancel`. */
  add(operation) {
    // A key sorts after those before it, even when the clock was set back.
    this.#clock = Math.max(this.#clock + 1, Date.now(), (this.all().at(-1)?.time ?? 0) + 1);
    const item = { ...operation, id: unguessable(), tab: this.#tab, time: this.#clock };
    this.#write(item);
    return item;
  }

  /** Everything kept, oldest first. */
  all() {
    return this.#store.keys(KEY).map((key) => read(this.#store.get(key))).filter(Boolean);
  }

  /** The oldest that may be sent now, and how many ms to leave it to another tab. */
  next() {
    const item = this.all().find((one) => !one.failed);
    if (!item) return null;
    const wait = item.tab === this.#tab ? 0 : Math.max(0, item.time + GRACE - Date.now());
    return { item, wait: Math.min(wait, GRACE) };
  }

  remove(id) {
    const item = this.find(id);
    if (item) this.#store.remove(keyOf(item));
  }

  /** The desk will never take it as it is: it stays, for the customer to decide, and lets the others pass. */
  fail(id, code) {
    const item = this.find(id);
    if (item) this.#write({ ...item, failed: code });
    return item;
  }

  /** Tries a refused one again; under a new id where the desk holds another text under the old one. */
  retry(id) {
    const item = this.find(id);
    if (!item?.failed) return null;
    const { failed, ...again } = item;
    if (failed !== "conflict") {
      this.#write({ ...again, tab: this.#tab });
      return again;
    }
    this.remove(id);
    return this.add(again);
  }

  /** An operation that another tab wrote or removed, from a change of the store; null for any other change. */
  static changed(key, before, after) {
    if (!key.startsWith(KEY)) return null;
    return { added: read(after), removed: after === null ? read(before) : null };
  }

  find(id) {
    return this.all().find((item) => item.id === id);
  }

  #write(item) {
    this.#store.set(keyOf(item), JSON.stringify(item));
  }
}

function keyOf(item) {
  return `${KEY}${String(item.time).padStart(15, "0")} ${item.id}`;
}

function read(text) {
  try {
    const item = JSON.parse(text);
    return typeof item?.id === "string" ? item : null;
  } catch {
    return null; // not ours, or cut off: there is nothing to send in it
  }
}

/** crypto.randomUUID exists on https only; a chat on a plain-http intranet needs ids too. */
function unguessable() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
