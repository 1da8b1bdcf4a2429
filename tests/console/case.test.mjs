/** The case at a glance. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { caseOf, evidenceAt, folded, handoffs, judged, lines, numbered, pieces, verdicts } from "../../handoff/console/case.js";
import { owner, said } from "./fixtures.mjs";

const source = { title: "Delivery", url: "https://shop.example/delivery" };
const story = [
  said(1, "customer", "Where is my parcel? It is late."),
  said(2, "bot", "Two to four days.", { source }),
  owner(3, "handoff", { reason: "rejected", evidence: [{ signal: "rejected", message: 1, score: 0.7 }] }),
  owner(4, "claimed", { agent: "bob", name: "Bob" }),
  said(5, "agent", "It comes today.", { agent: "bob" }),
  owner(6, "resolved", { disposition: "solved" }),
  said(7, "customer", "Still nothing, this is the second time."),
  said(8, "bot", "You can track it.", { source: { title: "Track", url: "https://shop.example/track" } }),
  said(9, "customer", "a human please", { internal: { page: "https://shop.example/orders" } }),
  owner(10, "handoff", {
    reason: "asked",
    evidence: [
      { signal: "asked", message: 9, score: 0.98, span: "a human" },
      { signal: "repetition", message: 7, score: 0.6, span: "the second time" },
    ],
  }),
];

test("each stretch with people is one handoff, with what opened and what closed it", () => {
  assert.deepEqual(handoffs(story).map(({ opened, closed }) => [opened.seq, closed?.seq ?? null]), [[3, 6], [10, null]]);
});

test("a release, a loss and another claim belong to the same handoff", () => {
  const more = [...story, owner(11, "claimed"), owner(12, "lost"), owner(13, "claimed"), owner(14, "released")];
  assert.equal(handoffs(more).length, 2);
  assert.equal(caseOf(more).earlier.length, 1);
});

test("the case is about the open handoff: its reason, its evidence in order, what came before it", () => {
  const found = caseOf(story);
  assert.equal(found.reason, "asked");
  assert.deepEqual(found.evidence.map((one) => one.message), [7, 9]);
  assert.equal(found.decisive.message, 9, "the signal that says why");
  const upset = (...evidence) => caseOf([owner(1, "handoff", { reason: "frustrated", evidence })]).decisive;
  const signals = [{ signal: "asked", message: 1, score: 0.9 }, { signal: "capitals", message: 2, score: 0.6 }];
  assert.equal(upset(...signals).signal, "capitals");
  assert.equal(upset(signals[0]).signal, "asked", "the strongest stands for one that is not named");
  assert.equal(found.words.seq, 7, "the request itself says nothing about the matter");
  assert.deepEqual(found.tried.map((one) => one.seq), [8]);
  assert.equal(found.earlier.length, 1);
  assert.equal(found.page, "https://shop.example/orders");
});

test("a source that a sentence was quoted from again is named once", () => {
  const found = caseOf([
    said(1, "bot", "It takes two days. Norway takes four.", { source }),
    said(2, "bot", "Norway takes four.", { source }),
    owner(3, "handoff", { reason: "asked", evidence: [] }),
  ]);
  assert.deepEqual(found.tried.map((one) => one.seq), [1]);
});

test("what the customer has tried is told apart from why a person is needed", () => {
  const evidence = [
    { signal: "already_tried", message: 1, score: 1, span: "I restarted it" },
    { signal: "says_again", message: 2, score: 0.5 },
    { signal: "was_upset", message: 1, score: 0.9 },
  ];
  const found = caseOf([owner(3, "handoff", { reason: "frustrated", evidence })]);
  assert.deepEqual(found.attempts.map((one) => one.span), ["I restarted it"]);
  assert.deepEqual(found.evidence.map((one) => one.signal), ["was_upset", "says_again"]);
  assert.equal(found.decisive.signal, "says_again", "not what is past");
});

test("a bare request is still shown as the customer's words when there are no others", () => {
  const found = caseOf([said(1, "customer", "human"), owner(2, "handoff", { reason: "asked", evidence: [{ signal: "asked", message: 1, score: 1 }] })]);
  assert.equal(found.words.text, "human");
});

test("with the bot again there is no open handoff, and all are earlier ones", () => {
  const found = caseOf(story.slice(0, 7));
  assert.equal(found.current, null);
  assert.equal(found.earlier.length, 1);
});

test("somebody who steps in un-asked opens a handoff too", () => {
  const found = caseOf([said(1, "customer", "Hi"), owner(2, "taken_over", { name: "Ana" })]);
  assert.equal(found.current.opened.seq, 2);
  assert.equal(found.reason, "takeover");
  assert.equal(found.decisive, null);
});

test("evidence marks the messages that gave it, the open handoff's apart from old ones", () => {
  const marks = evidenceAt(story);
  assert.deepEqual([...marks.keys()].sort(), [1, 7, 9]);
  assert.equal(marks.get(9)[0].current, true);
  assert.equal(marks.get(1)[0].current, false);
});

test("messages are counted over what was said, not over what happened", () => {
  assert.deepEqual([...numbered(story)], [[1, 1], [2, 2], [5, 3], [7, 4], [8, 5], [9, 6]]);
});

test("an edit takes the place of what it edits", () => {
  const edited = folded([said(1, "customer", "Helo"), { seq: 2, kind: "edit", of: 1, text: "Hello" }]);
  assert.equal(edited.length, 1);
  assert.deepEqual([edited[0].text, edited[0].edited], ["Hello", true]);
});

test("a line per entry, a day before each new day, and one head for one person's run", () => {
  const minute = 60_000;
  const at = (seq, time, sender = "customer") => said(seq, sender, "x", { time });
  const found = lines([at(1, 0), at(2, minute), at(3, 2 * minute, "bot"), at(4, 30 * minute, "bot"), at(5, 1440 * minute, "bot")], (time) => Math.floor(time / (1440 * minute)));
  assert.deepEqual(found.map((one) => (one.entry ? one.joined : `day ${one.day}`)), ["day 0", false, true, false, false, "day 1", false]);
  assert.equal(new Set(found.map((one) => one.key)).size, found.length);
});

test("pieces: every second one is marked, and together they are the text", () => {
  const text = "The code does not work. ENOUGH, does not work";
  const cut = pieces(text, ["ENOUGH", "does not work", "not", "", undefined, "absent"]);
  assert.equal(cut.join(""), text);
  assert.deepEqual(cut.filter((_, index) => index % 2), ["does not work", "ENOUGH"]);
  assert.deepEqual(pieces("plain", []), ["plain"]);
});

const verdict = (seq, of, word, name) => ({ ...owner(seq), kind: "notice", notice: "verdict", for: "agents", params: { of, verdict: word, by: `agent:${name}`, name } });

test("the last word on each handoff counts, and none is a line of the transcript", () => {
  const more = [...story, verdict(11, 10, "right", "ana"), verdict(12, 3, "wrong", "bob"), verdict(13, 10, "wrong", "bob")];
  assert.deepEqual([...verdicts(more)].map(([of, one]) => [of, one.verdict, one.name]), [[10, "wrong", "bob"], [3, "wrong", "bob"]]);
  assert.deepEqual(lines(more, () => "one day"), lines(story, () => "one day"));
  assert.equal(verdicts(story).size, 0);
});

test("only what the assistant decided can be right or wrong", () => {
  assert.deepEqual(story.filter(judged).map((one) => one.seq), [3, 10]);
  assert.ok(!judged(owner(1, "handoff", { reason: "asked" })), "the customer's button");
  assert.ok(!judged(owner(1, "taken_over", { evidence: [] })));
});

test("what the signals add up to never stands for the words that gave them", () => {
  const evidence = [{ signal: "insult", message: 1, score: 0.6 }, { signal: "losing_patience", message: 2, score: 0.9, threshold: 0.8 }];
  assert.equal(caseOf([owner(3, "handoff", { reason: "frustrated", evidence })]).decisive.signal, "insult");
});
