/** Single keys for the whole page. They rest while somebody types, while a dialog is open, and when switched off. */

import * as lists from "./lists.js";

const typing = (element) => element?.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
const links = () => [...document.querySelectorAll("[data-conversation]")];

/** Next or previous conversation link; from elsewhere it starts at the open one, or at the first. */
function step(by) {
  const all = links();
  if (all.length === 0) return;
  const here = document.activeElement?.closest?.("[data-item]")?.querySelector("[data-conversation]");
  const at = all.indexOf(here ?? document.querySelector("[data-conversation][aria-current]"));
  const to = at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + (here ? by : Math.sign(by))));
  all[to].focus();
  all[to].scrollIntoView({ block: "nearest" });
}

/** What a command is about: the conversation that the list's focus is on, otherwise the open one. */
const subject = (state) =>
  document.activeElement?.closest?.("[data-item]")?.querySelector("[data-conversation]")?.dataset.conversation ??
  state.selected;

export function listenToKeys({ store, act, focus }) {
  const run = {
    j: () => step(1),
    k: () => step(-1),
    t: (state) => subject(state) && act.take(subject(state)),
    r: (state) => state.selected && act.mode(state.selected, "reply"),
    n: (state) => state.selected && act.mode(state.selected, "note"),
    e: (state) => mineOnly(state, "resolve"),
    b: (state) => mineOnly(state, "release"),
    d: (state) => {
      if (!state.selected) return;
      const there = state.pane === "facts";
      act.pane(there ? "talk" : "facts");
      focus(there ? "heading" : "facts");
    },
    "?": () => act.dialog({ name: "help" }),
  };
  const mineOnly = (state, name) => {
    if (state.selected && lists.owns(state, state.selected)) act.dialog({ name, conversation: state.selected });
  };

  document.addEventListener("keydown", (event) => {
    const { state } = store;
    if (state.phase !== "desk" || state.dialog || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (typing(event.target)) {
        event.target.blur();
        focus("heading");
      } else if (state.pane === "facts") act.pane("talk");
      return;
    }
    if (typing(event.target)) return;
    const arrow = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    // Elsewhere the arrows scroll the transcript or move a radio button.
    if (arrow && (event.target.closest?.("nav") || event.target === document.body) && event.target.type !== "radio") {
      event.preventDefault();
      return step(arrow);
    }
    const command = run[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!command || (!state.keys && event.key !== "?")) return;
    event.preventDefault();
    command(state);
    store.draw(); // whoever types fast types the next key into what this one opened
  });
}
