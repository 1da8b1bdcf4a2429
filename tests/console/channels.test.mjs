/** What a channel allows, how far it brought our messages, and who is who. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { answering, candidates, deliveries, known, undelivered } from "../../handoff/console/channels.js";
import { update } from "../../handoff/console/state.js";
import * as texts from "../../handoff/console/texts.js";
import { after, booted, held, ana, said, summary } from "./fixtures.mjs";

const HOUR = 3_600_000;
const window = { until: 24 * HOUR, tag_until: 168 * HOUR };
const when = (time) => `at ${time}`;

test("the countdown: anybody, then a person, then nobody", () => {
  const at = (now) => texts.answering(answering({ window }, now), now, when);
  assert.equal(at(24 * HOUR - 3 * HOUR - 12 * 60_000), "You can answer freely for 3 h 12 min");
  assert.equal(at(24 * HOUR - 1), "You can answer freely for 0 s");
  assert.equal(at(24 * HOUR), `Only a person may answer, until at ${168 * HOUR}`);
  assert.equal(at(168 * HOUR), "Messenger no longer allows an answer");
  assert.equal(answering({ window: null }, 0), null);
  assert.equal(answering({}, 0), null, "a desk of before says nothing of windows");
});

test("the first message that is late says why, the last that came says so", () => {
  const entries = [said(1, "customer", "Hi"), said(2, "bot", "Hello"), said(3, "agent", "I look"), said(4, "agent", "Here"), said(5, "agent", "x", { kind: "note" })];
  const marks = (delivery) => [...deliveries(entries, delivery)];
  assert.deepEqual(marks({ sent: 2, reached: 2, trouble: "throttled" }).sort(), [[2, "reached"], [3, "throttled"], [4, "late"]]);
  assert.deepEqual(marks({ sent: 3, reached: null, trouble: null }), [], "what is on its way is not late");
  assert.deepEqual(marks({ sent: 4, reached: 4, trouble: "failed" }), [[4, "reached"]]);
  assert.deepEqual(marks(null), []);
});

test("what a platform did not take is known by its number, and worded", () => {
  const notice = { seq: 4, sender: "desk", kind: "notice", notice: "not_delivered", params: { seq: 3, reason: "blocked", text: "The customer has blocked us." } };
  assert.deepEqual([...undelivered([said(3, "agent", "Hello"), notice])], [3]);
  assert.equal(texts.notice(notice), "Not delivered. The customer has blocked us.");
  assert.equal(texts.notice({ notice: "opened", params: { payload: "order_4711" } }), "The customer opened the chat again through the link “order_4711”");
});

test("channels and the page's inbox have names", () => {
  assert.deepEqual(["website", "telegram", "messenger", "myapp", "constructor"].map(texts.channel), ["Website", "Telegram", "Messenger", "App: Myapp", "App: Constructor"]);
  assert.equal(texts.where({ owner: "agent", agent: "page-inbox", name: "page-inbox" }, false), "With Page inbox");
  assert.equal(texts.ownerChange({ cause: "taken_over", agent: "page-inbox" }), "Page inbox stepped in for the assistant");
});

const link = (id, ...conversations) => ({ id, by: "customer", conversations, time: 1 });

test("every link stands once, at the conversation that it adds", () => {
  const person = { conversations: [summary("b"), summary("c")], links: [link("1", "a", "b"), link("2", "b", "c"), link("3", "b", "a")] };
  assert.deepEqual(known("a", person).map((one) => [one.summary.id, one.links.map(({ id }) => id)]), [["b", ["1", "3"]], ["c", ["2"]]]);
  assert.deepEqual(known("a", { conversations: [], links: [link("1", "a", "gone")] }), []);
});

test("a dialog offers what is not linked yet, by all of the words, newest first", () => {
  const state = after(
    booted(summary("a"), summary("b", { updated: 5 }), summary("c", { updated: 9 }), summary("d", { updated: 7 })),
    { type: "person", conversation: "a", person: { conversations: [summary("b")], links: [link("1", "a", "b")] } },
  );
  const words = (one) => ({ c: "Mia Telegram no parcel", d: "Mia Website" })[one.id] ?? "";
  assert.deepEqual(candidates(state, "a", "", words).map((one) => one.id), ["c", "d"]);
  assert.deepEqual(candidates(state, "a", " mia PARCEL", words).map((one) => one.id), ["c"]);
});

test("a person that cannot be read keeps what was known; an erased conversation is nobody's", () => {
  const found = { conversations: [summary("b", { last: { text: "secret" } })], links: [link("1", "a", "b")] };
  const state = after(booted(held("a", ana), summary("b")), { type: "person", conversation: "a", person: found }, { type: "personFailed", conversation: "a" });
  assert.equal(state.persons.a.status, "failed");
  assert.equal(state.persons.a.conversations.length, 1);
  const erased = update(state, { type: "gone", conversation: "b" });
  assert.deepEqual([erased.persons.a.conversations, erased.persons.a.links], [[], []]);
  assert.equal(JSON.stringify(erased).includes("secret"), false);
});
