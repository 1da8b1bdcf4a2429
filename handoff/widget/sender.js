/** Sends what is in the outbox, one operation at a time: the next goes out when the desk has the one before it. */

const ACCEPTED_WITHIN = 10_000;

export class Sender {
  #outbox;
  #connection;
  #sending = null; // id of the operation on its way
  #left; // id of what was left to the tab that it was written in
  #timer;

  constructor(outbox, connection) {
    this.#outbox = outbox;
    this.#connection = connection;
  }

  /** Sends the next, if the line is up and nothing is on its way. */
  flush() {
    const next = this.#connection.online && !this.#sending && this.#outbox.next();
    if (!next) return;
    const { type, id, text, entry, button, attachments } = next.item;
    if (next.wait && this.#left !== id) {
      this.#left = id; // once: the clock that counts may have been set back
      return this.later(next.wait);
    }
    const frame = type === "press" ? { type, id, entry, button } : { type, id, text, attachments: attachments?.map((one) => one.id) };
    if (!this.#connection.send(frame)) return;
    this.#sending = id;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connection.restart(), ACCEPTED_WITHIN);
  }

  later(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), ms);
  }

  /** The desk answered, whatever it said. */
  answered(id) {
    if (this.#sending === id) this.stop();
  }

  /** The line is gone, or given up: what was on its way is sent again by the next `flush`. */
  stop() {
    clearTimeout(this.#timer);
    this.#sending = null;
  }
}
