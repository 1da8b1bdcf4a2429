/** Wires the page together: one state, one way to change it, views drawn from it. */

import { html, render } from "./vendor/preact-htm.js";
import { makeActions } from "./actions.js";
import { Bell } from "./bell.js";
import { inHash, JUDGEMENT, makeEffects } from "./effects.js";
import { listenToKeys } from "./keyboard.js";
import * as memory from "./memory.js";
import { everySecond } from "./pulse.js";
import { initial, update } from "./state.js";
import { App } from "./views/app.js";

const root = document.getElementById("app");
const store = { state: { ...initial, ...memory.choices(), notices: Bell.permission(), now: Date.now() }, offset: 0 };
const queue = [];
const awaited = new Set();
let drawing = 0;
let settling = false;

const draw = () => {
  cancelAnimationFrame(drawing);
  drawing = 0;
  render(html`<${App} state=${store.state} act=${act} />`, root);
};

store.draw = draw;

/** Events are taken one at a time, in order; one that is dispatched meanwhile waits for its turn. */
store.dispatch = (event) => {
  queue.push(event);
  if (settling) return;
  settling = true;
  try {
    while (queue.length) {
      const before = store.state;
      store.state = update(before, queue.shift());
      if (store.state !== before) effects(before, store.state);
    }
  } finally {
    settling = false;
  }
  for (const one of [...awaited]) if (one.test(store.state)) one.resolve(true);
  drawing ||= requestAnimationFrame(draw);
};

/** Resolves with true as soon as the state passes the test, with false when it has not within the limit. */
store.until = (test, limit = 5_000) =>
  new Promise((resolve) => {
    if (test(store.state)) return resolve(true);
    const one = { test, resolve: (passed) => (awaited.delete(one), clearTimeout(timer), resolve(passed)) };
    const timer = setTimeout(() => one.resolve(false), limit);
    awaited.add(one);
  });

/** Put the keyboard where the work goes on: drawn first, so that the next key already lands there. */
const focus = (name) => {
  draw();
  document.querySelector(`[data-focus="${name}"]`)?.focus();
};

const bell = new Bell();
const act = makeActions({ store, bell, focus });
const effects = makeEffects({ act, bell });

for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, () => act.awake(), { capture: true });
const follow = () => (location.hash === JUDGEMENT ? act.view("judgement") : act.select(inHash(location.hash, "c")));
addEventListener("hashchange", follow);
addEventListener("popstate", follow);
document.addEventListener("visibilitychange", () => {
  act.permission();
  store.dispatch({ type: "tick", now: Date.now() + store.offset });
});
everySecond(() => {
  store.dispatch({ type: "tick", now: Date.now() + store.offset });
  act.beat();
});
listenToKeys({ store, act, focus });

follow();
draw();
act.start(location.hash);
