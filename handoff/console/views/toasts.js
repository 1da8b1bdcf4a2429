/** What has just come of something, and the one place where news is read out. */

import { html } from "../vendor/preact-htm.js";
import * as lists from "../lists.js";
import * as texts from "../texts.js";
import { Icon } from "./icons.js";

export const Toasts = ({ state, act }) => {
  const waiting = lists.waiting(state).length;
  return html`
    <p class="hidden" role="status" data-announce>${texts.peopleWaiting(waiting)}</p>
    <div class="toasts" role="status">
      ${state.toasts.map(({ id, tone, text }) => html`
        <p key=${id} class=${`toast ${tone}`}>
          <span>${text}</span>
          <button class="quiet square" aria-label=${texts.action.dismiss} onClick=${() => act.untoast(id)}><${Icon} name="close" /></button>
        </p>`)}
    </div>
  `;
};
