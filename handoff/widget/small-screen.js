/** On a phone, or a page at twice its size, the panel takes the whole window: the style sheet says when, and so does this. */

const SMALL = "(max-width: 480px), (max-height: 520px)";
const FOCUSABLE = "button, a[href], textarea, [tabindex='0']";

export class SmallScreen {
  #small = matchMedia(SMALL);

  get small() {
    return this.#small.matches;
  }

  /** Calls `changed()` when the window, or what an on-screen keyboard leaves of it, has another size. */
  watch(changed, signal) {
    this.#small.addEventListener("change", changed, { signal });
    visualViewport?.addEventListener("resize", changed, { signal });
    visualViewport?.addEventListener("scroll", changed, { signal });
  }

  /** A keyboard covers what lies under it: the panel takes the part that is left. */
  fit(panel, open) {
    const small = this.small && open;
    panel.style.setProperty("--height", small ? `${visualViewport.height}px` : "");
    panel.style.setProperty("--top", small ? `${visualViewport.offsetTop}px` : "");
    panel.role = small ? "dialog" : null;
    panel.ariaModal = small ? "true" : null;
  }

  /** The page lies hidden underneath: focus goes round inside the panel. */
  keepInside(panel, event) {
    const all = [...panel.querySelectorAll(FOCUSABLE)].filter((one) => one.checkVisibility());
    const [first, last] = event.shiftKey ? [all.at(-1), all[0]] : [all[0], all.at(-1)];
    if (panel.getRootNode().activeElement !== last) return;
    event.preventDefault();
    first.focus();
  }
}
