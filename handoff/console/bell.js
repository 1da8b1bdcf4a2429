/**
 * Makes somebody notice: sound, the tab's title and icon, desktop notices. Repeats until nobody waits.
 * Sound is made, not loaded: no file, nothing for the CSP to allow.
 */

import * as texts from "./texts.js";

const RING_EVERY = 20_000;
const NOTICE_EVERY = 60_000;

const icon = (dot) =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6b68"/>` +
      `<path d="M9 23 21 7" stroke="#fff" stroke-width="5" stroke-linecap="round"/><path d="m10.600 20.900 1.700-2.300" stroke="#7fd6cf" stroke-width="5"/>` +
      (dot ? `<circle cx="24" cy="24" r="7.500" fill="#d92d20" stroke="#fff" stroke-width="2"/>` : "") +
      `</svg>`,
  )}`;

export class Bell {
  #audio = null;
  #mine = false; // of several tabs one rings: the one that holds the lock
  #release = null;
  #rang = 0;
  #noticed = 0;
  #shown = null;
  #dotted = null;

  /** Browsers let a page sound only after a gesture; call on the first one. */
  unlock() {
    if (!globalThis.AudioContext) return;
    this.#audio ??= new AudioContext();
    if (this.#audio.state === "suspended") this.#audio.resume().catch(() => {});
    if (this.#release || !navigator.locks) {
      this.#mine ||= !navigator.locks;
      return;
    }
    const held = new Promise((resolve) => (this.#release = resolve));
    navigator.locks.request("baton-bell", () => ((this.#mine = true), held)).catch(() => {});
  }

  /** `ring`: somebody waits whom this agent could take; `fresh`: somebody has just come. */
  update({ waiting, unread, ring, fresh, sound, notices, now, longest, why }) {
    this.#title(waiting, unread);
    if (!ring) {
      this.#shown?.close();
      this.#shown = null;
      return;
    }
    if (sound && (fresh || now - this.#rang >= RING_EVERY)) {
      this.#rang = now;
      this.#chime([660, 880]);
    }
    if (notices === "granted" && !document.hasFocus() && (fresh || now - this.#noticed >= NOTICE_EVERY)) {
      this.#noticed = now;
      this.#notice(waiting, longest, why);
    }
  }

  /** One soft tone: a customer of mine has written while I was looking elsewhere. */
  tap(sound) {
    if (sound) this.#chime([520]);
  }

  async askNotices() {
    return globalThis.Notification ? Notification.requestPermission() : "none";
  }

  static permission() {
    return globalThis.Notification ? Notification.permission : "none";
  }

  #title(waiting, unread) {
    document.title = waiting ? `(${waiting}) ${texts.product}` : unread ? `• ${texts.product}` : texts.product;
    const dot = waiting + unread > 0;
    if (dot === this.#dotted) return;
    this.#dotted = dot;
    document.querySelector("link[rel=icon]").href = icon(dot);
  }

  #notice(waiting, longest, why) {
    // No word of the customer's: notices are read by whoever passes the screen.
    try {
      this.#shown = new Notification(texts.said.bell.title(waiting), {
        body: texts.said.bell.body(longest, why),
        tag: "baton-waiting",
        renotify: true,
      });
    } catch {
      return; // a phone's browser shows notices only through a service worker
    }
    this.#shown.onclick = () => window.focus();
  }

  #chime(tones) {
    if (!this.#mine || this.#audio?.state !== "running") return;
    tones.forEach((frequency, index) => {
      const from = this.#audio.currentTime + index * 0.16;
      const tone = this.#audio.createOscillator();
      const volume = this.#audio.createGain();
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(0.18, from + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, from + 0.5);
      tone.connect(volume).connect(this.#audio.destination);
      tone.start(from);
      tone.stop(from + 0.55);
    });
  }
}
