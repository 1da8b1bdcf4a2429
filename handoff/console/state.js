/**
 * What the agents' page knows, and how each event changes it. Pure: no clock, no DOM, no network.
 * Frames of the desk (docs/protocol.md) are events as they come; the page's own events are named below.
 *
 * @typedef {{ signal: string, message: number, score: number, span?: string, threshold?: number }} Evidence
 * @typedef {{ id: string, name: string, role: string, availability: string, load: number, capacity: number }} Agent
 * @typedef {{ id: string, customer: {name: string|null, lang: string|null, channel: string}, owner: string,
 *   agent: string|null, name: string|null, fence: number, since: number|null, place: number|null, priority: number,
 *   reason: string|null, seq: number, started: number, updated: number, last: object|null }} Summary
 * @typedef {{ entries: object[], status: "loading"|"here"|"failed", behind: number, typing: number, typist: string|null, seen: number }} Opened
 * @typedef {typeof initial} State
 */

const TYPING_SHOWN = 5_000;
const KEEP_WITH_BOT = 200;
const empty = { entries: [], status: "loading", behind: 0, typing: 0, typist: null, seen: 0 };

export const initial = Object.freeze({
  phase: "starting", // starting | signin | welcome | desk
  door: { busy: false, error: null }, // the form of sign-in and welcome
  me: null,
  roster: [],
  settings: {},
  conversations: {}, // id -> Summary
  opened: {}, // id -> Opened
  persons: {}, // id -> { status: "here"|"failed", conversations, links }: who else this customer is
  selected: null,
  view: "talk", // talk | judgement: what the middle shows
  judgement: { status: "loading", days: 30, found: null, error: null, at: null }, // late handoffs; `at`: the slider's place
  pane: "list", // list | talk | facts: what a narrow screen shows
  drafts: {}, // id -> { reply, note, mode }
  outbox: [], // { id, conversation, kind, text, fence }: sent, and not yet back as an entry
  busy: {}, // id -> command under way on it
  stopped: {}, // id -> { by }: a reply was refused because somebody else has it
  read: {}, // id -> last seq that was before the agent's eyes
  line: "connecting", // connecting | open | lost
  dialog: null, // { name, conversation?, busy?, error?, link? }
  toasts: [], // { id, tone, text }
  sound: true,
  awake: false, // somebody has touched the page, so the browser lets it sound
  keys: true,
  notices: "default", // the browser's permission for desktop notices, or "none"
  now: 0, // ms, the desk's clock
});

const put = (table, id, value) => ({ ...table, [id]: value });
const without = (table, id) => {
  const { [id]: _, ...rest } = table;
  return rest;
};
const open = (state, id, change) =>
  state.opened[id] ? { ...state, opened: put(state.opened, id, { ...state.opened[id], ...change }) } : state;

/** A summary fetched over HTTP may be older than what the socket has brought meanwhile. */
const isOlder = (a, b) => b !== undefined && (a.fence < b.fence || (a.fence === b.fence && a.seq < b.seq));
const byId = (summaries) => Object.fromEntries(summaries.map((one) => [one.id, one]));

/** Every visitor of the site passes through here; a long day must not fill the page's memory. */
function bounded(conversations, keep) {
  const idle = Object.values(conversations).filter((one) => one.owner === "bot" && !keep.has(one.id));
  if (idle.length <= KEEP_WITH_BOT * 1.5) return conversations;
  const drop = new Set(idle.sort((a, b) => b.updated - a.updated).slice(KEEP_WITH_BOT).map((one) => one.id));
  return Object.fromEntries(Object.entries(conversations).filter(([id]) => !drop.has(id)));
}

const lastSeq = (opened) => opened.entries.at(-1)?.seq ?? 0;
export const cursorOf = (state, id) => (state.opened[id] ? lastSeq(state.opened[id]) : 0);

/** What came back as an entry is no longer on its way. */
function arrived(state, entries) {
  const ids = new Set(entries.map((one) => one.id));
  return state.outbox.some((one) => ids.has(one.id))
    ? { ...state, outbox: state.outbox.filter((one) => !ids.has(one.id)) }
    : state;
}

/** Files of the next reply: { key, name, progress?, attachment?, error? }. */
export const filesOf = (state, id) => state.drafts[id]?.files ?? [];
const draftOf = (state, id) => state.drafts[id] ?? { reply: "", note: "", mode: "reply" };
const drafted = (state, id, change) => ({ ...state, drafts: put(state.drafts, id, { ...draftOf(state, id), ...change }) });

const withMe = (state, roster) => ({
  ...state,
  roster,
  me: { ...state.me, ...(roster.find((one) => one.id === state.me?.id) ?? {}) },
});

/** What is known of a person, without an erased conversation. */
const unknown = (person, id) => ({
  ...person,
  conversations: person.conversations.filter((one) => one.id !== id),
  links: person.links.filter((one) => !one.conversations.includes(id)),
});

const frames = {
  conversation(state, { summary }) {
    const before = state.conversations[summary.id];
    if (isOlder(summary, before)) return state;
    const keep = new Set([...Object.keys(state.opened), state.selected]);
    const next = { ...state, conversations: bounded(put(state.conversations, summary.id, summary), keep) };
    const mineAgain = summary.owner === "agent" && summary.agent === state.me?.id;
    return mineAgain ? { ...next, stopped: without(next.stopped, summary.id) } : next;
  },

  entry(state, { conversation, prev, entry }) {
    const opened = state.opened[conversation];
    if (!opened || opened.status !== "here" || entry.seq <= lastSeq(opened)) return arrived(state, [entry]);
    if (prev > lastSeq(opened)) return open(state, conversation, { behind: opened.behind + 1 });
    const typing = entry.sender === "customer" ? 0 : opened.typing;
    return arrived(open(state, conversation, { entries: [...opened.entries, entry], typing }), [entry]);
  },

  /** Erased, on request or by age: nothing of it may stay on the page. */
  gone(state, { conversation: id }) {
    const next = { ...state, conversations: without(state.conversations, id), opened: without(state.opened, id) };
    const persons = Object.entries(without(state.persons, id)).map(([of, person]) => [of, unknown(person, id)]);
    return { ...next, persons: Object.fromEntries(persons), drafts: without(next.drafts, id), selected: state.selected === id ? null : state.selected };
  },

  roster: (state, { agents }) => withMe(state, agents),
  typing(state, { conversation, who, name = null }) {
    if (who === "bot") return state;
    return open(state, conversation, { typing: state.now + TYPING_SHOWN, typist: who === "agent" ? name : null });
  },
  seen: (state, { conversation, seq }) =>
    open(state, conversation, { seen: Math.max(seq, state.opened[conversation]?.seen ?? 0) }),
};

const page = {
  /** The door: nobody is signed in. `expired`: somebody was, a moment ago. */
  signedOut: (state, { expired = false, welcome = null }) => ({
    ...initial,
    selected: state.selected,
    view: state.view,
    sound: state.sound,
    awake: state.awake,
    keys: state.keys,
    notices: state.notices,
    now: state.now,
    phase: welcome ? "welcome" : "signin",
    door: { busy: false, error: null, expired },
    welcome,
  }),
  knocking: (state) => ({ ...state, door: { busy: true, error: null } }),
  turnedAway: (state, { error }) => ({ ...state, door: { busy: false, error } }),

  /** The whole state from the desk: at start, and again whenever the cursor is too old. */
  booted(state, { desk, now }) {
    const opened = Object.fromEntries(
      Object.entries(state.opened).map(([id, one]) => [id, { ...one, status: "loading" }]),
    );
    const next = { ...state, phase: "desk", now, opened, settings: desk.settings ?? {}, me: desk.me };
    return withMe({ ...next, conversations: byId(desk.conversations) }, desk.roster ?? []);
  },
  line: (state, { line }) => ({ ...state, line }),
  tick: (state, { now }) => ({ ...state, now }),

  follow: (state, { conversation }) => ({
    ...state,
    opened: put(state.opened, conversation, { ...(state.opened[conversation] ?? empty), status: "loading" }),
  }),
  loaded(state, { conversation, summary, entries }) {
    const known = frames.conversation(state, { summary });
    const before = known.opened[conversation] ?? empty;
    const later = before.entries.filter((one) => one.seq > (entries.at(-1)?.seq ?? 0));
    const opened = { ...before, entries: [...entries, ...later], status: "here" };
    return arrived({ ...known, opened: put(known.opened, conversation, opened) }, entries);
  },
  loadFailed: (state, { conversation }) => open(state, conversation, { status: "failed" }),
  person: (state, { conversation, person }) => ({ ...state, persons: put(state.persons, conversation, { status: "here", ...person }) }),
  personFailed: (state, { conversation }) => ({
    ...state,
    persons: put(state.persons, conversation, { conversations: [], links: [], ...state.persons[conversation], status: "failed" }),
  }),
  unfollow: (state, { conversation }) => ({ ...state, opened: without(state.opened, conversation) }),

  select(state, { conversation }) {
    if (!conversation && !state.selected && state.view === "talk") return state;
    return { ...state, view: "talk", selected: conversation, pane: conversation ? "talk" : "list" };
  },
  pane: (state, { pane }) => ({ ...state, pane }),
  view: (state, { view }) => (view === state.view ? state : { ...state, view, selected: null, pane: "list" }),

  judging: (state, { days }) => ({ ...state, judgement: { ...state.judgement, status: "loading", days, error: null } }),
  judged(state, { found }) {
    if (found.days !== state.judgement.days) return state; // asked for others meanwhile
    const same = found.threshold === state.judgement.found?.threshold;
    return { ...state, judgement: { ...state.judgement, status: "here", found, at: same ? state.judgement.at : null } };
  },
  judgingFailed: (state, { error }) => ({ ...state, judgement: { ...state.judgement, status: "failed", error } }),
  slid: (state, { at }) => ({ ...state, judgement: { ...state.judgement, at } }),
  read: (state, { conversation, seq }) =>
    (state.read[conversation] ?? 0) >= seq ? state : { ...state, read: put(state.read, conversation, seq) },

  typed: (state, { conversation, mode, text }) => drafted(state, conversation, { [mode]: text }),
  mode: (state, { conversation, mode }) => drafted(state, conversation, { mode }),
  /** A file of the next reply is new, has come further, or failed. */
  filed(state, { conversation, file }) {
    const files = filesOf(state, conversation);
    const known = files.some((one) => one.key === file.key);
    if (!known && !file.name) return state; // taken out again while it was on its way
    const next = known ? files.map((one) => (one.key === file.key ? { ...one, ...file } : one)) : [...files, file];
    return drafted(state, conversation, { files: next });
  },
  unfiled: (state, { conversation, key }) =>
    drafted(state, conversation, { files: filesOf(state, conversation).filter((one) => one.key !== key) }),
  sending: (state, { message }) => ({
    ...drafted(state, message.conversation, { [message.kind]: "", ...(message.attachments && { files: [] }) }),
    outbox: [...state.outbox, message],
  }),
  /** Accepted. It leaves the outbox when it comes back as an entry, or now if nobody here reads that conversation. */
  sent(state, { id, conversation }) {
    const here = state.opened[conversation];
    const due = here && here.status !== "failed" && !here.entries.some((one) => one.id === id);
    return due ? state : { ...state, outbox: state.outbox.filter((one) => one.id !== id) };
  },
  /** Refused: the text goes back to where it was typed, before whatever was typed since. */
  unsent(state, { id, error }) {
    const message = state.outbox.find((one) => one.id === id);
    if (!message) return state;
    const { conversation, kind, text } = message;
    const since = draftOf(state, conversation)[kind];
    const files = (message.attachments ?? []).map((one) => ({ key: one.id, name: one.name ?? "", attachment: one }));
    const kept = files.length ? { files: [...files, ...filesOf(state, conversation)] } : {};
    const said = [text, since].filter(Boolean).join("\n");
    const back = drafted(state, conversation, { [kind]: said, mode: kind, ...kept });
    const lost = error.code === "not_owner" || error.code === "taken";
    return {
      ...back,
      outbox: state.outbox.filter((one) => one.id !== id),
      stopped: lost ? put(state.stopped, conversation, { by: error.by ?? null }) : state.stopped,
    };
  },

  busy: (state, { conversation, command }) => ({ ...state, busy: put(state.busy, conversation, command) }),
  idle: (state, { conversation }) => ({ ...state, busy: without(state.busy, conversation) }),

  dialog: (state, { dialog }) => ({ ...state, dialog }),
  dialogChanged: (state, { change }) => (state.dialog ? { ...state, dialog: { ...state.dialog, ...change } } : state),
  toast: (state, { toast }) => ({ ...state, toasts: [...state.toasts.slice(-3), toast] }),
  untoast: (state, { id }) => ({ ...state, toasts: state.toasts.filter((one) => one.id !== id) }),
  preference: (state, { change }) => ({ ...state, ...change }),
  restored: (state, { drafts, outbox }) => ({ ...state, drafts, outbox }),
};

const handlers = { ...frames, ...page };

/** The next state. An event nobody knows changes nothing: a newer desk may say more than this page understands. */
export function update(state, event) {
  return Object.hasOwn(handlers, event.type) ? handlers[event.type](state, event) : state;
}

export { draftOf };
