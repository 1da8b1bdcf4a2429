/** Sign-in, and the one-time link that makes an agent. */

import { html } from "../vendor/preact-htm.js";
import * as texts from "../texts.js";
import { Mark } from "./icons.js";

const fields = (event) => Object.fromEntries(new FormData(event.target));

const Field = ({ name, label, hint, error, ...rest }) => html`
  <div class="field">
    <label for=${`door-${name}`}>${label}</label>
    <input id=${`door-${name}`} name=${name} required aria-describedby=${hint ? `door-${name}-hint` : undefined}
      aria-invalid=${error ? "true" : undefined} ...${rest} />
    ${hint && html`<p class="hint" id=${`door-${name}-hint`}>${hint}</p>`}
  </div>
`;

const Door = ({ title, lead, door, onSubmit, go, going, children }) => html`
  <main class="door">
    <form class="card" aria-labelledby="door-title" onSubmit=${(event) => {
      event.preventDefault();
      if (!door.busy) onSubmit(fields(event));
    }}>
      <div class="brand"><${Mark} /><span>${texts.product}</span></div>
      <h1 id="door-title">${title}</h1>
      ${lead && html`<p class="lead">${lead}</p>`}
      <div role="alert">${door.error && html`<p class="error">${door.error}</p>`}</div>
      ${children}
      <button class="primary wide" aria-disabled=${door.busy ? "true" : undefined}>${door.busy ? going : go}</button>
    </form>
  </main>
`;

export const SignIn = ({ door, act }) => {
  const t = texts.signIn;
  return html`
    <${Door} title=${t.title} lead=${door.expired ? t.ended : null} door=${door} go=${t.go} going=${t.going}
      onSubmit=${({ name, password }) => act.signIn(name.trim(), password)}>
      <${Field} name="name" label=${t.name} error=${door.error} autocomplete="username" autocapitalize="none" spellcheck=${false} maxlength="64" />
      <${Field} name="password" label=${t.password} error=${door.error} type="password" autocomplete="current-password" maxlength="256" />
    <//>
  `;
};

export const Welcome = ({ door, act }) => {
  const t = texts.welcome;
  return html`
    <${Door} title=${t.title} lead=${t.lead} door=${door} go=${t.go} going=${t.going}
      onSubmit=${({ name, display, password }) => act.acceptWelcome({ name: name.trim(), display: display.trim(), password })}>
      <${Field} name="name" label=${t.name} hint=${t.nameHint} autocomplete="username" autocapitalize="none" spellcheck=${false} maxlength="64" />
      <${Field} name="display" label=${t.display} hint=${t.displayHint} autocomplete="nickname" maxlength="64" />
      <${Field} name="password" label=${t.password} hint=${t.passwordHint} type="password" autocomplete="new-password" minlength="10" maxlength="256" />
    <//>
  `;
};
