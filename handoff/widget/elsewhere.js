/** «Continue on Telegram»: a link that carries this customer over, as the same person. Fetched where the desk offers it. */

import { h } from "./nodes.js";

const NAMES = { telegram: "Telegram", messenger: "Messenger" };

/** @param desk {{at(path), token()}}; a list of buttons, one for each channel that is known by name. */
export function elsewhere(channels, texts, desk) {
  const said = h("p", { class: "wrong", role: "alert" });
  const buttons = channels.filter((name) => Object.hasOwn(NAMES, name)).map((name) => {
    const act = () => go(name, desk).then(() => (said.textContent = ""), () => (said.textContent = texts.say("elsewhere.failed")));
    return h("button", { type: "button", class: "quiet", onclick: act }, texts.say("elsewhere", { name: NAMES[name] }));
  });
  return h("div", { class: "elsewhere" }, ...buttons, said);
}

/** The window is opened by the click itself: one that opens later is blocked by the browser. */
async function go(name, desk) {
  const opened = window.open("about:blank", "_blank");
  try {
    const headers = { Authorization: `Bearer ${desk.token()}` };
    const answer = await fetch(desk.at("widget/continue"), { method: "POST", headers, credentials: "omit" });
    const url = new URL((await answer.json()).links[name]);
    if (url.protocol !== "https:") throw new Error("no address");
    opened.opener = null;
    opened.location.replace(url.href);
  } catch (error) {
    opened?.close();
    throw error;
  }
}
