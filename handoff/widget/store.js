/** What the widget keeps in the browser: a token, what could not be sent yet, small choices. No words of the log. */

export class Store {
  #prefix;
  #memory = new Map(); // what the browser would not take: private windows, blocked or full storage
  #listener;

  /** @param {string} desk address of the desk: two desks on one site do not share anything */
  constructor(desk) {
    this.#prefix = `support-chat ${desk} `;
  }

  get(key) {
    const name = this.#prefix + key;
    if (this.#memory.has(name)) return this.#memory.get(name);
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  }

  set(key, value) {
    const name = this.#prefix + key;
    try {
      localStorage.setItem(name, value);
      this.#memory.delete(name);
    } catch {
      this.#memory.set(name, value);
    }
  }

  remove(key) {
    const name = this.#prefix + key;
    this.#memory.delete(name);
    try {
      localStorage.removeItem(name);
    } catch {
      // nothing was stored there either
    }
  }

  /** All keys that begin so, sorted. */
  keys(beginning) {
    let stored = [];
    try {
      stored = Object.keys(localStorage);
    } catch {
      // blocked: what there is, is in memory
    }
    const start = this.#prefix + beginning;
    return [...new Set([...stored, ...this.#memory.keys()])]
      .filter((name) => name.startsWith(start))
      .map((name) => name.slice(this.#prefix.length))
      .sort();
  }

  /** Calls `changed(key, before, after)` for what other tabs do, until `ignore()`. */
  watch(changed) {
    this.ignore();
    this.#listener = ({ key, oldValue, newValue }) => {
      if (key?.startsWith(this.#prefix)) changed(key.slice(this.#prefix.length), oldValue, newValue);
    };
    addEventListener("storage", this.#listener);
  }

  ignore() {
    if (this.#listener) removeEventListener("storage", this.#listener);
    this.#listener = undefined;
  }
}
