/** What stands still around the transcript: header, the way to a person, the place in line, the composer. */

import { avatar } from "./transcript.js";
import { h, icon, put } from "./nodes.js";

const LONGEST = 4000; // characters, as the desk accepts them
const NEARLY = 3600;

/** The first thing in every transcript: what answers here is a bot, and how to reach a person. */
export function intro(t) {
  return h(
    "div",
    { class: "message bot intro" },
    h("div", { class: "who" }, avatar("bot"), h("span", { class: "name" }, t.say("sender.bot")),
      h("span", { class: "role" }, t.say("sender.bot.role")), h("span", { class: "hidden" }, ": ")),
    h("div", { class: "bubble", part: "message bot", dir: "auto" }, h("p", {}, t.say("greeting")), h("p", {}, t.say("greeting.human"))),
  );
}

export class Panel {
  #t;
  #on;
  #log;
  #form;
  #tray;
  #waits = false; // for a file: the message goes out when the desk has it

  /** @param on {{close, say, typing, human, cancel, sound}} */
  constructor(texts, transcript, on) {
    this.#t = texts;
    this.#on = on;
    this.#log = transcript.log;
    this.node = h(
      "section",
      { class: "panel", part: "panel", id: "panel", hidden: true },
      this.#header(),
      (this.banner = h("div", { class: "banner", role: "status" })),
      transcript.node,
      h("div", { class: "foot" }, this.#waiting(), this.#reach(), this.#composer()),
    );
  }

  set title(text) {
    this.heading.textContent = text;
    this.node.setAttribute("aria-label", text);
  }

  /** Where one writes; with a finger one reads first, and a keyboard would cover what there is to read. */
  focus() {
    const reading = matchMedia("(pointer: coarse)").matches;
    (reading ? this.#log : this.input).focus({ preventScroll: true });
  }

  /** Draws the conversation's state: who has it, the place in line, the line to the desk. */
  draw({ owner, name, place, people, asking, online, troubled, sound }) {
    const t = this.#t;
    const held = this.node.getRootNode().activeElement;
    this.node.dataset.owner = owner;
    put(this.status, t.say(`status.${online ? owner : "connecting"}`));
    const face = owner === "agent" ? avatar("agent", name) : avatar("bot");
    this.face.replaceChildren(face);
    put(this.subject, owner === "agent" && name ? name : "");
    put(this.banner, troubled ? t.say("offline") : "");
    this.reach.hidden = owner !== "bot";
    this.human.setAttribute("aria-disabled", asking);
    put(this.humanText, t.say(asking ? "human.asked" : "human"));
    this.#drawPeople(online && people);
    this.waiting.hidden = owner !== "queue";
    if (owner === "queue") this.#drawPlace(place ?? {}, people);
    // The control that was pressed may just have gone: focus stays in the chat, and no keyboard pops up.
    if (held && !held.checkVisibility()) this.#log.focus({ preventScroll: true });
    this.bell.setAttribute("aria-pressed", sound);
    this.bell.replaceChildren(icon(sound ? "bell" : "mute"));
  }

  #drawPeople(people) {
    const t = this.#t;
    this.people.hidden = !people;
    if (!people) return;
    const here = people.available > 0;
    this.people.classList.toggle("here", here);
    const words = here ? "people.here" : people.opens ? "people.opens" : "people.away";
    put(this.people, t.say(words, { when: people.opens && t.when(people.opens) }));
  }

  #drawPlace({ position, low, high }, people) {
    const t = this.#t;
    const nobody = people?.available === 0;
    put(this.number, position ?? "");
    this.number.classList.toggle("unknown", !position);
    const line = position === 1 ? "queue.next" : position ? "queue.position" : "queue.waiting";
    const away = people?.opens ? "queue.opens" : "queue.away";
    const range = low && high ? (low === high ? "queue.about" : "queue.range") : nobody ? away : "queue.unknown";
    const when = people?.opens && t.when(people.opens);
    put(this.place, t.say(nobody && !position ? "status.queue" : line, { position }));
    put(this.range, t.say(range, { low, high, when }));
  }

  #header() {
    const t = this.#t;
    const button = (name, act, label, more = {}) =>
      h("button", { type: "button", class: "icon", onclick: act, "aria-label": label, title: label, ...more }, icon(name));
    this.bell = button("mute", () => this.#on.sound(), t.say("sound"), { "aria-pressed": "false" });
    return h(
      "div",
      { class: "header", part: "header" },
      (this.face = h("div", { class: "face" })),
      h("div", { class: "titles" },
        h("h2", {}, (this.heading = h("span", { class: "heading", dir: "auto" })), (this.subject = h("bdi", { class: "subject" }))),
        (this.status = h("p", { class: "status" }))),
      this.bell,
      button("close", () => this.#on.close(), t.say("close")),
    );
  }

  #reach() {
    this.human = h("button", { type: "button", class: "human", part: "human", onclick: () => this.#on.human() },
      icon("person"), (this.humanText = h("span", {})));
    this.people = h("span", { class: "people", hidden: true });
    return (this.reach = h("div", { class: "reach" }, this.human, this.people));
  }

  #waiting() {
    const t = this.#t;
    const back = h("button", { type: "button", class: "quiet", onclick: () => this.#on.cancel() }, icon("back"), t.say("cancel"));
    this.number = h("div", { class: "number", "aria-hidden": "true" });
    const words = h("div", { class: "words", role: "status" },
      (this.place = h("p", { class: "place" })), (this.range = h("p", { class: "range" })));
    return (this.waiting = h("div", { class: "waiting", hidden: true }, this.number, words,
      h("p", { class: "keep" }, t.say("queue.keep")), back));
  }

  #composer() {
    const t = this.#t;
    this.input = h("textarea", {
      id: "message", rows: "1", maxlength: LONGEST, dir: "auto", enterkeyhint: "send", autocomplete: "off",
      oninput: () => this.#typed(), onkeydown: (event) => this.#key(event),
    });
    this.left = h("span", { class: "left", "aria-live": "polite" });
    this.sendButton = h("button", { type: "submit", class: "send", part: "send", "aria-label": t.say("send"), title: t.say("send") }, icon("send"));
    const send = (event) => {
      event.preventDefault();
      this.#send();
    };
    return (this.#form = h("form", { class: "composer", part: "composer", onsubmit: send },
      h("div", { class: "field" },
        h("div", { class: "labels" }, h("label", { for: "message" }, t.say("composer")), this.left), this.input),
      this.sendButton));
  }

  /** Lets files go with a message, from a dialog, the clipboard or dropped on the chat. */
  carry(tray) {
    this.#tray = tray;
    this.#form.before(tray.node);
    this.#form.prepend(tray.button);
    const dropped = (event) => event.dataTransfer?.types.includes("Files");
    this.input.addEventListener("paste", ({ clipboardData: { files } }) => tray.add(files));
    this.node.addEventListener("dragover", (event) => {
      if (!dropped(event)) return;
      event.preventDefault();
      this.node.classList.add("over");
    });
    for (const name of ["dragleave", "drop"]) this.node.addEventListener(name, () => this.node.classList.remove("over"));
    this.node.addEventListener("drop", (event) => {
      if (!dropped(event)) return;
      event.preventDefault();
      tray.add(event.dataTransfer.files);
    });
  }

  /** What goes with the message has changed; one that waited for it goes now. */
  carried(failed) {
    if (failed) this.#waits = false; // what was to go along did not: the customer decides
    this.#ready();
    if (this.#waits && !this.#tray.busy) this.#send();
  }

  #ready() {
    this.sendButton.classList.toggle("ready", this.input.value.trim() !== "" || Boolean(this.#tray?.filled));
  }

  #key(event) {
    // While an input method composes a word, Enter accepts the word (229: Safari says so too late otherwise).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#send();
  }

  #typed() {
    const { value } = this.input;
    this.left.textContent = value.length > NEARLY ? this.#t.say("left", { count: LONGEST - value.length }) : "";
    this.#ready();
    this.#fit();
    if (value.trim()) this.#on.typing();
  }

  /** As tall as its text, up to what the style sheet allows. */
  #fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }

  #send() {
    const text = this.input.value.trim();
    this.input.focus({ preventScroll: true });
    this.#waits = Boolean(this.#tray?.busy);
    if (this.#waits || !(text || this.#tray?.filled)) return;
    const files = this.#tray?.filled ? this.#tray.take() : undefined;
    this.input.value = "";
    this.#typed();
    this.#on.say(text, files);
  }
}
