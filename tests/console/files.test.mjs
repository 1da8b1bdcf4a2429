/** Files of a reply: in the draft, on their way, and back again when the reply is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { filesOf, update } from "../../handoff/console/state.js";
import { after, ana, booted, held, opened, said } from "./fixtures.mjs";

const picture = { id: "u1", kind: "image", name: "box.png", size: 10, type: "image/png" };
const filed = (file) => ({ type: "filed", conversation: "c1", file });
const start = () => opened(booted(held("c1", ana)), "c1", said(1, "customer", "Hi"));
const loaded = () => after(start(), filed({ key: "k", name: "box.png", progress: 0 }), filed({ key: "k", progress: 0.5 }), filed({ key: "k", attachment: picture }));
const message = { id: "m", conversation: "c1", kind: "reply", text: "", fence: 3, attachments: [picture] };

test("a file comes, gets further and is there", () => {
  assert.deepEqual(filesOf(loaded(), "c1"), [{ key: "k", name: "box.png", progress: 0.5, attachment: picture }]);
});

test("a file that was taken out does not come back when it arrives", () => {
  const state = after(loaded(), { type: "unfiled", conversation: "c1", key: "k" }, filed({ key: "k", attachment: picture }));
  assert.deepEqual(filesOf(state, "c1"), []);
});

test("a file that fails says why and stays to be taken out", () => {
  const [file] = filesOf(after(start(), filed({ key: "k", name: "box.png" }), filed({ key: "k", error: "Too big" })), "c1");
  assert.equal(file.error, "Too big");
});

test("what is sent leaves the draft, and typing goes on", () => {
  const state = after(loaded(), { type: "sending", message }, { type: "typed", conversation: "c1", mode: "reply", text: "and" });
  assert.deepEqual(filesOf(state, "c1"), []);
  assert.equal(state.drafts.c1.reply, "and");
  assert.deepEqual(state.outbox, [message]);
});

test("a note leaves the reply's files where they are", () => {
  const note = { id: "n", conversation: "c1", kind: "note", text: "look", fence: 3 };
  assert.equal(filesOf(update(loaded(), { type: "sending", message: note }), "c1").length, 1);
});

test("a refused reply brings its files back, before those added since", () => {
  const since = filed({ key: "k2", name: "two.png" });
  const state = after(loaded(), { type: "sending", message }, since, { type: "unsent", id: "m", error: { code: "not_owner" } });
  assert.deepEqual(filesOf(state, "c1").map((one) => one.name), ["box.png", "two.png"]);
  assert.equal(state.drafts.c1.reply, "");
});

test("of an erased conversation no file stays, not even one that arrives late", () => {
  const state = after(loaded(), { type: "gone", conversation: "c1" }, filed({ key: "k", attachment: picture }));
  assert.equal(JSON.stringify(state).includes("box.png"), false);
});
