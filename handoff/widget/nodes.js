/** Nodes, made one by one: text is only ever text, and nothing here reads markup. */

const SVG = "http://www.w3.org/2000/svg";
const BELL = ["M6.2 16.5V11a5.8 5.8 0 0 1 11.6 0v5.5l1.4 1.5H4.8l1.4-1.5Z", "M10 20.5c1 .8 3 .8 4 0"];
const ICONS = {
  chat: ["M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.5 3.3 5.9-.1 1.2-.6 2.3-1.4 3.2 1.7-.1 3.2-.7 4.4-1.7.9.2 1.8.3 2.7.3 5 0 9-3.4 9-7.7s-4-7.7-9-7.7Z"],
  down: ["m6 9.5 6 6 6-6"],
  close: ["M6.5 6.5l11 11M17.5 6.5l-11 11"],
  send: ["M12 19.5V5M5.8 11.2 12 5l6.2 6.2"],
  person: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M4.5 20c.9-3.4 3.8-5.2 7.5-5.2s6.6 1.8 7.5 5.2"],
  bot: ["M12 3.2v3.3", "M7.5 6.5h9a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3h-9a3 3 0 0 1-3-3v-6a3 3 0 0 1 3-3Z", "M9.2 11v1.6M14.8 11v1.6", "M9.6 15.3c1.4.8 3.4.8 4.8 0"],
  bell: BELL,
  mute: [...BELL, "M4 4l16 16"],
  back: ["M10 6.5 4.5 12l5.5 5.5M5 12h14.5"],
  clip: ["m19 11.5-7 7a4.2 4.2 0 0 1-6-6l7.5-7.5a2.8 2.8 0 0 1 4 4L10 16.5a1.4 1.4 0 0 1-2-2l6.5-6.5"],
  page: ["M7 3.5h7l4 4v13H7a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1Z", "M13.5 3.8V8H18"],
};

/** `h("button", { class: "quiet", onclick: press }, "text", node)`; false, null and undefined are left out. */
export function h(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Sets a text only where it is another: what is read aloud must not be repeated because something else changed. */
export function put(node, text) {
  if (node.textContent !== String(text)) node.textContent = text;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const line of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", line);
    svg.append(path);
  }
  return svg;
}

/** The address if a customer may be sent there, else null: never `javascript:`, `data:` or `blob:`. */
export function safeAddress(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function link(address, ...children) {
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children);
}

const ADDRESS = /\b(?:https?:\/\/|mailto:|tel:)[^\s<>"]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/giu;

/** Text with its web, mail and telephone addresses as links. */
export function linked(text) {
  const whole = document.createDocumentFragment();
  let from = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const words = withoutPunctuation(found);
    const address = safeAddress(/^(https?|mailto|tel):/i.test(words) ? words : `mailto:${words}`);
    if (!address) continue;
    whole.append(text.slice(from, index), link(address, words));
    from = index + words.length;
  }
  whole.append(text.slice(from));
  return whole;
}

/** "(see https://a.example/b_(c))." keeps the bracket that belongs to the address and gives back the rest. */
function withoutPunctuation(address) {
  let words = address;
  for (;;) {
    const last = words.at(-1);
    const open = words.split("(").length;
    const closed = words.split(")").length;
    if (/[.,;:!?…'"»”’\]}*]/.test(last) || (last === ")" && closed > open)) words = words.slice(0, -1);
    else return words;
  }
}
