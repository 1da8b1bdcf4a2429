/** Late handoffs: what the slider points at, who is concerned, what is drawn; and where the view stands. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { concerned, drawn, figuresAt, inUse, LINES } from "../../handoff/console/judgement.js";
import { update } from "../../handoff/console/state.js";
import * as texts from "../../handoff/console/texts.js";
import { after, booted, waits } from "./fixtures.mjs";

const figures = (threshold, more = {}) => ({ threshold, late: 0, turns: null, seconds: null, caught: 0, abandoned: 0, helped: 0, kept: 0, ...more });
const episode = (conversation, ended, ...rises) => ({
  conversation, ended, reason: ended === "person" ? "asked" : null, until: 1000,
  rises: rises.map(([score, turns], n) => ({ score, message: n + 1, turns, seconds: turns * 10 })),
});
const found = {
  days: 30, read: 5, measured: 4, persons: 2, open: 0, cut: false, threshold: 0.8,
  table: [figures(0.1, { late: 2, caught: 2 }), figures(0.5, { late: 1, caught: 1 }), figures(0.8), figures(0.95)],
  episodes: [
    episode("late", "person", [0.2, 3], [0.6, 1]),
    episode("at-once", "person", [0.2, 1], [0.9, 0]),
    episode("left", "offered", [0.55, 0]),
    episode("calm", "helped", [0.15, 2]),
  ],
};

test("the slider begins at the threshold in use, and never points beside the table", () => {
  assert.equal(inUse(found), 2);
  assert.equal(figuresAt(found, null).threshold, 0.8);
  assert.equal(figuresAt(found, 0).threshold, 0.1);
  assert.equal(figuresAt(found, 99).threshold, 0.95);
});

test("who is concerned: the late, and those whom nobody helped, with the message that reached it", () => {
  const at = (threshold) => concerned(found, threshold).map((one) => [one.conversation, one.rise.message]);
  assert.deepEqual(at(0.5), [["late", 2], ["left", 1]]);
  assert.deepEqual(at(0.1), [["late", 1], ["at-once", 1], ["left", 1], ["calm", 1]]);
  assert.deepEqual(at(0.8), []); // handed over in that very turn is not late
});

test("the list has as many as the figures say", () => {
  const table = found.table.map(({ threshold }) => concerned(found, threshold).length);
  assert.deepEqual(table, [4, 2, 0, 0]);
  assert.deepEqual(table, found.table.map((one) => one.late + one.caught));
});

test("lines stay in their box, whatever the counts", () => {
  const box = { left: 10, right: 110, top: 5, bottom: 55 };
  for (const table of [found.table, [figures(0.8)], [figures(0.1, { late: 5000 }), figures(0.9)]]) {
    const { lines, marks } = drawn(table, box);
    assert.deepEqual(lines.map((one) => one.name), LINES);
    for (const [x, y] of lines.flatMap(({ points }) => points.split(" ").map((one) => one.split(",").map(Number)))) {
      assert.ok(x >= 10 && x <= 110 && y >= 5 && y <= 55, `${x},${y}`);
    }
    assert.equal(new Set(marks.map((one) => one.count)).size, marks.length);
    assert.equal(marks[0].y, 55);
  }
  assert.equal(drawn(found.table, box).x(0.95), 110);
});

test("the view takes the place of a conversation, and a conversation that of the view", () => {
  const there = after(booted(waits("w")), { type: "select", conversation: "w" }, { type: "view", view: "judgement" });
  assert.deepEqual([there.view, there.selected], ["judgement", null]);
  assert.equal(update(there, { type: "select", conversation: "w" }).view, "talk");
  assert.equal(update(there, { type: "select", conversation: null }).view, "talk");
  assert.equal(update(there, { type: "signedOut" }).view, "judgement"); // there again after signing in
});

test("the slider stays where it was, until another threshold is in use; a late answer is not taken for a new one", () => {
  const judged = (state, more = {}) => update(state, { type: "judged", found: { ...found, ...more } });
  const slid = update(judged(booted()), { type: "slid", at: 1 });
  assert.equal(judged(slid).judgement.at, 1);
  assert.equal(judged(slid, { threshold: 0.5 }).judgement.at, null);
  const asked = update(slid, { type: "judging", days: 7 });
  assert.equal(judged(asked), asked);
  assert.equal(judged(asked, { days: 7 }).judgement.status, "here");
  assert.equal(update(slid, { type: "signedOut" }).judgement.found, null);
});

test("sentences about one and about many", () => {
  const t = texts.judgement;
  assert.equal(t.earlier(figures(0.5, { late: 1, turns: [1, 1], seconds: [70, 70] })), "By 1 message and 1 min.");
  assert.match(t.earlier(figures(0.5, { late: 9, turns: [2, 5], seconds: [70, 700] })), /by 2 messages and 1 min;.*5 messages and 11 min or more/);
  assert.equal(t.ends({ caught: 3, abandoned: 1, helped: 2 }), "1 left without help, 2 had been helped.");
  assert.match(t.ends({ caught: 6, abandoned: 1, helped: 2 }), /of 3 the log does not tell/);
  assert.match(t.because({ ...found.episodes[0], rise: found.episodes[0].rises[0] }), /A message reached 20 %\. A person was called 3 messages and 30 s later: asked for a person/);
  assert.match(t.basis({ measured: 4, read: 5, open: 1 }), /1 of them is still under way/);
  assert.match(t.valueText(0.8, 0.8), /in use/);
});
