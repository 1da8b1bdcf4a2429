/** Where an agent writes: a reply to the customer, or a note that only colleagues see. They never look alike. */

import { html } from "../vendor/preact-htm.js";
import { LONGEST } from "../actions.js";
import { caseOf, numbered } from "../case.js";
import { answering } from "../channels.js";
import * as texts from "../texts.js";
import { draftOf, filesOf } from "../state.js";
import { Clip, Tray } from "./files.js";
import { Icon } from "./icons.js";
import { Tried } from "./tried.js";

const t = texts.composer;
const COUNT_FROM = LONGEST - 500;
const NOTHING = [];

const Modes = ({ mode, act, id }) => html`
  <fieldset class="modes">
    <legend class="hidden">${t.mode}</legend>
    ${["reply", "note"].map((one) => html`
      <label key=${one} class=${`choice ${one}`}>
        <input type="radio" name="composer-mode" value=${one} checked=${mode === one} onChange=${() => act.mode(id, one)} />
        <${Icon} name=${one === "note" ? "lock" : "send"} /><span>${t[one]}</span>
      </label>`)}
  </fieldset>
`;

const Outbox = ({ state, id }) => {
  const due = state.outbox.filter((one) => one.conversation === id);
  if (due.length === 0) return null;
  return html`
    <ul class="outbox" aria-live="polite">
      ${due.map((one) => html`
        <li key=${one.id}><span class="spinner" aria-hidden="true"></span>
          <span class="doing">${state.line === "open" ? (one.kind === "note" ? t.saving : t.sending) : t.queued}</span>
          <span class="due"><bdi>${[one.text, ...(one.attachments ?? []).map((file) => file.name)].filter(Boolean).join(" · ")}</bdi></span></li>`)}
    </ul>
  `;
};

/** Somebody else has it: what was typed stays, and stays unsent. */
const Kept = ({ who }) => html`<p class="kept" role="alert"><strong><bdi>${t.kept(who)}</bdi></strong> ${t.keptHint}</p>`;

const NotYours = ({ state, act, summary }) => {
  const { owner, id } = summary;
  const busy = state.busy[id];
  return html`
    <div class="not-yours">
      <p tabindex="-1" data-focus=${owner === "agent" ? "composer" : undefined}><bdi>${owner === "agent" ? t.notYours.agent(texts.agent(summary.agent, summary.name)) : t.notYours[owner]}</bdi></p>
      ${owner !== "agent" && html`<button class=${owner === "queue" ? "primary" : ""} data-focus="composer" aria-disabled=${busy ? "true" : undefined} onClick=${() => act.take(id)}>
        ${busy ? texts.action.taking : owner === "queue" ? texts.action.take : texts.action.takeOver}</button>`}
    </div>
  `;
};

export const Composer = ({ state, act, summary, mine }) => {
  const { id } = summary;
  const { mode, [mode]: text } = draftOf(state, id);
  const note = mode === "note";
  const stopped = state.stopped[id];
  const closed = answering(summary, state.now)?.phase === "closed";
  const may = note || (mine && !stopped && !closed);
  const writing = may || text !== "";
  const carries = !note && may;
  const files = carries ? filesOf(state, id) : [];
  const ready = may && (text.trim() || files.length > 0) && !files.some((one) => !one.attachment);
  const brought = (event, list) => {
    if (!carries || list.length === 0) return;
    event.preventDefault();
    act.attach(id, [...list]);
  };
  const entries = state.opened[id]?.entries ?? NOTHING;
  const left = LONGEST - [...text].length;
  const onKeyDown = (event) => {
    // Enter that ends a composition (Japanese, Chinese …) belongs to the input method.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (may) act.send(id);
  };
  return html`
    <form class=${`composer ${note ? "note" : "reply"}`} aria-label=${t.label}
      onDragOver=${(event) => carries && event.dataTransfer.types.includes("Files") && event.preventDefault()}
      onDrop=${(event) => brought(event, event.dataTransfer.files)} onSubmit=${(event) => {
      event.preventDefault();
      if (may) act.send(id);
    }}>
      <${Outbox} state=${state} id=${id} />
      ${!note && closed && html`<p class="closed" role="status" tabindex="-1" data-focus=${writing ? undefined : "composer"}><${Icon} name="warning" />${texts.closed}</p>`}
      ${!note && !may && !closed && text !== "" && html`<${Kept} who=${stopped?.by ?? (summary.owner === "agent" ? texts.agent(summary.agent, summary.name) : null)} />`}
      <div class="composer-top">
        <${Modes} mode=${mode} act=${act} id=${id} />
        <p class="hint">${note ? t.noteHint : may ? t.replyHint : ""}</p>
        ${left < LONGEST - COUNT_FROM && html`<p class=${`left ${left < 0 ? "over" : ""}`} role="status">${t.left(left)}</p>`}
      </div>
      ${writing
        ? html`
          ${carries && html`<${Tray} state=${state} act=${act} id=${id} />`}
          ${carries && html`<${Tried} key=${id} act=${act} text=${text} attempts=${caseOf(entries).attempts} numbers=${numbered(entries)} />`}
          <div class="composer-box">
            ${carries && html`<${Clip} act=${act} id=${id} />`}
            <textarea rows="2" data-focus="composer" aria-label=${note ? t.noteLabel : t.replyLabel(texts.customer(summary))} dir="auto"
              value=${text} onInput=${(event) => act.type(id, mode, event.target.value)} onKeyDown=${onKeyDown}
              onPaste=${(event) => brought(event, event.clipboardData.files)}></textarea>
            <button class=${note ? "amber" : "primary"} aria-disabled=${ready && left >= 0 ? undefined : "true"}>${note ? texts.action.addNote : texts.action.send}</button>
          </div>`
        : !(mine && closed) && html`<${NotYours} state=${state} act=${act} summary=${summary} />`}
    </form>
  `;
};
