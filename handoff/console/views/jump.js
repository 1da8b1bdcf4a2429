/** To a message: into view and under the keyboard, so that a screen reader goes there too. */

export function jumpTo(seq, act) {
  act.pane("talk");
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const entry = document.getElementById(`entry-${seq}`);
      entry?.scrollIntoView({ block: "center" });
      entry?.focus({ preventScroll: true });
    }),
  );
}
