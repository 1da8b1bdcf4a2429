/** The log as nodes: messages, notices, what is on its way. Entries come in order; pending ones stay at the end. */

import { h, icon, linked, link, safeAddress } from "./nodes.js";
import { midnight } from "./texts.js";

const TOGETHER = 5 * 60_000; // messages of one sender within this time are drawn as one group
const AT_END = 80; // px from the end that still count as being there
const TYPING_FOR = 5000;

export class Transcript {
  /** The scrolling node: put it into the panel. */
  node;
  #texts;
  #on;
  #entries = new Map(); // seq -> node
  #pending = new Map(); // id -> node, in the order of sending
  #offered = null; // the suggestions of the newest message
  #typing;
  #typingFor;
  #jump;
  #seen = 0;
  #online = false;
  #following = true; // the reader is at the end and wants to stay there
  #top = 0;
  #frame = 0; // of the next drawing, when the end has to be shown in it
  #lastTime = null; // of the entry shown last

  /** @param on {{press, retry, discard, attached}} what the customer did with a message; `attached(node, attachment)` draws a file */
  constructor(texts, intro, on) {
    this.#texts = texts;
    this.#on = on;
    this.#typing = h("div", { class: "typing", hidden: true, "aria-hidden": "true" });
    this.#jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() }, icon("down"), texts.say("jump"));
    this.log = h("div", { class: "log", part: "log", role: "log", "aria-live": "off", "aria-label": texts.say("log"), tabindex: "0" }, intro, this.#typing);
    this.log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // What grows below (the place in line, a longer draft) must not push the end out of sight.
    new ResizeObserver(() => this.#following && this.toEnd()).observe(this.log);
    this.node = h("div", { class: "transcript" }, this.log, this.#jump);
  }

  /** From now on new messages are read aloud; a transcript that is only being loaded is not. */
  goLive() {
    this.log.setAttribute("aria-live", "polite");
  }

  clear() {
    for (const node of [...this.#entries.values(), ...this.#pending.values()]) node.remove();
    for (const node of this.log.querySelectorAll(".day")) node.remove();
    this.log.setAttribute("aria-live", "off");
    this.#entries.clear();
    this.#pending.clear();
    this.#offered = this.#lastTime = null;
    this.stopTyping();
  }

  /** An entry of the log. `mine` and whoever reads at the end follow it; others are told that there is more. */
  show(entry, news) {
    if (entry.kind === "edit") return this.#edit(entry);
    const node = this.#take(entry);
    if (!node) return;
    const follow = this.#following || entry.sender === "customer";
    if (news) node.classList.add("new");
    this.#entries.set(entry.seq, node);
    this.stopTyping();
    this.#withdraw();
    this.#place(node, entry);
    if (entry.buttons?.length) this.#offer(entry, node);
    if (follow) this.#follow();
    else this.#jump.hidden = false;
  }

  /** Something of the customer's that is not in the log yet. */
  pending(item) {
    if (item.text === undefined) return;
    const known = this.#pending.get(item.id);
    if (known) return this.#mark(known, item.failed ? "failed" : "sending", item);
    const node = this.#message({ ...item, sender: "customer" });
    this.#mark(node, item.failed ? "failed" : "sending", item);
    this.#pending.set(item.id, node);
    if (item.type === "press") this.#withdraw();
    this.log.insertBefore(node, this.#typing);
    this.#group(node);
    this.toEnd();
  }

  accepted(id) {
    const node = this.#pending.get(id);
    if (node) this.#mark(node, "sent");
  }

  failed(item) {
    const node = this.#pending.get(item?.id);
    if (node) this.#mark(node, "failed", item);
  }

  forget(id) {
    this.#pending.get(id)?.remove();
    this.#pending.delete(id);
  }

  /** The agent has seen everything up to `seq`. */
  seen(seq) {
    this.#seen = Math.max(this.#seen, seq);
    for (const [number, node] of this.#entries) {
      if (number <= this.#seen && node.matches(".customer:not(.seen)")) this.#mark(node, "seen");
    }
  }

  typing(who, name) {
    const t = this.#texts;
    const title = t.say("typing", { name: name || t.say(`sender.${who}`) });
    this.#typing.className = `typing ${who}`;
    this.#typing.replaceChildren(avatar(who, name), h("span", { class: "dots" }, h("i"), h("i"), h("i")), h("span", { class: "title" }, title));
    this.#typing.hidden = false;
    clearTimeout(this.#typingFor);
    this.#typingFor = setTimeout(() => this.stopTyping(), TYPING_FOR);
    if (this.#following) this.toEnd();
  }

  stopTyping() {
    clearTimeout(this.#typingFor);
    this.#typing.hidden = true;
  }

  /** What is on its way is sending, or waits for the line. */
  line(online) {
    if (online === this.#online) return;
    this.#online = online;
    if (!online) this.stopTyping();
    for (const node of this.#pending.values()) if (node.matches(".sending")) this.#mark(node, "sending");
  }

  /** Whoever has the conversation now: suggestions of the bot do not outlive its turn. */
  withdrawOffers() {
    this.#withdraw();
  }

  toEnd() {
    this.#following = true;
    this.log.scrollTop = this.log.scrollHeight;
    this.#top = this.log.scrollTop;
    this.#jump.hidden = true;
  }

  /** Goes to the end with the next drawing: a transcript that loads is measured once, not once per entry. */
  #follow() {
    this.#following = true;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#following) this.toEnd();
      else this.#jump.hidden = false; // the reader scrolled up in this very moment
    });
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    // Only the reader scrolls up: an event that comes late, after the panel shrank, says nothing about them.
    if (scrollHeight - scrollTop - clientHeight < AT_END) this.#following = true;
    else if (scrollTop < this.#top) this.#following = false;
    this.#top = scrollTop;
    if (this.#following) this.#jump.hidden = true;
  }

  #take(entry) {
    if (entry.kind === "owner" || entry.kind === "notice") return this.#notice(entry);
    if (entry.kind !== "message") return null;
    const sent = this.#pending.get(entry.id);
    this.#pending.delete(entry.id);
    const node = sent ?? this.#message(entry);
    // The desk cleans what it takes: what came back is what was said.
    if (sent && sent.querySelector(".text").textContent !== entry.text) this.#retext(sent, linked(entry.text));
    if (entry.sender === "customer") this.#mark(node, entry.seq <= this.#seen ? "seen" : "sent");
    setTime(node, entry.time, this.#texts);
    return node;
  }

  /** In front of what is not in the log yet, with the day where it changes. */
  #place(node, entry) {
    const [firstPending] = this.#pending.values();
    const next = firstPending ?? this.#typing;
    if (midnight(this.#lastTime ?? Date.now()) !== midnight(entry.time)) {
      this.log.insertBefore(h("div", { class: "day" }, h("span", {}, this.#texts.day(entry.time))), next);
    }
    node.dataset.time = this.#lastTime = entry.time;
    if (node.nextSibling !== next) this.log.insertBefore(node, next);
    this.#group(node);
    if (node.nextElementSibling) this.#group(node.nextElementSibling);
  }

  #notice(entry) {
    const sentence = this.#texts.notice(entry);
    if (!sentence) return null;
    return h("div", { class: `notice ${entry.cause ?? entry.notice}`, dir: "auto" }, h("span", {}, sentence));
  }

  #message({ sender, text = "", name, source, attachments = [], time }) {
    const t = this.#texts;
    const who = name || t.say(`sender.${sender}`);
    const role = sender === "customer" ? null : h("span", { class: "role" }, t.say(`sender.${sender}.role`));
    const address = source && safeAddress(source.url);
    const node = h(
      "div",
      { class: `message ${sender}`, "data-from": `${sender} ${name ?? ""}`, "data-time": time },
      h("div", { class: "who" }, avatar(sender, name), h("bdi", { class: "name" }, who), role, h("span", { class: "hidden" }, ": ")),
      h("div", { class: "bubble", part: `message ${sender}`, dir: "auto" },
        h("div", { class: "text" }, linked(text)),
        ...attachments.map((one) => this.#attachment(one)),
        address && h("div", { class: "source" }, icon("page"), link(address, t.say("source", { title: source.title || address }))),
      ),
      h("div", { class: "meta" }, h("span", { class: "state" }), h("time", {})),
    );
    if (time) setTime(node, time, t);
    return node;
  }

  #attachment(one) {
    const place = h("div", { class: "attachment" }, icon("page"), this.#texts.say("attachment", { name: one.name ?? one.kind }));
    if (one.id) this.#on.attached(place, one);
    return place;
  }

  #edit({ of, text = "" }) {
    const mark = h("span", { class: "edited" }, ` (${this.#texts.say("edited")})`);
    this.#retext(this.#entries.get(of), linked(text), mark);
  }

  #retext(node, ...parts) {
    node?.querySelector(".text").replaceChildren(...parts);
  }

  /** A state of a customer's message: sending, sent, seen, failed. In words too, never by sign or colour alone. */
  #mark(node, state, item) {
    node.classList.remove("sending", "sent", "seen", "failed");
    node.classList.add(state);
    const t = this.#texts;
    const sign = { sending: "", sent: "✓", seen: "✓✓", failed: "" }[state];
    const words = state === "sending" && !this.#online ? "waiting" : state;
    node.querySelector(".state").replaceChildren(
      ...(sign ? [h("span", { class: "sign", "aria-hidden": "true" }, sign)] : []),
      h("span", { class: sign ? "hidden" : "" }, t.say(`state.${words}`)),
    );
    node.querySelector(".mend")?.remove();
    if (state !== "failed") return;
    const why = t.has(`refused.${item.failed}`) ? h("span", {}, t.say(`refused.${item.failed}`)) : null;
    const retry = h("button", { type: "button", class: "quiet", onclick: () => this.#on.retry(item.id) }, t.say("retry"));
    const discard = h("button", { type: "button", class: "quiet", onclick: () => this.#on.discard(item.id) }, t.say("discard"));
    node.append(h("div", { class: "mend" }, why, retry, discard));
    if (this.#following) this.toEnd();
  }

  #offer(entry, node) {
    const buttons = entry.buttons.map(({ label }, index) => {
      const press = () => {
        this.#withdraw();
        this.#on.press(entry.seq, index, label);
      };
      return h("button", { type: "button", class: "suggestion", dir: "auto", onclick: press }, label);
    });
    this.#offered = h("div", { class: "suggestions" }, ...buttons);
    node.append(this.#offered);
  }

  #withdraw() {
    const held = this.#offered?.contains(this.#offered.getRootNode().activeElement);
    this.#offered?.remove();
    this.#offered = null;
    if (held) this.log.focus({ preventScroll: true }); // focus must not fall back to the page
  }

  /** Draws a message closer to the one before it when both are one person's, shortly after each other. */
  #group(node) {
    if (!node.matches(".message")) return;
    const before = node.previousElementSibling;
    const together =
      before?.dataset.from === node.dataset.from && Number(node.dataset.time) - Number(before.dataset.time) < TOGETHER;
    node.classList.toggle("grouped", together);
    before?.classList.toggle("joined", together);
  }
}

/** A bot has its mark, a person an initial: nobody mistakes one for the other. */
export function avatar(who, name) {
  if (who === "customer") return null;
  const initial = name && [...name.trim()][0]?.toUpperCase();
  return h("span", { class: `avatar ${who}`, "aria-hidden": "true" }, who === "bot" ? icon("bot") : initial || icon("person"));
}

function setTime(node, ms, texts) {
  const time = node.querySelector("time");
  time.dateTime = new Date(ms).toISOString();
  time.textContent = texts.time(ms);
}
