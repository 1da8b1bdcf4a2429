/** The lists an agent works from, derived from the state. Pure. */

/** @typedef {import("./state.js").State} State */

const BOTS_SHOWN = 30;
const SOON = 30_000; // ms

const all = (state) => Object.values(state.conversations);
const isMine = (state, summary) => summary.owner === "agent" && summary.agent === state.me?.id;

/** Higher priority first; within one, the place kept through requeues, then the longest wait. */
const inLine = (a, b) =>
  b.priority - a.priority ||
  (a.place ?? Infinity) - (b.place ?? Infinity) ||
  (a.since ?? Infinity) - (b.since ?? Infinity) ||
  (a.id < b.id ? -1 : 1);

// Nothing may jump under the hand that is about to click: own conversations stay where they are.
const steady = (a, b) => a.started - b.started || (a.id < b.id ? -1 : 1);
const newest = (a, b) => b.updated - a.updated || (a.id < b.id ? -1 : 1);

export const waiting = (state) => all(state).filter((one) => one.owner === "queue").sort(inLine);
export const mine = (state) => all(state).filter((one) => isMine(state, one)).sort(steady);
export const others = (state) =>
  all(state)
    .filter((one) => one.owner === "agent" && !isMine(state, one))
    .sort((a, b) => String(a.name ?? a.agent).localeCompare(String(b.name ?? b.agent)) || steady(a, b));
export const bots = (state) =>
  all(state).filter((one) => one.owner === "bot").sort(newest).slice(0, BOTS_SHOWN);

/** The four lists in the order they are shown. */
export const lists = (state) => [
  { id: "mine", items: mine(state) },
  { id: "waiting", items: waiting(state) },
  { id: "others", items: others(state) },
  { id: "bots", items: bots(state) },
];

export const summaryOf = (state, id) => (id ? (state.conversations[id] ?? null) : null);
export const selected = (state) => summaryOf(state, state.selected);
export const owns = (state, id) => {
  const summary = summaryOf(state, id);
  return summary !== null && isMine(state, summary);
};

/** The customer of one of my conversations has written something that I have not had before my eyes. */
export const unread = (state, summary) =>
  isMine(state, summary) && summary.last?.sender === "customer" && summary.seq > (state.read[summary.id] ?? 0);
export const unreadCount = (state) => mine(state).filter((one) => unread(state, one)).length;

/** Conversations whose entries this page keeps at hand: the open one and all of mine. */
export const followed = (state) => {
  const ids = new Set(mine(state).map((one) => one.id));
  if (state.selected) ids.add(state.selected); // known or not: its address may be older than the lists
  return ids;
};

/** How long the customer has been waiting for a person, or for the next word of the one who has them; else null. */
export function waitedFor(state, summary) {
  const { owner, since, last } = summary;
  const from = owner === "queue" ? since : owner === "agent" && last?.sender === "customer" ? last.time : null;
  return from == null ? null : Math.max(0, state.now - from);
}

/** A wait to show in a list: one just begun, with an agent who is writing, is none. */
export function worthSaying(state, summary) {
  const waited = waitedFor(state, summary);
  return summary.owner === "agent" && waited < SOON ? null : waited;
}

/** May this agent be rung for? Nobody is disturbed who is away or has their hands full. */
export const ringable = (state) =>
  state.phase === "desk" &&
  state.me?.availability === "available" &&
  mine(state).length < (state.me.capacity ?? Infinity) &&
  waiting(state).length > 0;
