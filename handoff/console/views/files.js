/** Files: those that came with a message, and those that go with the next reply. */

import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { fileAt, howIs } from "../desk.js";
import { filesOf } from "../state.js";
import * as texts from "../texts.js";
import { Icon } from "./icons.js";

const t = texts.files;
const TRIES = 20; // the desk may still be fetching it from the customer's platform
const AGAIN = 3_000;

/** A file as something to download. */
const Offered = ({ address, file, name, children }) => html`
  <a class="file" href=${address} target="_blank" rel="noopener noreferrer" download=${file.name || true}>
    <${Icon} name="file" /><bdi>${name}</bdi>${file.size ? html`<span class="size">${texts.size(file.size)}</span>` : null}${children}
  </a>
`;

/** Shows or plays it; what cannot be loaded is tried again for a minute, and then said. */
const Shown = ({ tag, address, file, name }) => {
  const [tries, setTries] = useState(0);
  const [failed, setFailed] = useState(false);
  const [again, setAgain] = useState(false);
  const [gone, setGone] = useState(false);
  const lost = () => setFailed(true);
  useEffect(() => {
    if (!failed || gone) return undefined;
    const look = async () => {
      const answer = await howIs(address);
      // What is there and still cannot be shown is broken; what the desk does not have it will not get.
      if (answer && answer.status !== 503 && (!answer.ok || again)) return setGone(true);
      if (tries + 1 >= TRIES) return setGone(true);
      setAgain(Boolean(answer?.ok));
      setTries(tries + 1);
      return setFailed(false);
    };
    const timer = setTimeout(look, AGAIN);
    return () => clearTimeout(timer);
  }, [failed]);
  if (gone) return html`<span class="file missing"><${Icon} name="file" /><bdi>${name}</bdi><span class="size">${t.missing}</span></span>`;
  if (failed) return html`<span class="file missing"><span class="spinner" aria-hidden="true"></span><bdi>${name}</bdi><span class="size">${t.fetching}</span></span>`;
  if (tag === "img") {
    return html`<a class="file picture" href=${address} target="_blank" rel="noopener noreferrer"><img key=${tries} src=${address} alt=${name} loading="lazy" onError=${lost} /></a>`;
  }
  if (tag === "video") return html`<video key=${tries} src=${address} controls preload="metadata" aria-label=${name} onError=${lost}></video>`;
  return html`<audio key=${tries} src=${address} controls preload="metadata" aria-label=${name} onError=${lost}></audio>`;
};

const tags = { image: "img", photo: "img", sticker: "img", voice: "audio", audio: "audio", video: "video" };

/** What came without a file, as words: where a customer is, is told to no maps service by a click. */
const signs = { location: "pin", contact: "person", unsupported: "info" };
const Told = ({ kind, children }) => html`<span class=${`told ${kind}`}><${Icon} name=${signs[kind] ?? "file"} /><bdi>${children}</bdi></span>`;

export const Attachment = ({ conversation, file }) => {
  const kind = t.kind[file.kind] ?? t.kind.file;
  if (!file.id) {
    if (file.kind === "location" && Number.isFinite(file.lat) && Number.isFinite(file.lon)) return html`<${Told} kind="location">${[t.place(file.lat, file.lon), /\p{L}/u.test(file.name ?? "") && file.name].filter(Boolean).join(" · ")}<//>`;
    return html`<${Told} kind=${file.kind}>${[kind, [file.name, file.phone].filter(Boolean).join(" · ")].filter(Boolean).join(": ")}<//>`;
  }
  const address = fileAt(conversation, file.id);
  const name = file.name || kind;
  const tag = tags[file.kind];
  return tag ? html`<${Shown} tag=${tag} address=${address} file=${file} name=${name} />` : html`<${Offered} address=${address} file=${file} name=${name} />`;
};

/** The files of the next reply, each with how far it is. */
export const Tray = ({ state, act, id }) => {
  const files = filesOf(state, id);
  if (files.length === 0) return null;
  return html`
    <ul class="tray" aria-label=${t.label}>
      ${files.map((one) => html`
        <li key=${one.key} class=${one.error ? "wrong" : ""}>
          <${Icon} name="file" /><bdi class="name">${one.name}</bdi>
          ${one.error
            ? html`<span class="why" role="alert">${one.error}</span>`
            : one.attachment
              ? html`<span class="size">${texts.size(one.attachment.size)}</span>`
              : html`<progress max="1" value=${one.progress ?? 0} aria-label=${t.sending(one.name)}></progress>`}
          <button type="button" class="plain" aria-label=${t.remove(one.name)} title=${t.remove(one.name)} onClick=${() => act.unattach(id, one.key)}><${Icon} name="close" /></button>
        </li>`)}
    </ul>
  `;
};

export const Clip = ({ act, id }) => {
  const dialog = useRef(null);
  const chosen = (event) => {
    act.attach(id, [...event.target.files]);
    event.target.value = ""; // so that the same file can be chosen again
  };
  return html`
    <button type="button" class="clip" aria-label=${t.attach} title=${t.attach} onClick=${() => dialog.current.click()}><${Icon} name="clip" /></button>
    <input type="file" multiple hidden ref=${dialog} onChange=${chosen} />
  `;
};
