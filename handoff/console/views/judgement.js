/** Late handoffs, for leads: what another threshold would have meant on the site's own conversations. It only shows. */

import { html } from "../vendor/preact-htm.js";
import { concerned, drawn, figuresAt, inUse } from "../judgement.js";
import * as texts from "../texts.js";
import { Icon } from "./icons.js";
import { jumpTo } from "./jump.js";
import { momentAt } from "./times.js";

const t = texts.judgement;
const SHOWN = 50;
const BOX = { left: 44, right: 570, top: 12, bottom: 150 };

const Slider = ({ found, at, act }) => {
  const { threshold } = figuresAt(found, at);
  const now = inUse(found);
  return html`
    <div class="slider">
      <label for="threshold">${t.slider}</label>
      <output class="threshold" for="threshold">${texts.percent(threshold)}</output>
      <input id="threshold" type="range" min="0" max=${found.table.length - 1} step="1" value=${at ?? now}
        aria-valuetext=${t.valueText(threshold, found.threshold)} onInput=${(event) => act.slide(Number(event.target.value))} />
      <p class="in-use">${t.inUse(found.threshold)}
        ${threshold !== found.threshold && html` <button type="button" class="link" onClick=${() => act.slide(now)}>${t.reset}</button>`}</p>
    </div>
  `;
};

const Figure = ({ name, count, of, children }) => html`
  <div class=${`figure ${name}`}><dt>${t[name].label}</dt><dd><strong>${count}</strong> <span class="of">${t[name].of(of)}</span>
    <span class="hint">${children}</span></dd></div>
`;

const Figures = ({ found, figures }) => {
  const alone = found.measured - found.persons - found.open;
  return html`
    <div role="status"><dl class="figures">
      <${Figure} name="late" count=${figures.late} of=${found.persons}>${figures.late ? t.earlier(figures) : t.late.none}<//>
      <${Figure} name="caught" count=${figures.caught} of=${alone}>${figures.caught ? t.ends(figures) : t.caught.none}<//>
      ${figures.threshold > found.threshold && html`<${Figure} name="kept" count=${figures.kept} of=${found.persons}>${t.kept.hint}<//>`}
    </dl></div>
  `;
};

/** Every figure of it stands in the table below. */
const Chart = ({ found, figures }) => {
  const { x, marks, lines } = drawn(found.table, BOX);
  const upright = (threshold, name) => html`<line class=${name} x1=${x(threshold)} x2=${x(threshold)} y1=${BOX.top - 6} y2=${BOX.bottom} />`;
  return html`
    <figure class="chart">
      <svg viewBox="0 0 600 186" role="img" aria-label=${t.chart(figures)}>
        ${marks.map(({ count, y }) => html`<g key=${count}><line class="grid" x1=${BOX.left} x2=${BOX.right} y1=${y} y2=${y} />
          <text x=${BOX.left - 6} y=${y + 4} text-anchor="end">${count}</text></g>`)}
        ${[found.table[0].threshold, 0.5, found.table.at(-1).threshold].map((one) => html`<text key=${one} x=${x(one)} y="178" text-anchor="middle">${texts.percent(one)}</text>`)}
        ${upright(found.threshold, "used")}
        ${lines.map(({ name, points }) => html`<polyline key=${name} class=${name} points=${points} />`)}
        ${upright(figures.threshold, "chosen")}
      </svg>
      <figcaption>${[...lines, { name: "used" }].map(({ name }) => html`<span key=${name} class=${`key ${name}`}><svg viewBox="0 0 24 8" aria-hidden="true"><line x1="0" x2="24" y1="4" y2="4" /></svg>${t.lines[name]}</span>`)}</figcaption>
    </figure>
  `;
};

const pair = (values, word) => (values ? values.map(word).join(" / ") : "–");

const Table = ({ found }) => html`
  <details><summary>${t.table}</summary>
    <div class="scroll" tabindex="0" role="region" aria-label=${t.table}><table>
      <thead><tr>${t.columns.map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
      <tbody>${found.table.map((one) => html`
        <tr key=${one.threshold} class=${one.threshold === found.threshold ? "used" : ""}>
          <th scope="row">${texts.percent(one.threshold)}${one.threshold === found.threshold ? ` ${t.used}` : ""}</th>
          <td>${one.late}</td><td>${pair(one.turns, String)}</td><td>${pair(one.seconds, (n) => texts.lasting(n * 1000))}</td>
          <td>${one.caught}</td><td>${one.abandoned}</td><td>${one.helped}</td><td>${one.kept}</td></tr>`)}</tbody>
    </table></div>
    <p class="hint">${t.tableHint}</p>
  </details>
`;

/** At the message that would have done it. A click that wants another tab or window gets it. */
async function open(event, { conversation, rise }, act) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (await act.openWhole(conversation)) jumpTo(rise.message, act);
}

const Concerned = ({ state, act, found, figures }) => {
  const all = concerned(found, figures.threshold);
  return html`
    <section aria-labelledby="concerned"><h2 id="concerned">${t.concerned} <span class="count">${all.length}</span></h2>
      ${all.length === 0 && html`<p class="soft">${t.nobody}</p>`}
      <ul class="concerned">${all.slice(0, SHOWN).map((one) => html`
        <li key=${`${one.conversation} ${one.until}`}>
          <a href=${`#c=${encodeURIComponent(one.conversation)}`} onClick=${(event) => open(event, one, act)}><bdi>${texts.customer(state.conversations[one.conversation] ?? { id: one.conversation })}</bdi></a>
          <span class="when">${momentAt(one.until)}</span>
          <span class=${`tag ${one.ended}`}>${t.ended(one.ended)}</span>
          <p class="hint">${t.because(one)}</p>
        </li>`)}</ul>
      ${all.length > SHOWN && html`<p class="soft">${t.more(all.length - SHOWN)}</p>`}
    </section>
  `;
};

const Found = ({ state, act, found, at }) => {
  const figures = figuresAt(found, at);
  return html`
    <${Slider} found=${found} at=${at} act=${act} />
    <${Figures} found=${found} figures=${figures} />
    <${Chart} found=${found} figures=${figures} />
    <${Table} found=${found} />
    <p class="set">${t.set}</p>
    <${Concerned} state=${state} act=${act} found=${found} figures=${figures} />
  `;
};

const Body = ({ state, act }) => {
  const { status, found, error, at } = state.judgement;
  if (status === "failed") return html`<p class="loading" role="alert">${error} <button onClick=${() => act.judgement()}>${texts.action.again}</button></p>`;
  if (!found) return html`<p class="loading" role="status">${t.loading}</p>`;
  return html`
    <p class="soft basis">${found.measured > 0 && t.basis(found)} ${found.cut && t.cut(found.read)}</p>
    ${found.measured === 0
      ? html`<div class="blank"><h2>${t.empty}</h2><p>${t.emptyHint}</p></div>`
      : html`<${Found} state=${state} act=${act} found=${found} at=${at} />`}
  `;
};

export const Judgement = ({ state, act }) => html`
  <main class="judgement" aria-label=${t.title} aria-busy=${state.judgement.status === "loading" ? "true" : "false"}>
    <header>
      <button class="quiet square to-list" aria-label=${texts.action.back} title=${texts.action.back} onClick=${() => act.view("talk")}><${Icon} name="back" /></button>
      <h1 tabindex="-1" data-focus="heading">${t.title}</h1>
      <label class="days"><span class="hidden">${t.days}</span>
        <select value=${String(state.judgement.days)} onChange=${(event) => act.judgement(Number(event.target.value))}>
          ${[7, 30, 90].map((days) => html`<option key=${days} value=${String(days)}>${t.lastDays(days)}</option>`)}
        </select></label>
    </header>
    <p class="lead">${t.lead}</p>
    <${Body} state=${state} act=${act} />
  </main>
`;
