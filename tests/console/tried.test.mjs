/** What a draft proposes and the customer has tried, by their words. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { proposed } from "../../handoff/console/tried.js";

const found = (draft, ...spans) => proposed(draft, spans.map((span, index) => ({ span, message: index + 1 }))).map((one) => one.span);

/** What the customer says, a draft that proposes it, and one that proposes something else. */
const cases = {
  en: ["I already looked in my spam folder", "Could you please look into your spam folder?", "I have sent the confirmation again."],
  "en, one word": ["I've restarted it twice", "Sorry to hear that. Please restart the app.", "Please update the app."],
  nl: ["Ik heb de app al opnieuw opgestart", "Kun je de app even opnieuw opstarten?", "Ik stuur je een nieuw pakket."],
  pt: ["já limpei a cache", "Experimente limpar a cache do navegador.", "Envio-lhe um novo código."],
  et: ["Taaskäivitasin rakenduse", "Palun taaskäivitage rakendus.", "Saadan teile uue koodi."],
  ru: ["я уже перезапустил приложение", "Перезапустите, пожалуйста, приложение.", "Мы вернём деньги завтра."],
  af: ["Ek het die toestel weer herbegin", "Herbegin asseblief die toestel.", "Ons stuur môre 'n nuwe een."],
};
for (const [lang, [span, again, other]] of Object.entries(cases)) {
  test(`a step that was tried is noticed, another one is not (${lang})`, () => {
    assert.deepEqual(found(again, span), [span]);
    assert.deepEqual(found(other, span), []);
  });
}

test("one word of two, or words of several sentences, are chance", () => {
  assert.deepEqual(found("We cleared the payment today.", "I cleared the cache"), []);
  assert.deepEqual(found("We cleared the payment. The cache is no matter.", "I cleared the cache"), []);
});

test("what only tells that something was done is no step", () => {
  assert.deepEqual(found("Have you tried that already? Does it still not work?", "tried that already, still nothing"), []);
});

test("each attempt once, several at once, and nothing of nothing", () => {
  const spans = ["restarted the router", "changed the cable", "restarted the router"];
  assert.deepEqual(found("Restart the router and change the cable", ...spans), ["restarted the router", "changed the cable"]);
  assert.deepEqual(found("", ...spans), []);
  assert.deepEqual(found("…?!", ...spans), []);
  assert.deepEqual(proposed("restart it", [{ message: 1 }, { span: "", message: 1 }]), []);
});

test("a long draft takes no time", () => {
  const spans = Array.from({ length: 20 }, (_, index) => ({ span: `restarted router number ${index} and changed its cable`, message: 1 }));
  const start = performance.now();
  proposed("restart the thing called router and look at it ".repeat(85), spans);
  assert.ok(performance.now() - start < 200);
});
