/**
 * The customer's side of docs/protocol.md: what the desk says becomes calls of the view, what the customer does goes
 * through the outbox. Knows the owner and the last `seq` shown; keeps no transcript.
 */

import { Connection } from "./connection.js";
import { Outbox } from "./outbox.js";
import { Sender } from "./sender.js";

const TYPING_EVERY = 3000;
const QUIET = 400; // ms without an entry after a welcome: that was all
const TRY_LATER = { rate: 5000, unavailable: 3000 };

export class Conversation {
  owner = "bot";
  name = null; // of the agent
  last = 0; // the last seq shown
  top = Infinity; // the log's last seq at welcome: what comes after it is news
  people = null;
  place = null; // in line: {position, low, high}
  asking = false; // a person was asked for and the desk has not answered yet

  #store;
  #outbox;
  #view;
  #page;
  #connection;
  #token = null;
  #id = null;
  #gone;
  #sender;
  #settled = false;
  #settling;
  #typed = 0;
  #seen = 0;

  /** @param view {{show, clear, pending, accepted, failed, forget, seen, typing, changed}} called with frames and items */
  constructor({ url, store, lang, view }) {
    this.#store = store;
    this.#outbox = new Outbox(store);
    this.#view = view;
    this.#page = lang;
    this.#connection = new Connection({
      url,
      hello: () => this.#hello(),
      frame: (frame) => this.#receive(frame),
      changed: () => this.#lineChanged(),
    });
    this.#sender = new Sender(this.#outbox, this.#connection);
  }

  /** Whether this browser has said anything before: a token is kept once the desk gave one. */
  get known() {
    return this.#store.get("token") !== null;
  }

  get id() {
    return this.#id;
  }

  get online() {
    return this.#connection.online;
  }

  get started() {
    return this.#connection.started;
  }

  /** Everything up to the log's end has been shown (its last entries may be notes, which are not for the customer). */
  get caughtUp() {
    return this.online && (this.last >= this.top || this.#settled);
  }

  start() {
    if (this.started) return;
    this.#store.watch((...change) => this.#otherTab(...change));
    for (const item of this.#outbox.all()) this.#view.pending(item);
    this.asking = this.#outbox.all().some((item) => item.type === "human");
    this.#connection.start();
  }

  stop() {
    this.#store.ignore();
    this.#sender.stop();
    clearTimeout(this.#settling);
    this.#connection.stop();
  }

  say(text, attachments) {
    this.#do({ type: "say", text, attachments });
  }

  press(entry, button, text) {
    this.#do({ type: "press", entry, button, text });
  }

  human() {
    if (this.asking) return;
    this.asking = true;
    this.#do({ type: "human" });
    this.#view.changed();
  }

  cancel() {
    this.#do({ type: "cancel" });
  }

  retry(id) {
    const item = this.#outbox.retry(id);
    if (!item) return;
    if (item.id !== id) this.#view.forget(id);
    this.#view.pending(item);
    this.#sender.flush();
  }

  discard(id) {
    this.#outbox.remove(id);
    this.#view.forget(id);
  }

  typing() {
    if (Date.now() - this.#typed < TYPING_EVERY || !this.last) return;
    if (this.#connection.send({ type: "typing" })) this.#typed = Date.now();
  }

  /** The customer has the conversation before their eyes. */
  look() {
    if (this.last <= this.#seen || !this.online) return;
    if (!this.#connection.send({ type: "seen", seq: this.last })) return;
    this.#seen = this.last;
    if (this.last > this.seen) this.#store.set("seen", String(this.last));
  }

  /** The last seq that this customer has looked at, in whichever tab. */
  get seen() {
    return Number(this.#store.get("seen") ?? 0);
  }

  #hello() {
    this.#token = this.#store.get("token");
    return { type: "hello", token: this.#token, after: this.last, lang: this.#page, page: location.origin + location.pathname };
  }

  #receive(frame) {
    const { [frame.type]: take } = {
      welcome: this.#welcome,
      entry: this.#entry,
      accepted: this.#accepted,
      refused: this.#refused,
      queue: this.#queue,
      seen: ({ seq }) => this.#view.seen(seq),
      typing: ({ who, name }) => this.#view.typing(who, name),
    };
    take?.call(this, frame);
  }

  #welcome(frame) {
    const kept = this.#store.get("token");
    if (kept !== null && kept !== this.#token) return this.#connection.restart(); // another tab has begun meanwhile
    this.#store.set("token", frame.token);
    this.#token = frame.token;
    const other = this.#id !== null && frame.conversation !== undefined && frame.conversation !== this.#id;
    this.#id = frame.conversation ?? this.#id;
    if (other || frame.seq < this.last) return this.#startAnew();
    Object.assign(this, { top: frame.seq, owner: frame.owner, name: frame.name, people: frame.people, ways: frame.continue });
    if (this.owner !== "queue") this.place = null;
    this.#settle();
    this.#view.changed();
    this.#sender.flush();
  }

  #settle() {
    this.#settled = false;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settled = true;
      this.#view.changed();
    }, QUIET);
  }

  #entry({ prev, entry }) {
    if (entry.seq <= this.last) return;
    if (prev !== this.last) return this.#connection.restart(); // a gap: read the log
    this.last = entry.seq;
    const news = entry.seq > this.top;
    if (entry.kind === "owner" && news) this.#ownerChanged(entry);
    this.#view.show(entry, news);
    if (this.last >= this.top) this.#view.changed();
    else this.#settle();
  }

  #ownerChanged(entry) {
    this.owner = entry.owner;
    this.name = entry.name ?? null;
    this.place = entry.owner === "queue" ? placeOf(entry) : null;
    this.asking = false;
  }

  #queue({ position, low, high }) {
    this.place = { position, low, high };
    this.#view.changed();
  }

  #accepted({ id, seq }) {
    this.#sender.answered(id);
    this.#outbox.remove(id);
    this.#view.accepted(id, seq);
    if (this.asking && seq <= this.last) this.asking = false; // a repeat: its change of owner was shown already
    this.#sender.flush();
  }

  #refused({ id, code, retry }) {
    this.#sender.answered(id);
    if (code in TRY_LATER) return this.#sender.later(retry ? retry * 1000 : TRY_LATER[code]);
    const item = this.#outbox.find(id);
    if (code === "not_found" && item?.type === "say" && this.#gone !== this.#id) {
      this.#gone = this.#id; // erased under our hands: a new start brings a new conversation, and takes this along
      return this.#connection.restart();
    }
    if (item?.text === undefined) {
      this.asking = false; // a person is there already, or is no longer wanted: nothing to show
      this.#outbox.remove(id);
      this.#view.changed();
    } else {
      this.#view.failed(this.#outbox.fail(id, code), code);
    }
    this.#sender.flush();
  }

  #startAnew() {
    Object.assign(this, { last: 0, top: Infinity, owner: "bot", name: null, place: null });
    this.#id = null;
    this.#seen = 0;
    this.#store.remove("seen");
    this.#view.clear();
    for (const item of this.#outbox.all()) this.#view.pending(item);
    this.#connection.restart();
  }

  #do(operation) {
    const item = this.#outbox.add(operation);
    this.#view.pending(item);
    this.start();
    this.#sender.flush();
  }

  #lineChanged() {
    if (!this.online) {
      this.#sender.stop();
      this.top = Infinity;
      this.#settled = false;
    }
    this.#view.changed();
  }

  #otherTab(key, before, after) {
    if (key === "seen") this.#view.changed();
    if (key === "token" && this.last === 0 && this.#store.get("token") !== this.#token) this.#connection.restart();
    const change = Outbox.changed(key, before, after);
    if (!change) return;
    const { added, removed } = change;
    if (added?.failed) this.#view.failed(added, added.failed);
    else if (added) this.#view.pending(added);
    if (removed?.failed) this.#view.forget(removed.id);
    if (added) this.#sender.flush();
  }
}

function placeOf({ position, low, high }) {
  return { position: position ?? null, low: low ?? null, high: high ?? null };
}
