/** Small makers of what the desk sends. */

import { initial, update } from "../../handoff/console/state.js";

export const ana = { id: "ana", name: "Ana", role: "agent", availability: "available", load: 0, capacity: 4 };
export const bob = { ...ana, id: "bob", name: "Bob" };

export const summary = (id, more = {}) => ({
  id,
  customer: { name: null, lang: "nl", channel: "website" },
  owner: "bot",
  agent: null,
  name: null,
  fence: 1,
  since: null,
  place: null,
  priority: 1,
  reason: null,
  seq: 3,
  started: 1000,
  updated: 2000,
  last: null,
  ...more,
});
export const waits = (id, more = {}) => summary(id, { owner: "queue", fence: 2, since: 5000, reason: "asked", ...more });
export const held = (id, agent, more = {}) => summary(id, { owner: "agent", agent: agent.id, name: agent.name, fence: 3, ...more });

export const said = (seq, sender, text, more = {}) => ({ seq, time: seq * 1000, sender, kind: "message", id: `m${seq}`, fence: 1, text, ...more });
export const owner = (seq, cause, more = {}) => ({ seq, time: seq * 1000, sender: "desk", kind: "owner", id: `o${seq}`, fence: seq, cause, ...more });

export const after = (state, ...events) => events.reduce(update, state);
export const booted = (...conversations) =>
  update(initial, {
    type: "booted",
    now: 60_000,
    desk: { me: ana, roster: [ana, bob], settings: { dispositions: ["solved"] }, conversations },
  });
export const opened = (state, id, ...entries) =>
  after(
    state,
    { type: "select", conversation: id },
    { type: "follow", conversation: id },
    { type: "loaded", conversation: id, summary: state.conversations[id], entries },
  );
export const outgoing = (id, more = {}) => ({ id, conversation: "c1", kind: "reply", text: "Hello", fence: 3, ...more });
