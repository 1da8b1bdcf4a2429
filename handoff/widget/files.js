/**
 * Files in the chat: those that go with the next message, and those that a message brought. Fetched when it is first needed.
 *
 * The token stays in a header, so a picture is fetched and shown from the browser's own memory (`blob:`).
 */

import { h, icon } from "./nodes.js";

const MOST = 10; // files of one message
const TRIES = 40; // the desk may still be fetching it from another platform
const AGAIN = 1500;
const KINDS = new Set(["image", "video", "voice", "audio", "sticker"]);
// What a browser may open as it is; anything else is bytes to keep, or it would run as this page's own.
const SHOWN = /^(image\/(jpeg|png|gif|webp)|(audio|video)\/(mp4|webm)|audio\/(mpeg|ogg|wav))$/;

/** What goes with the next message. Files are on their way as soon as they are chosen. */
export class Tray {
  #texts;
  #desk;
  #changed;
  #items = [];
  #said;
  #list;

  /** @param desk {{at(path), token(), conversation()}}; `changed(failed)` is called when there is more, less or another state */
  constructor(texts, desk, changed) {
    this.#texts = texts;
    this.#desk = desk;
    this.#changed = changed;
    const label = texts.say("attach");
    this.input = h("input", { type: "file", multiple: true, hidden: true,
      onchange: () => {
        this.add(this.input.files);
        this.input.value = ""; // so that the same file can be chosen again
      } });
    this.button = h("button", { type: "button", class: "icon attach", part: "attach", "aria-label": label, title: label, onclick: () => this.input.click() }, icon("clip"));
    this.node = h("div", { class: "tray" }, (this.#list = h("ul", { class: "files", hidden: true })), (this.#said = h("p", { class: "wrong", role: "alert" })), this.input);
  }

  get filled() {
    return this.#items.length > 0;
  }

  /** Something is still on its way to the desk. */
  get busy() {
    return this.#items.some((one) => !one.attachment);
  }

  /** Takes files from a list of a file dialog, a paste or a drop. */
  add(files) {
    this.#complain("");
    for (const file of files) {
      if (this.#items.length >= MOST) return this.#complain("many", { count: MOST });
      this.#upload(file);
    }
  }

  /** The attachments of the next message, taken out of the tray. */
  take() {
    const taken = this.#items.map((one) => one.attachment);
    for (const one of [...this.#items]) this.#drop(one);
    return taken;
  }

  async #upload(file) {
    // What is pasted has no name of its own.
    const name = file.name || `${this.#texts.say("file.image")}.${file.type.split("/")[1] ?? "png"}`;
    const bar = h("progress", { max: "1", value: "0", "aria-label": this.#texts.say("file.sending", { name }) });
    const item = { leaving: new AbortController() };
    const picture = SHOWN.test(file.type) && file.type.startsWith("image/") && URL.createObjectURL(file);
    const thumb = picture && h("img", { src: picture, alt: "", onload: () => URL.revokeObjectURL(picture), onerror: () => thumb.remove() });
    const away = this.#texts.say("attach.remove", { name });
    item.node = h("li", { class: "file" }, thumb || icon("page"), h("span", { class: "about" }, h("bdi", { class: "label" }, name), bar),
      h("button", { type: "button", class: "icon", "aria-label": away, title: away, onclick: () => {
        this.#drop(item);
        this.button.focus();
      } }, icon("close")));
    this.#items.push(item);
    this.#list.append(item.node);
    this.#list.hidden = false;
    this.#changed();
    try {
      item.attachment = await upload(this.#desk, file, name, (part) => (bar.value = part), item.leaving.signal);
      bar.replaceWith(h("span", { class: "size" }, size(item.attachment.size, this.#texts.locale)));
    } catch ({ code, most }) {
      if (!this.#items.includes(item)) return; // taken back meanwhile
      this.#drop(item, true);
      const known = this.#texts.has(`file.${code}`) ? code : "failed";
      this.#complain(known, { name, limit: most });
      return;
    }
    this.#changed();
  }

  #drop(item, failed = false) {
    item.leaving.abort();
    item.node.remove();
    this.#items = this.#items.filter((one) => one !== item);
    this.#list.hidden = !this.filled;
    this.#changed(failed);
  }

  #complain(code, values) {
    this.#said.textContent = code && this.#texts.say(`file.${code}`, values);
  }
}

/** Resolves with the attachment; rejects with `{code, most}`. */
async function upload(desk, file, name, progress, signal) {
  while (!desk.token()) await pause(200); // the desk has not said hello yet
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // the only one that tells how far it is
    request.open("POST", desk.at(`files?name=${encodeURIComponent(name)}`));
    request.setRequestHeader("Authorization", `Bearer ${desk.token()}`);
    request.setRequestHeader("Content-Type", /^[\w.+-]+\/[\w.+-]+$/.test(file.type) ? file.type : "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onload = () => (request.response?.attachment ? done(request.response.attachment) : failed(request.response ?? {}));
    request.onerror = request.onabort = () => failed({ code: "failed" });
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

/** Draws an attachment of a message into `place`, which holds its name. */
export function draw(place, one, desk, texts) {
  const kind = KINDS.has(one.kind) ? one.kind : "file";
  const name = one.name || texts.say(`file.${kind}`);
  const type = kind === "voice" ? "audio" : kind;
  const fetched = () => fetchFile(desk, one.id, place);
  const chip = (act) => {
    const known = one.size ? h("span", { class: "size" }, size(one.size, texts.locale)) : null;
    const button = h("button", { type: "button", class: "file", onclick: () => attempt(act) }, icon("page"), h("span", { class: "about" }, h("bdi", { class: "label" }, name), known));
    place.replaceChildren(button);
  };
  const attempt = async (act) => {
    place.classList.add("fetching");
    try {
      await act(await fetched());
    } catch (error) {
      place.replaceChildren(h("p", { class: "gone" }, texts.say(error.gone ? "file.gone" : "file.unreached", { name })), ...(error.gone ? [] : [place.firstChild]));
    }
    place.classList.remove("fetching");
  };
  const keep = (url) => h("a", { href: url, download: name }).click();
  const play = (url) => place.replaceChildren(h(type === "video" ? "video" : "audio", { src: url, controls: true, playsinline: true, "aria-label": name, onerror: () => chip(keep) }));
  const show = (url) => {
    const picture = h("img", { src: url, alt: name, onerror: () => chip(keep) }); // the page's policy may forbid blob:
    place.replaceChildren(h("a", { class: "picture", href: url, target: "_blank", rel: "noopener" }, picture));
    return picture.decode().catch(() => null);
  };
  place.className = `attachment ${kind}`;
  if (type === "image" || type === "sticker") whenNear(place, () => attempt(show));
  else if (type === "audio") whenNear(place, () => attempt(play));
  else chip(type === "video" ? play : keep);
}

/** The address of the file's bytes in this browser's memory. */
async function fetchFile(desk, id, place) {
  for (let tries = TRIES; tries; tries--) {
    const conversation = desk.conversation();
    if (conversation) {
      const address = desk.at(`files/${conversation}/${encodeURIComponent(id)}`);
      const answer = await fetch(address, { headers: { Authorization: `Bearer ${desk.token()}` }, credentials: "omit" }).catch(() => null);
      if (answer?.ok) {
        const blob = await answer.blob();
        return URL.createObjectURL(blob.slice(0, blob.size, SHOWN.test(blob.type) ? blob.type : "application/octet-stream"));
      }
      if (answer && answer.status !== 503) throw Object.assign(new Error(answer.status), { gone: answer.status === 404 });
    }
    if (!place.isConnected) break;
    await pause(AGAIN);
  }
  throw new Error("not reached");
}

/** A long transcript does not fetch all its pictures at once. */
function whenNear(node, act) {
  const watch = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    watch.disconnect();
    act();
  }, { rootMargin: "400px" });
  watch.observe(node);
}

function size(bytes, locale) {
  const [number, unit] = bytes < 1e6 ? [Math.max(1, Math.round(bytes / 1e3)), "kilobyte"] : [bytes / 1e6, "megabyte"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 }).format(number);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Puts the looks of all this into a root, once. */
export function dress(root) {
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
.attach { margin-block-end: 0.25em; margin-inline-end: -0.25em; }
.attach:hover { background: var(--ground); }
.panel.over .log { outline: 2px dashed var(--link); outline-offset: -6px; }
.tray:not(:has(.file, .wrong:not(:empty))) { display: none; }
.files { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.375em; max-block-size: 9.5em; overflow-y: auto; }
.tray .file { display: flex; align-items: center; gap: 0.625em; padding-inline-start: 0.625em; border: 1px solid var(--line); border-radius: 0.75em; background: var(--ground); }
.tray img { inline-size: 2.25em; block-size: 2.25em; object-fit: cover; border-radius: 0.5em; flex: none; }
.about { flex: 1; min-inline-size: 0; display: grid; gap: 0.1em; text-align: start; }
.label { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 0.875em; line-height: 1.3; }
.size { font-size: 0.75em; color: var(--muted); line-height: 1.3; }
.customer .size { color: inherit; }
progress { inline-size: 100%; block-size: 0.375em; accent-color: var(--link); }
.elsewhere { display: flex; flex-wrap: wrap; gap: 0 0.75em; margin-block: -0.25em; }
.elsewhere .quiet { min-block-size: 2em; padding: 0 0.5em; font-size: 0.8125em; }
.wrong { color: var(--alarm); font-size: 0.875em; }
.wrong:empty { display: none; }
.text:empty { display: none; }
.text:empty + .attachment { margin-block-start: 0; }
.attachment { display: block; border: 0; padding: 0; }
.attachment:is(.image, .sticker):empty, .attachment:is(.image, .sticker).fetching { min-block-size: 6em; min-inline-size: 8em; }
.attachment .file { display: flex; align-items: center; gap: 0.625em; inline-size: 100%; min-block-size: 3.3847em; padding: 0.25em 0.75em; border: 1px solid currentColor; border-radius: 0.75em; font-size: 1em; }
.attachment .file:hover .label { text-decoration: underline; }
.attachment .file svg { color: inherit; margin: 0; }
.attachment .label { white-space: normal; overflow-wrap: anywhere; font-size: 1.0769em; }
.attachment .size { font-size: 0.9231em; }
.attachment.fetching { opacity: 0.7; }
.picture { display: block; inline-size: fit-content; border-radius: 0.75em; }
.picture img { display: block; max-inline-size: 100%; max-block-size: 16em; border-radius: 0.75em; background: var(--ground); }
.sticker img { max-block-size: 8em; background: none; }
audio, video { display: block; inline-size: 17em; max-inline-size: 100%; }
video { border-radius: 0.75em; max-block-size: 18em; }
.customer a.picture:focus-visible, .customer .file:focus-visible { outline-color: currentColor; }
`);
