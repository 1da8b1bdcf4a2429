/** What the page knows after each event. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { cursorOf, draftOf, initial, update } from "../../handoff/console/state.js";
import { after, ana, bob, booted, held, opened, outgoing, owner, said, summary, waits } from "./fixtures.mjs";

const frozen = (value) => {
  if (value && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
};
const entry = (conversation, prev, one) => ({ type: "entry", conversation, prev, entry: one });
const seqs = (state, id) => state.opened[id].entries.map((one) => one.seq);

test("an event that nobody knows changes nothing", () => {
  for (const type of ["later_invention", "constructor", "__proto__", undefined]) assert.equal(update(initial, { type }), initial);
});

test("no event changes the state that it is given", () => {
  const state = frozen(opened(booted(held("c1", ana), waits("c2")), "c1", said(1, "customer", "Hi")));
  const events = [
    { type: "conversation", summary: waits("c3") },
    entry("c1", 1, said(2, "customer", "Are you there?")),
    { type: "typing", conversation: "c1", who: "customer" },
    { type: "seen", conversation: "c1", seq: 1 },
    { type: "roster", agents: [{ ...ana, load: 1 }] },
    { type: "typed", conversation: "c1", mode: "reply", text: "Yes" },
    { type: "sending", message: outgoing("m9") },
    { type: "gone", conversation: "c1" },
    { type: "signedOut" },
  ];
  for (const event of events) assert.notEqual(update(state, frozen(event)), state, event.type);
});

test("entries are appended in order, and a repeated one is shown once", () => {
  const state = opened(booted(held("c1", ana)), "c1", said(1, "customer", "Hi"));
  const next = after(state, entry("c1", 1, said(2, "agent", "Hello")), entry("c1", 1, said(2, "agent", "Hello")), entry("c1", 2, said(4, "customer", "!")));
  assert.deepEqual(seqs(next, "c1"), [1, 2, 4]);
  assert.equal(cursorOf(next, "c1"), 4);
});

test("an entry after a gap is not shown; the gap asks to be filled", () => {
  const state = opened(booted(held("c1", ana)), "c1", said(1, "customer", "Hi"));
  const next = update(state, entry("c1", 5, said(6, "customer", "?")));
  assert.deepEqual(seqs(next, "c1"), [1]);
  assert.equal(next.opened.c1.behind, 1);
  assert.deepEqual(seqs(after(next, entry("c1", 1, said(5, "agent", "x")), entry("c1", 5, said(6, "customer", "?"))), "c1"), [1, 5, 6]);
});

test("entries of a conversation that is still loading wait for the load", () => {
  const state = after(booted(held("c1", ana)), { type: "follow", conversation: "c1" }, entry("c1", 0, said(1, "customer", "Hi")));
  assert.deepEqual(seqs(state, "c1"), []);
});

test("what was loaded keeps the newer entries that came meanwhile", () => {
  const state = opened(booted(held("c1", ana)), "c1", said(1, "customer", "Hi"), said(2, "agent", "Hello"));
  const next = update(state, { type: "loaded", conversation: "c1", summary: held("c1", ana), entries: [said(1, "customer", "Hi")] });
  assert.deepEqual(seqs(next, "c1"), [1, 2]);
});

test("an older summary does not undo a newer one", () => {
  const state = update(booted(waits("c1")), { type: "conversation", summary: held("c1", bob, { fence: 5 }) });
  const next = update(state, { type: "conversation", summary: waits("c1", { fence: 4 }) });
  assert.equal(next.conversations.c1.agent, "bob");
});

test("a start from nothing replaces every conversation and loads the open ones again", () => {
  const state = opened(booted(held("c1", ana), waits("c2")), "c1", said(1, "customer", "Hi"));
  const next = update(state, { type: "booted", now: 1, desk: { me: ana, roster: [ana], conversations: [held("c1", ana)] } });
  assert.deepEqual(Object.keys(next.conversations), ["c1"]);
  assert.equal(next.opened.c1.status, "loading");
  assert.deepEqual(seqs(next, "c1"), [1], "what is known stays before the eyes");
});

test("my own line follows the roster", () => {
  const next = update(booted(), { type: "roster", agents: [{ ...ana, availability: "away", load: 3 }, bob] });
  assert.equal(next.me.availability, "away");
  assert.equal(next.me.load, 3);
});

test("a reply leaves the composer for the outbox and is shown only when it comes back", () => {
  const state = opened(booted(held("c1", ana)), "c1", said(1, "customer", "Hi"));
  const sending = after(state, { type: "typed", conversation: "c1", mode: "reply", text: "Hello" }, { type: "sending", message: outgoing("m2") });
  assert.equal(draftOf(sending, "c1").reply, "");
  assert.deepEqual(seqs(sending, "c1"), [1]);
  const accepted = update(sending, { type: "sent", id: "m2", conversation: "c1" });
  assert.equal(accepted.outbox.length, 1, "accepted is not yet seen");
  const back = update(accepted, entry("c1", 1, said(2, "agent", "Hello")));
  assert.equal(back.outbox.length, 0);
  assert.deepEqual(seqs(back, "c1"), [1, 2]);
});

test("the answer may come after the entry", () => {
  const state = opened(booted(held("c1", ana)), "c1");
  const next = after(state, { type: "sending", message: outgoing("m1") }, entry("c1", 0, said(1, "agent", "Hello")), { type: "sent", id: "m1", conversation: "c1" });
  assert.equal(next.outbox.length, 0);
});

test("a reply to a conversation that nobody here reads leaves the outbox when it is accepted", () => {
  const state = after(booted(held("c1", ana)), { type: "sending", message: outgoing("m1") }, { type: "sent", id: "m1", conversation: "c1" });
  assert.equal(state.outbox.length, 0);
});

test("a refused reply goes back to the composer, before what was typed since, and says who has it", () => {
  const state = after(
    opened(booted(held("c1", ana)), "c1"),
    { type: "sending", message: outgoing("m1", { text: "First" }) },
    { type: "typed", conversation: "c1", mode: "reply", text: "second" },
    { type: "mode", conversation: "c1", mode: "note" },
    { type: "unsent", id: "m1", error: { code: "not_owner", by: "Bob" } },
  );
  assert.deepEqual(draftOf(state, "c1"), { reply: "First\nsecond", note: "", mode: "reply" });
  assert.equal(state.outbox.length, 0);
  assert.deepEqual(state.stopped.c1, { by: "Bob" });
  assert.equal(update(state, { type: "conversation", summary: held("c1", ana, { fence: 9 }) }).stopped.c1, undefined);
});

test("drafts are kept per conversation and apart for replies and notes", () => {
  const state = after(
    booted(held("c1", ana), held("c2", ana)),
    { type: "typed", conversation: "c1", mode: "reply", text: "one" },
    { type: "typed", conversation: "c1", mode: "note", text: "two" },
    { type: "typed", conversation: "c2", mode: "reply", text: "three" },
  );
  assert.deepEqual(draftOf(state, "c1"), { reply: "one", note: "two", mode: "reply" });
  assert.equal(draftOf(state, "c2").reply, "three");
});

test("typing is shown for five seconds or until the message comes", () => {
  const state = opened(booted(held("c1", ana)), "c1");
  const typing = update(state, { type: "typing", conversation: "c1", who: "customer" });
  assert.equal(typing.opened.c1.typing, 65_000);
  assert.equal(update(typing, entry("c1", 0, said(1, "customer", "Hi"))).opened.c1.typing, 0);
  assert.equal(update(state, { type: "typing", conversation: "c1", who: "bot" }), state);
});

test("what the customer has seen never goes back", () => {
  const state = after(opened(booted(held("c1", ana)), "c1"), { type: "seen", conversation: "c1", seq: 7 }, { type: "seen", conversation: "c1", seq: 3 });
  assert.equal(state.opened.c1.seen, 7);
});

test("an erased conversation leaves nothing behind", () => {
  const state = after(opened(booted(held("c1", ana)), "c1", said(1, "customer", "secret")), { type: "typed", conversation: "c1", mode: "note", text: "secret" }, { type: "gone", conversation: "c1" });
  assert.equal(JSON.stringify(state).includes("secret"), false);
  assert.equal(state.selected, null);
});

test("whoever signs out leaves nothing to the next", () => {
  const state = after(opened(booted(held("c1", ana)), "c1", said(1, "customer", "secret")), { type: "typed", conversation: "c1", mode: "reply", text: "secret" }, { type: "signedOut", expired: true });
  assert.equal(state.phase, "signin");
  assert.equal(JSON.stringify(state).includes("secret"), false);
});

test("a long day with the assistant does not fill the memory, and what is open or waits stays", () => {
  let state = opened(booted(summary("open", { updated: 1 }), waits("w")), "open");
  for (let n = 0; n < 1000; n++) state = update(state, { type: "conversation", summary: summary(`b${n}`, { updated: 10 + n }) });
  const ids = Object.keys(state.conversations);
  assert.ok(ids.length <= 310, `${ids.length} kept`);
  for (const id of ["open", "w", "b999", "b850"]) assert.ok(ids.includes(id), id);
  assert.ok(!ids.includes("b0"));
});

test("an owner's change in an open conversation is a line of it", () => {
  const state = update(opened(booted(waits("c1")), "c1", said(1, "customer", "Hi")), entry("c1", 1, owner(2, "claimed", { name: "Bob" })));
  assert.equal(state.opened.c1.entries.at(-1).cause, "claimed");
});
