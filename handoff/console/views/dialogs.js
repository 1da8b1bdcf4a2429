/** The few moments in which one question comes first. Native dialogs: focus is held and given back by the browser. */

import { html, useLayoutEffect, useRef } from "../vendor/preact-htm.js";
import { candidates } from "../channels.js";
import * as texts from "../texts.js";
import { channelSign, Icon } from "./icons.js";
import { momentAt } from "./times.js";

const t = texts.dialog;
const fields = (event) => Object.fromEntries(new FormData(event.target));

const Modal = ({ title, act, onSubmit, children }) => {
  const box = useRef(null);
  useLayoutEffect(() => {
    const element = box.current;
    element.showModal();
    return () => element.close();
  }, []);
  return html`
    <dialog ref=${box} aria-labelledby="dialog-title" onCancel=${(event) => (event.preventDefault(), act.closeDialog())}
      onClick=${(event) => event.target === box.current && act.closeDialog()}>
      <form class="dialog" onSubmit=${(event) => (event.preventDefault(), onSubmit?.(fields(event)))}>
        <header><h2 id="dialog-title">${title}</h2>
          <button type="button" class="quiet square" aria-label=${texts.action.close} onClick=${act.closeDialog}><${Icon} name="close" /></button></header>
        ${children}
      </form>
    </dialog>
  `;
};

const Footer = ({ act, busy, go, tone = "primary" }) => html`
  <footer><button type="button" class="quiet" onClick=${act.closeDialog}>${texts.action.cancel}</button>
    <button class=${tone} aria-disabled=${busy ? "true" : undefined}>${go}</button></footer>
`;

const Problem = ({ error }) => html`<div role="alert">${error && html`<p class="error">${error}</p>`}</div>`;

const Note = ({ first = false }) => html`
  <div class="field"><label for="dialog-note">${t.note}</label>
    <textarea id="dialog-note" name="note" rows="3" maxlength="2000" dir="auto" autofocus=${first}></textarea></div>
`;

const Help = ({ state, act }) => html`
  <${Modal} title=${t.help} act=${act} onSubmit=${act.closeDialog}>
    <table class="keys"><tbody>
      ${texts.keys.map(([keys, means]) => html`
        <tr key=${means}><th scope="row">${keys.map((key, index) => html`${index ? " / " : ""}<kbd>${key}</kbd>`)}</th><td>${means}</td></tr>`)}
    </tbody></table>
    <label class="check"><input type="checkbox" checked=${state.keys} onChange=${(event) => act.prefer({ keys: event.target.checked })} />
      <span>${t.keysOn}<span class="hint">${t.keysHint}</span></span></label>
  <//>
`;

/** The desk names its dispositions as words, or as `{id, label}`. */
const outcomes = (settings) =>
  (settings.dispositions ?? []).map((one) =>
    typeof one === "string" ? { id: one, label: texts.disposition(one) } : { id: one.id, label: one.label ?? texts.disposition(one.id) },
  );

const Resolve = ({ state, act }) => {
  const { conversation, busy, error } = state.dialog;
  return html`
    <${Modal} title=${t.resolve} act=${act} onSubmit=${({ disposition, note }) => !busy && act.resolve(conversation, disposition, note.trim())}>
      <p class="lead">${t.resolveLead}</p>
      <fieldset class="options"><legend>${t.outcome}</legend>
        ${outcomes(state.settings).map(({ id, label }, index) => html`
          <label key=${id} class="option"><input type="radio" name="disposition" value=${id} required autofocus=${index === 0} /><span>${label}</span></label>`)}
      </fieldset>
      <${Note} />
      <${Problem} error=${error} />
      <${Footer} act=${act} busy=${busy} go=${texts.action.resolve} />
    <//>
  `;
};

const Release = ({ state, act }) => {
  const { conversation, busy, error } = state.dialog;
  return html`
    <${Modal} title=${t.release} act=${act} onSubmit=${({ note }) => !busy && act.release(conversation, note.trim())}>
      <p class="lead">${t.releaseLead}</p>
      <${Note} first=${true} />
      <${Problem} error=${error} />
      <${Footer} act=${act} busy=${busy} go=${t.releaseGo} />
    <//>
  `;
};

const Link = ({ link, copied, act }) => {
  const input = useRef(null);
  useLayoutEffect(() => input.current.focus(), []); // the button that was pressed for it is gone
  return html`
    <div class="field"><label for="invite-link">${t.inviteLink}</label>
      <div class="copy"><input id="invite-link" ref=${input} readonly value=${link} onFocus=${(event) => event.target.select()} />
        <button type="button" onClick=${() => act.copy(link)}>${copied ? texts.action.copied : texts.action.copy}</button></div>
    </div>
  `;
};

const Invite = ({ state, act }) => {
  const { link, copied, busy, error } = state.dialog;
  return html`
    <${Modal} title=${t.invite} act=${act} onSubmit=${({ role }) => !busy && !link && act.invite(role)}>
      <p class="lead">${t.inviteLead}</p>
      <${Problem} error=${error} />
      ${link
        ? html`<${Link} link=${link} copied=${copied} act=${act} /><footer><button type="button" onClick=${act.closeDialog}>${texts.action.close}</button></footer>`
        : html`
          <fieldset class="options"><legend>${t.inviteRole}</legend>
            ${["agent", "lead", "admin"].map((role, index) => html`
              <label key=${role} class="option"><input type="radio" name="role" value=${role} defaultChecked=${index === 0} autofocus=${index === 0} required />
                <span>${texts.role(role)}<span class="hint">${texts.roleMeans(role)}</span></span></label>`)}
          </fieldset>
          <${Footer} act=${act} busy=${busy} go=${t.inviteGo} />`}
    <//>
  `;
};

const OFFERED = 30;
const wordsOf = (one) => [texts.customer(one), texts.channel(one.customer?.channel ?? "website"), one.last?.text].filter(Boolean).join(" ");

/** Another conversation of the same customer, found by name, channel or last words. */
const SamePerson = ({ state, act }) => {
  const { conversation, busy, error, query = "", chosen = null } = state.dialog;
  const p = texts.person;
  const found = candidates(state, conversation, query, wordsOf);
  const change = (event) => act.changeDialog({ [event.target.name === "other" ? "chosen" : "query"]: event.target.value, error: null });
  const ready = found.some((one) => one.id === chosen);
  return html`
    <${Modal} title=${p.title} act=${act} onSubmit=${() => !busy && ready && act.link(conversation, chosen)}>
      <p class="lead">${p.lead}</p>
      <div class="field"><label for="dialog-query">${p.search}</label>
        <input id="dialog-query" name="query" type="search" autocomplete="off" autofocus value=${query} onInput=${change} /></div>
      <fieldset class="options known"><legend>${p.choose}</legend>
        ${found.slice(0, OFFERED).map((one) => html`
          <label key=${one.id} class="option"><input type="radio" name="other" value=${one.id} checked=${chosen === one.id} onChange=${change} />
            <span><bdi>${texts.customer(one)}</bdi><span class="hint"><${Icon} name=${channelSign(one.customer?.channel ?? "website")} />
              <bdi>${[texts.channel(one.customer?.channel ?? "website"), momentAt(one.updated), one.last?.text].filter(Boolean).join(" · ")}</bdi></span></span></label>`)}
        ${found.length === 0 && html`<p class="soft">${p.nobody}</p>`}
        ${found.length > OFFERED && html`<p class="soft">${p.more(found.length - OFFERED)}</p>`}
      </fieldset>
      <${Problem} error=${error} />
      <footer><button type="button" class="quiet" onClick=${act.closeDialog}>${texts.action.cancel}</button>
        <button class="primary" aria-disabled=${busy || !ready ? "true" : undefined}>${p.go}</button></footer>
    <//>
  `;
};

const dialogs = { help: Help, resolve: Resolve, release: Release, invite: Invite, samePerson: SamePerson };

export const Dialogs = ({ state, act }) => {
  const name = state.dialog?.name;
  return name ? html`<${dialogs[name]} key=${name} state=${state} act=${act} />` : null;
};
