/** Was it right to hand over? One click says so, the same click takes it back; the last word of anybody's counts. */

import { html } from "../vendor/preact-htm.js";
import * as texts from "../texts.js";
import { Icon } from "./icons.js";
import { momentAt } from "./times.js";

const t = texts.facts.verdict;
const signs = { right: "check", wrong: "close" };

export const Verdict = ({ act, me, conversation, handoff, said }) => {
  const { verdict = "none", by, name } = said.get(handoff.seq) ?? {};
  // A double click is one click: the second would take back what the first has said.
  const mark = (one) => (event) => event.detail < 2 && act.judge(conversation, handoff.seq, verdict === one ? "none" : one);
  return html`
    <div class="verdict" role="group" aria-label=${`${t.ask} (${momentAt(handoff.time)})`}>
      <p>${t.ask}</p>
      ${["right", "wrong"].map((one) => html`
        <button key=${one} class=${one} aria-pressed=${verdict === one ? "true" : "false"} onClick=${mark(one)}><${Icon} name=${signs[one]} />${t[one]}</button>`)}
      <p class="by" role="status">${verdict !== "none" && html`<bdi>${by === `agent:${me.id}` ? t.yours : t.by(name)}</bdi>`}</p>
    </div>
  `;
};
