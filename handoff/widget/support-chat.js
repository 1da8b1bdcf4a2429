/** `<support-chat>`: the website chat as one element. Attributes in, events out, custom properties for looks (README.md). */

import { Conversation } from "./conversation.js";
import { h, icon } from "./nodes.js";
import { intro, Panel } from "./panel.js";
import { SmallScreen } from "./small-screen.js";
import { chime } from "./sound.js";
import { Store } from "./store.js";
import { sheet } from "./styles.js";
import { Texts } from "./texts.js";
import { Transcript } from "./transcript.js";

const NAME = "support-chat";
const DESK = new URL("..", import.meta.url);
const TROUBLE_AFTER = 1500; // ms without a line before it is worth a word

export class SupportChat extends HTMLElement {
  static observedAttributes = ["title", "lang", "dir", "src", "open"];

  #store;
  #conversation;
  #files; // the module for files, once it is needed
  #transcript;
  #panel;
  #launcher;
  #badge;
  #root;
  #unread = new Set(); // seq of messages that nobody has looked at
  #led = false; // the way on to another channel is drawn
  #trouble = false;
  #troubleTimer;
  #drawn = 0; // number of the last build: an older one that is still loading texts gives up
  #leaving = new AbortController();
  #screen = new SmallScreen();

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
  }

  get open() {
    return this.hasAttribute("open");
  }

  set open(value) {
    this.toggleAttribute("open", Boolean(value));
  }

  /** Where the desk is; the address that this script came from, unless the attribute says otherwise. */
  get src() {
    return new URL(this.getAttribute("src") || DESK, document.baseURI).href;
  }

  set src(value) {
    this.setAttribute("src", value);
  }

  get position() {
    return this.getAttribute("position") === "left" ? "left" : "right";
  }

  set position(value) {
    this.setAttribute("position", value);
  }

  /** Puts the cursor into the composer of an open chat, else on the launcher. */
  focus() {
    (this.open ? this.#panel : this.#launcher)?.focus();
  }

  connectedCallback() {
    this.#leaving = new AbortController();
    const { signal } = this.#leaving;
    document.addEventListener("visibilitychange", () => this.#look(), { signal });
    addEventListener("focus", () => this.#look(), { signal });
    this.#screen.watch(() => this.#fit(), signal);
    this.#adopt();
    this.#build();
  }

  disconnectedCallback() {
    this.#leaving.abort();
    this.#drawn++;
    clearTimeout(this.#troubleTimer);
    this.#conversation?.stop();
  }

  attributeChangedCallback(name, before, after) {
    if (!this.isConnected || before === after) return;
    if (name === "open") this.#turn(after !== null, document.activeElement === this);
    else if (name === "title") this.#title();
    else this.#build();
  }

  /** Builds everything for this language and this desk. What was typed and not sent is carried over. */
  async #build() {
    const build = ++this.#drawn;
    const texts = await this.#texts();
    if (build !== this.#drawn || !this.isConnected) return;
    const draft = this.#panel?.input.value ?? "";
    const hadFocus = this.shadowRoot.activeElement !== null;
    this.#conversation?.stop();
    this.#unread.clear();
    this.#led = false;
    this.#store = new Store(this.src);
    this.#transcript = new Transcript(texts, intro(texts), {
      press: (entry, button, label) => this.#conversation.press(entry, button, label),
      retry: (id) => this.#conversation.retry(id),
      discard: (id) => this.#conversation.discard(id),
      attached: (place, one) => this.#withFiles(({ draw }, desk) => draw(place, one, desk, texts)),
    });
    this.#panel = new Panel(texts, this.#transcript, {
      close: () => this.#shut(),
      say: (text, files) => this.#conversation.say(text, files),
      typing: () => this.#conversation.typing(),
      human: () => this.#conversation.human(),
      cancel: () => this.#conversation.cancel(),
      sound: () => this.#turnSound(),
    });
    const panel = this.#panel;
    this.#withFiles(({ Tray }, desk) => panel.carry(new Tray(texts, desk, (failed) => panel.carried(failed))));
    panel.input.value = draft;
    this.#launcher = h("button", { type: "button", class: "launcher", part: "launcher", "aria-controls": "panel", onclick: () => this.#launch() },
      icon("chat"), icon("down"), (this.#badge = h("span", { class: "badge", hidden: true, "aria-hidden": "true" })));
    // An empty title keeps the element's own from popping up as a tooltip over the whole chat.
    this.#root = h("div", { class: "root", title: "", dir: this.dir || texts.dir, lang: texts.lang, onkeydown: (event) => this.#key(event) },
      this.#panel.node, this.#launcher);
    this.shadowRoot.replaceChildren(this.#root);
    this.texts = texts;
    this.#conversation = new Conversation({ url: this.#socket(), store: this.#store, lang: texts.lang, view: this.#view() });
    this.#title();
    this.#turn(this.open || this.#wasOpen(), hadFocus);
    if (this.#conversation.known) this.#conversation.start();
    this.#draw();
  }

  /** What the page set before this script had loaded lies on the element itself, and hides the properties above. */
  #adopt() {
    for (const name of ["open", "src", "position"]) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
  }

  /** In the language of the element, of the page around it, or of the reader. Asks until it has them. */
  async #texts() {
    for (;;) {
      try {
        return await Texts.in(this.lang, this.closest("[lang]")?.lang, ...navigator.languages);
      } catch (error) {
        console.warn("support-chat: its texts did not load, trying again", error);
        await new Promise((resolve) => setTimeout(resolve, 5000));
      }
    }
  }

  /** Calls `use` with what deals with files and with the way to the desk. It is no part of the page's first load. */
  #withFiles(use) {
    const store = () => this.#store;
    const desk = {
      at: (path) => new URL(path, this.src.endsWith("/") ? this.src : `${this.src}/`),
      token: () => store().get("token"),
      conversation: () => this.#conversation.id,
    };
    this.#files ??= import("./files.js");
    this.#files.then((files) => {
      files.dress(this.shadowRoot);
      use(files, desk);
    }, () => (this.#files = undefined));
  }

  /** A way on to another channel, where the desk knows one and something was said. */
  #leadOn({ ways, last }) {
    if (!ways?.[0] || !last || this.#led) return;
    this.#led = true;
    import("./elsewhere.js").then(({ elsewhere }) => this.#withFiles((_, desk) => this.#panel.reach.after(elsewhere(ways, this.texts, desk))));
  }

  /** What the conversation may do to the picture. */
  #view() {
    const transcript = this.#transcript;
    return {
      show: (entry, news) => this.#show(entry, news),
      clear: () => {
        transcript.clear();
        this.#unread.clear();
      },
      pending: (item) => transcript.pending(item),
      accepted: (id) => transcript.accepted(id),
      failed: (item) => transcript.failed(item),
      forget: (id) => transcript.forget(id),
      seen: (seq) => transcript.seen(seq),
      typing: (who, name) => transcript.typing(who, name),
      changed: () => this.#draw(),
    };
  }

  #show(entry, news) {
    this.#transcript.show(entry, news);
    const theirs = entry.kind === "message" && entry.sender !== "customer";
    if (theirs) this.#unread.add(entry.seq);
    if (!news) return;
    if (entry.kind === "owner") {
      if (entry.owner !== "bot") this.#transcript.withdrawOffers();
      this.#tell("handoff", { owner: entry.owner, cause: entry.cause, name: entry.name ?? null });
    }
    if (entry.kind === "message") this.#tell("message", { seq: entry.seq, sender: entry.sender, name: entry.name ?? null });
    if (theirs && this.#store.get("sound") && !(this.#looking && document.hasFocus())) chime();
  }

  #draw() {
    const conversation = this.#conversation;
    if (!conversation) return;
    this.#watchLine(conversation);
    this.#transcript.line(conversation.online || !conversation.started);
    this.#panel.draw({
      owner: conversation.owner,
      name: conversation.name,
      place: conversation.place,
      people: conversation.people,
      asking: conversation.asking,
      online: conversation.online,
      troubled: this.#trouble,
      sound: this.#store.get("sound") !== null,
    });
    this.#leadOn(conversation);
    if (conversation.caughtUp) this.#transcript.goLive();
    this.#look();
  }

  /** A line that is back within a moment was never worth a banner. */
  #watchLine({ online, started }) {
    if (online || !started) {
      clearTimeout(this.#troubleTimer);
      this.#troubleTimer = undefined;
      this.#trouble = false;
    } else {
      this.#troubleTimer ??= setTimeout(() => {
        this.#trouble = true;
        this.#draw();
      }, TROUBLE_AFTER);
    }
  }

  get #looking() {
    return this.open && document.visibilityState === "visible";
  }

  #look() {
    if (!this.#conversation) return;
    if (this.#looking && this.#conversation.caughtUp) this.#conversation.look();
    for (const seq of this.#unread) if (seq <= this.#conversation.seen) this.#unread.delete(seq);
    const count = this.#unread.size;
    this.#badge.hidden = count === 0 || this.open;
    this.#badge.textContent = count > 9 ? "9+" : count;
    const name = this.texts.say(this.open ? "close" : "open");
    this.#launcher.setAttribute("aria-label", count && !this.open ? `${name}. ${this.texts.say("unread", { count })}` : name);
  }

  #title() {
    if (this.#panel) this.#panel.title = this.title || this.texts.say("title");
  }

  #turn(open, focus) {
    if (!this.#panel) return;
    if (open !== this.open) return void (this.open = open); // comes back through the attribute
    const changed = this.#panel.node.hidden === open;
    this.#panel.node.hidden = !open;
    this.#launcher.setAttribute("aria-expanded", open);
    this.#remember(open);
    if (open) {
      this.#conversation.start();
      this.#fit();
      this.#transcript.toEnd();
    }
    if (focus) this.focus();
    this.#look();
    if (changed) this.#tell(open ? "open" : "close", {});
  }

  #launch() {
    this.open = !this.open;
    this.focus();
  }

  #shut() {
    this.open = false;
    this.focus();
  }

  #key(event) {
    if (event.key === "Escape" && this.open && !event.isComposing) {
      event.stopPropagation(); // a dialog of the page's must not close as well
      this.#shut();
    }
    if (event.key === "Tab" && this.#screen.small) this.#screen.keepInside(this.#panel.node, event);
  }

  #fit() {
    if (this.#panel) this.#screen.fit(this.#panel.node, this.open);
  }

  #turnSound() {
    if (this.#store.get("sound")) this.#store.remove("sound");
    else {
      this.#store.set("sound", "on");
      chime();
    }
    this.#draw();
  }

  /** An open chat stays open from one page of a shop to the next, where it does not cover them. */
  #remember(open) {
    try {
      sessionStorage.setItem(NAME, open ? "open" : "");
    } catch {
      // blocked: the next page begins with the launcher
    }
  }

  #wasOpen() {
    try {
      return sessionStorage.getItem(NAME) === "open" && !this.#screen.small;
    } catch {
      return false;
    }
  }

  #socket() {
    const url = new URL("widget/socket", this.src.endsWith("/") ? this.src : `${this.src}/`);
    url.protocol = url.protocol.replace("http", "ws");
    return url;
  }

  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(`${NAME}:${what}`, { detail, bubbles: true, composed: true }));
  }
}

// A page may load this twice, as a script of its own and of a tag manager.
if (!customElements.get(NAME)) customElements.define(NAME, SupportChat);
