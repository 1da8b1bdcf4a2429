/** The whole page as a function of the state. */

import { html } from "../vendor/preact-htm.js";
import * as lists from "../lists.js";
import * as texts from "../texts.js";
import { Bar } from "./bar.js";
import { Dialogs } from "./dialogs.js";
import { SignIn, Welcome } from "./door.js";
import { Facts } from "./facts.js";
import { Mark } from "./icons.js";
import { Judgement } from "./judgement.js";
import { Lists } from "./lists.js";
import { Talk } from "./talk.js";
import { Toasts } from "./toasts.js";

const Starting = ({ line }) => html`
  <main class="door"><p class="starting" role="status"><${Mark} />${line === "lost" ? texts.bar.lost : texts.bar.connecting}</p></main>
`;

const Desk = ({ state, act }) => {
  const summary = lists.selected(state);
  const judging = state.view === "judgement";
  return html`
    <div class="desk" data-pane=${judging ? "judgement" : summary ? state.pane : "list"} data-open=${summary ? "yes" : "no"}>
      <${Bar} state=${state} act=${act} />
      <${Lists} state=${state} act=${act} />
      ${judging ? html`<${Judgement} state=${state} act=${act} />` : html`<${Talk} state=${state} act=${act} summary=${summary} />`}
      ${summary && html`<${Facts} state=${state} act=${act} summary=${summary} />`}
    </div>
    <${Dialogs} state=${state} act=${act} />
    <${Toasts} state=${state} act=${act} />
  `;
};

export const App = ({ state, act }) => {
  switch (state.phase) {
    case "starting":
      return html`<${Starting} line=${state.line} />`;
    case "signin":
      return html`<${SignIn} door=${state.door} act=${act} />`;
    case "welcome":
      return html`<${Welcome} door=${state.door} act=${act} />`;
    default:
      return html`<${Desk} state=${state} act=${act} />`;
  }
};
