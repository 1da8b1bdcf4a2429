/** The bar on top: who I am, whether I am available, how loud the page is. */

import { html } from "../vendor/preact-htm.js";
import { mine } from "../lists.js";
import * as texts from "../texts.js";
import { Icon, Mark } from "./icons.js";

const LEADS = new Set(["lead", "admin"]);

const Availability = ({ me, act }) => html`
  <fieldset class="switch">
    <legend class="hidden">${texts.bar.availability}</legend>
    ${["available", "away"].map((state) => html`
      <label key=${state} class=${`choice ${state}`}>
        <input type="radio" name="availability" value=${state} checked=${me.availability === state}
          onChange=${() => act.availability(state)} />
        <span class="dot" aria-hidden="true"></span><span class="choice-word">${texts.availability(state)}</span>
      </label>
    `)}
  </fieldset>
`;

export const Bar = ({ state, act }) => {
  const { me, sound, notices, line } = state;
  const word = sound ? texts.bar.soundOn : texts.bar.soundOff;
  return html`
    <header class="bar">
      <div class="brand"><${Mark} /><span>${texts.product}</span></div>
      <${Availability} me=${me} act=${act} />
      <p class="load" title=${texts.list.loadLabel(me)}><span class="hidden">${texts.list.loadLabel(me)}</span><span aria-hidden="true">${texts.list.load(me)}</span></p>
      <div class="tools">
        ${notices === "default" && html`<button class="quiet ask" onClick=${act.askNotices}><${Icon} name="bell" /><span class="words">${texts.bar.notify}</span></button>`}
        ${sound && !state.awake && html`<span class="later">${texts.bar.soundLater}</span>`}
        <button class="quiet square" aria-pressed=${String(sound)} aria-label=${texts.bar.sound} title=${word} onClick=${() => act.prefer({ sound: !sound })}>
          <${Icon} name=${sound ? "sound" : "mute"} />
        </button>
        <button class="quiet square" aria-label=${texts.action.help} title=${`${texts.action.help} (?)`} onClick=${() => act.dialog({ name: "help" })}>
          <${Icon} name="keyboard" />
        </button>
        ${LEADS.has(me.role) && html`
          <button class="quiet square" aria-pressed=${String(state.view === "judgement")} aria-label=${texts.judgement.title} title=${texts.judgement.title}
            onClick=${() => act.view(state.view === "judgement" ? "talk" : "judgement")}>
            <${Icon} name="chart" />
          </button>`}
        ${me.role === "admin" && html`
          <button class="quiet square" aria-label=${texts.action.invite} title=${texts.action.invite} onClick=${() => act.dialog({ name: "invite" })}>
            <${Icon} name="plus" />
          </button>`}
        <span class="me"><span class="hidden">Signed in as </span>${me.name}</span>
        <button class="quiet square" aria-label=${texts.action.signOut} title=${texts.action.signOut} onClick=${act.signOut}><${Icon} name="out" /></button>
      </div>
    </header>
    <div class="line" role="status">${line === "lost" && html`<p>${texts.bar.lost} ${mine(state).length > 0 && state.settings.grace ? texts.bar.grace(state.settings.grace) : ""}</p>`}</div>
  `;
};
