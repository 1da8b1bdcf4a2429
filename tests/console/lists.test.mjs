/** The lists an agent works from. */

import assert from "node:assert/strict";
import { test } from "node:test";

import * as lists from "../../handoff/console/lists.js";
import { after, ana, bob, booted, held, opened, said, summary, waits } from "./fixtures.mjs";

const ids = (items) => items.map((one) => one.id);

test("the line is ordered by priority, then by the place kept through requeues, then by the wait", () => {
  const state = booted(
    waits("late", { place: 9 }),
    waits("early", { place: 2 }),
    waits("urgent", { place: 20, priority: 3 }),
    waits("low", { place: 1, priority: 0 }),
    waits("b", { place: null, since: 100 }),
    waits("a", { place: null, since: 100 }),
  );
  assert.deepEqual(ids(lists.waiting(state)), ["urgent", "early", "late", "a", "b", "low"]);
});

test("every conversation stands in one list, by its owner", () => {
  const state = booted(summary("bot"), waits("queue"), held("mine", ana), held("bobs", bob));
  assert.deepEqual(
    lists.lists(state).map(({ id, items }) => [id, ids(items)]),
    [["mine", ["mine"]], ["waiting", ["queue"]], ["others", ["bobs"]], ["bots", ["bot"]]],
  );
});

test("own conversations do not move when something is said", () => {
  const before = booted(held("a", ana, { started: 1 }), held("b", ana, { started: 2 }));
  const now = after(before, { type: "conversation", summary: held("b", ana, { started: 2, seq: 99, updated: 9e9 }) });
  assert.deepEqual(ids(lists.mine(now)), ids(lists.mine(before)));
});

test("the assistant's conversations come newest first, and not all of them", () => {
  const state = booted(...Array.from({ length: 50 }, (_, n) => summary(`b${n}`, { updated: n })));
  assert.deepEqual(ids(lists.bots(state)).slice(0, 2), ["b49", "b48"]);
  assert.equal(lists.bots(state).length, 30);
});

test("unread: my customer has written what was not before my eyes", () => {
  const last = { sender: "customer", text: "Hi", time: 1 };
  const state = booted(held("c1", ana, { seq: 4, last }), held("c2", bob, { seq: 4, last }));
  assert.equal(lists.unreadCount(state), 1);
  assert.equal(lists.unreadCount(after(state, { type: "read", conversation: "c1", seq: 4 })), 0);
});

test("followed: the open conversation, listed or not, and all of mine", () => {
  const state = after(booted(held("mine", ana), waits("w")), { type: "select", conversation: "w" });
  assert.deepEqual([...lists.followed(state)].sort(), ["mine", "w"]);
  assert.deepEqual([...lists.followed(after(state, { type: "select", conversation: "unlisted" }))].sort(), ["mine", "unlisted"]);
});

test("a wait is measured from the request in the queue, and from the last question with an agent", () => {
  const state = booted(
    waits("q", { since: 30_000 }),
    held("asks", ana, { since: 1, last: { sender: "customer", text: "?", time: 50_000 } }),
    held("told", ana, { since: 1, last: { sender: "agent", text: "!", time: 50_000 } }),
    summary("bot", { since: 5 }),
  );
  const waited = (id) => lists.waitedFor(state, state.conversations[id]);
  assert.deepEqual(["q", "asks", "told", "bot"].map(waited), [30_000, 10_000, null, null]);
  const shown = (at, id) => lists.worthSaying({ ...state, now: at }, state.conversations[id]);
  assert.deepEqual([shown(60_000, "q"), shown(60_000, "asks"), shown(80_000, "asks"), shown(99_000, "told")], [30_000, null, 30_000, null]);
});

test("nobody is rung for who is away, or has their hands full, or when nobody waits", () => {
  const free = booted(waits("w"));
  assert.equal(lists.ringable(free), true);
  assert.equal(lists.ringable(after(free, { type: "roster", agents: [{ ...ana, availability: "away" }] })), false);
  assert.equal(lists.ringable(booted()), false);
  const full = ["a", "b", "c", "d"].map((id) => held(id, ana));
  assert.equal(lists.ringable(booted(waits("w"), ...full)), false);
});

test("owning is what the desk says, not what was clicked", () => {
  const state = opened(booted(waits("c1")), "c1", said(1, "customer", "Hi"));
  assert.equal(lists.owns(after(state, { type: "busy", conversation: "c1", command: "claim" }), "c1"), false);
  assert.equal(lists.owns(after(state, { type: "conversation", summary: held("c1", ana) }), "c1"), true);
});
