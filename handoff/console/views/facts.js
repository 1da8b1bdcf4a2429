/** The right column: why a person is needed, what was tried, and who the customer is, at a glance. */

import { html } from "../vendor/preact-htm.js";
import { caseOf, folded, judged, numbered, verdicts } from "../case.js";
import { safeLink } from "../desk.js";
import * as lists from "../lists.js";
import * as texts from "../texts.js";
import { Icon } from "./icons.js";
import { jumpTo } from "./jump.js";
import { Person } from "./person.js";
import { Verdict } from "./verdict.js";
import { momentAt } from "./times.js";

const t = texts.facts;

const Signal = ({ act, one, number, text }) => html`
  <li>
    <button class="jump" onClick=${() => jumpTo(one.message, act)}>
      <span class="jump-top"><${Icon} name="flag" /><span>${texts.signal(one.signal)}</span><span class="score">${texts.percent(one.score)}</span></span>
      ${one.threshold != null && html`<span class="held">${texts.enough(one.threshold)}</span>`}
      <span class="jump-bottom">${number ? t.jump(number) : ""}${text ? html`: <q><bdi>${text}</bdi></q>` : ""}</span>
    </button>
  </li>
`;

/** The words that gave the signal, where it names some: the whole message else. */
const quoted = (one, said) => (one.span && said.get(one.message)?.includes(one.span) ? one.span : said.get(one.message));

const Why = ({ state, act, summary, found, entries }) => {
  const numbers = numbered(entries);
  const said = new Map(folded(entries).map((one) => [one.seq, one.text]));
  const reason = found.reason ?? summary.reason;
  if (!found.current && summary.owner === "bot") return html`<p class="soft">${t.whyNone}</p>`;
  const { decisive } = found;
  return html`
    <p class="reason"><strong>${texts.reason(reason ?? "asked")}</strong>${decisive && numbers.has(decisive.message) ? html` – <button class="link" onClick=${() => jumpTo(decisive.message, act)}>${t.jump(numbers.get(decisive.message))}</button>` : ""}</p>
    ${found.note && html`<p class="own-words" dir="auto">${found.note}</p>`}
    ${found.evidence.length > 0
      ? html`<ul class="evidence" aria-label=${t.more}>${found.evidence.map((one, index) => html`
          <${Signal} key=${index} act=${act} one=${one} number=${numbers.get(one.message)} text=${quoted(one, said)} />`)}</ul>`
      : html`<p class="soft">${reason === "takeover" ? t.unasked : t.noEvidence}</p>`}
    ${found.current && judged(found.current.opened) && html`<${Verdict} act=${act} me=${state.me} conversation=${summary.id} handoff=${found.current.opened} said=${verdicts(entries)} />`}
  `;
};

const Words = ({ act, entry }) => html`
  <section aria-labelledby="facts-words"><h2 id="facts-words">${t.words}</h2>
    <button class="jump quote" onClick=${() => jumpTo(entry.seq, act)}><q><bdi>${entry.text}</bdi></q></button>
  </section>
`;

const Tried = ({ act, entries }) => html`
  <section aria-labelledby="facts-tried"><h2 id="facts-tried">${t.tried}</h2>
    ${entries.length === 0
      ? html`<p class="soft">${t.triedNone}</p>`
      : html`<ul class="tried">${entries.map((one) => html`
          <li key=${one.seq}><button class="jump" onClick=${() => jumpTo(one.seq, act)}><bdi>${one.source.title || one.source.url || one.text}</bdi></button></li>`)}</ul>`}
  </section>
`;

const Attempts = ({ act, entries, attempts }) => {
  const numbers = numbered(entries);
  return html`
    <section aria-labelledby="facts-attempts"><h2 id="facts-attempts">${t.attempts}</h2>
      <ul class="tried">${attempts.map((one, index) => html`
        <li key=${index}><button class="jump" title=${numbers.has(one.message) ? t.jump(numbers.get(one.message)) : null} onClick=${() => jumpTo(one.message, act)}><q><bdi>${one.span}</bdi></q></button></li>`)}</ul>
    </section>
  `;
};

const Row = ({ name, children }) => html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
const orUnknown = (value) => (value ? html`<bdi>${value}</bdi>` : html`<span class="soft">${texts.notStated}</span>`);

const Page = ({ page }) => {
  const link = safeLink(page ?? "");
  return link ? html`<a href=${link} target="_blank" rel="noopener noreferrer">${link.replace(/^https?:\/\//, "")}</a>` : orUnknown(page);
};

const Customer = ({ state, summary, found }) => {
  const waited = lists.waitedFor(state, summary);
  const { customer = {} } = summary;
  return html`
    <dl>
      <${Row} name=${t.name}>${orUnknown(customer.name)}<//>
      <${Row} name=${t.language}>${customer.lang ? texts.language(customer.lang) : orUnknown(null)}<//>
      <${Row} name=${t.channel}>${orUnknown(customer.channel && texts.channel(customer.channel))}<//>
      ${found.page && html`<${Row} name=${t.page}><${Page} page=${found.page} /><//>`}
      <${Row} name=${t.started}>${momentAt(summary.started)}<//>
      <${Row} name=${t.waiting}>${waited === null ? t.waitingNot : summary.owner === "queue" ? texts.lasting(waited) : texts.unanswered(waited)}<//>
      <${Row} name=${t.priority}>${texts.priority(summary.priority)}<//>
      <${Row} name=${t.messages}>${found.said}<//>
      <${Row} name=${t.earlier}>${found.earlier.length || t.none}<//>
    </dl>
  `;
};

const Earlier = ({ state, act, summary, earlier, said }) => html`
  <ul class="tried">
    ${earlier.map(({ opened, closed }) => html`
      <li key=${opened.seq}><button class="jump" onClick=${() => jumpTo(opened.seq, act)}>
        ${momentAt(opened.time)}: ${texts.reason(opened.reason ?? (opened.cause === "taken_over" ? "takeover" : "asked"))}
        ${closed && html`<span class="soft"> · ${texts.ownerChange(closed)}</span>`}
      </button>${judged(opened) && html`<${Verdict} act=${act} me=${state.me} conversation=${summary.id} handoff=${opened} said=${said} />`}</li>`)}
  </ul>
`;

export const Facts = ({ state, act, summary }) => {
  const entries = state.opened[summary.id]?.entries ?? [];
  const found = caseOf(entries);
  return html`
    <aside class="facts-pane" aria-label=${t.label} tabindex="-1" data-focus="facts">
      <section class="why" aria-labelledby="facts-why"><h2 id="facts-why">${t.why}</h2>
        <${Why} state=${state} act=${act} summary=${summary} found=${found} entries=${entries} />
      </section>
      ${found.words && html`<${Words} act=${act} entry=${found.words} />`}
      ${found.attempts.length > 0 && html`<${Attempts} act=${act} entries=${entries} attempts=${found.attempts} />`}
      ${found.current && html`<${Tried} act=${act} entries=${found.tried} />`}
      <section aria-labelledby="facts-about"><h2 id="facts-about">${t.about}</h2>
        <${Customer} state=${state} summary=${summary} found=${found} />
        ${found.earlier.length > 0 && html`<${Earlier} state=${state} act=${act} summary=${summary} earlier=${found.earlier} said=${verdicts(entries)} />`}
      </section>
      <${Person} key=${summary.id} state=${state} act=${act} summary=${summary} entries=${entries} />
    </aside>
  `;
};
