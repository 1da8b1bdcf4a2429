/** Sentences: none missing, none that a hostile word could break. */

import assert from "node:assert/strict";
import { test } from "node:test";

import * as texts from "../../handoff/console/texts.js";

test("durations are short and read well", () => {
  const cases = [[0, "0 s"], [-5, "0 s"], [42_000, "42 s"], [60_000, "1 min"], [59 * 60_000, "59 min"], [65 * 60_000, "1 h 05 min"], [50 * 3_600_000, "2 days"]];
  for (const [milliseconds, words] of cases) assert.equal(texts.lasting(milliseconds), words);
});

test("a word we have no sentence for is still readable, names of Object included", () => {
  assert.equal(texts.signal("sarcastic_tone"), "Sarcastic tone");
  assert.equal(texts.reason("constructor"), "Constructor");
  assert.equal(texts.disposition("__proto__"), "Proto");
});

test("every cause of the protocol has a sentence", () => {
  const causes = ["handoff", "claimed", "taken_over", "released", "lost", "transferred", "escalated", "cancelled", "abandoned", "nobody", "resolved"];
  const sentences = causes.map((cause) => texts.ownerChange({ cause, name: "Ana", reason: "asked" }));
  assert.equal(new Set(sentences).size, causes.length);
});

test("a language is named, an unknown one is shown as it came", () => {
  assert.equal(texts.language("et"), "Estonian");
  assert.equal(texts.language(null), "not stated");
  assert.equal(texts.language("<b>"), "<b>");
  assert.deepEqual(["et", "pt-br", null, "<b>", ""].map(texts.languageTag), ["et", "pt-BR", undefined, undefined, undefined]);
});

test("a refusal is the desk's own sentence, or ours for its code", () => {
  assert.equal(texts.refusal({ code: "taken", message: "Ana has taken this one." }), "Ana has taken this one.");
  assert.match(texts.refusal({ code: "taken", by: "Ana" }), /Ana has taken/);
  assert.match(texts.refusal({ code: "wait", retry: 120 }), /2 min/);
  assert.ok(texts.refusal({ code: "unheard_of" }).length > 0);
});

test("what a score was held against is told as people read it", () => {
  assert.equal(texts.enough(0.654), "Enough from 65 % on");
});
