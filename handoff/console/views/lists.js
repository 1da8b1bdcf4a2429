/** The left column: my conversations, who waits, what colleagues and the assistant have, and the team. */

import { html } from "../vendor/preact-htm.js";
import * as lists from "../lists.js";
import * as texts from "../texts.js";
import { channelSign, Icon } from "./icons.js";

const t = texts.list;

const Snippet = ({ state, summary }) => {
  const typing = (state.opened[summary.id]?.typing ?? 0) > state.now;
  if (typing) return html`<span class="snippet typing">${t.typing}</span>`;
  const { last } = summary;
  const brought = (last?.files ?? []).map((kind) => texts.files.kind[kind] ?? texts.files.kind.file).join(", ");
  if (!last?.text && !brought) return html`<span class="snippet">${t.quiet}</span>`;
  return html`<span class="snippet"><span class="by">${t.by[last.sender] ?? ""}</span><bdi>${last.text || brought}</bdi></span>`;
};

const Wait = ({ state, summary }) => {
  const waited = lists.worthSaying(state, summary);
  if (waited === null) return null;
  const queued = summary.owner === "queue";
  return html`<span class=${`wait ${queued ? "strong" : ""}`}><${Icon} name="clock" />${queued ? texts.waiting(waited) : texts.unanswered(waited)}</span>`;
};

const Item = ({ state, act, summary, list }) => {
  const name = texts.customer(summary);
  const fresh = lists.unread(state, summary);
  const busy = state.busy[summary.id];
  const channel = summary.customer?.channel ?? "website";
  const facts = [...(summary.customer?.lang ? [texts.language(summary.customer.lang)] : []), texts.channel(channel)];
  const current = state.selected === summary.id;
  return html`
    <li class=${`item ${current ? "current" : ""} ${fresh ? "fresh" : ""} p${summary.priority}`} data-item>
      <a class="open" href=${`#c=${encodeURIComponent(summary.id)}`} data-conversation=${summary.id}
        aria-current=${current ? "true" : undefined}
        onClick=${(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
          event.preventDefault();
          act.select(summary.id);
        }}>
        <span class="row">
          <span class="who"><bdi>${name}</bdi></span>
          ${fresh && html`<span class="new">${t.unread}</span>`}
          ${list === "others" && html`<span class="with">${texts.agent(summary.agent, summary.name)}</span>`}
          ${summary.owner === "queue" && summary.priority > 1 && html`<span class=${`tag p${summary.priority}`}>${texts.priority(summary.priority)}</span>`}
        </span>
        ${summary.owner !== "bot" && summary.reason && html`<span class="why"><${Icon} name="flag" />${texts.reason(summary.reason)}</span>`}
        <${Snippet} state=${state} summary=${summary} />
        <span class="row small">
          <span class="facts"><${Icon} name=${channelSign(channel)} />${facts.join(" · ")}</span>
          <${Wait} state=${state} summary=${summary} />
        </span>
      </a>
      ${list === "waiting" && html`
        <button class="primary take" aria-label=${`${texts.action.take} ${name}`} aria-disabled=${busy ? "true" : undefined}
          onClick=${() => act.take(summary.id)}>${busy ? texts.action.taking : texts.action.take}</button>`}
    </li>
  `;
};

const Section = ({ state, act, id, items }) => html`
  <section class=${`group ${id} ${items.length ? "some" : ""}`} aria-labelledby=${`list-${id}`}>
    <h2 id=${`list-${id}`}>${t[id]}<span class="count"><span class="hidden">: </span>${items.length}</span></h2>
    ${items.length > 0
      ? html`<ul>${items.map((summary) => html`<${Item} key=${summary.id} state=${state} act=${act} summary=${summary} list=${id} />`)}</ul>`
      : t.none[id] && html`<p class="none">${t.none[id]}</p>`}
  </section>
`;

const Team = ({ state }) => {
  const order = ["available", "away", "offline"];
  const roster = [...state.roster].sort(
    (a, b) => order.indexOf(a.availability) - order.indexOf(b.availability) || a.name.localeCompare(b.name),
  );
  return html`
    <section class="group team" aria-labelledby="list-team">
      <h2 id="list-team">${t.team}<span class="count"><span class="hidden">: </span>${roster.length}</span></h2>
      <ul>
        ${roster.map((one) => html`
          <li key=${one.id} class=${one.availability}>
            <span class=${`dot ${one.availability}`} aria-hidden="true"></span>
            <span class="who"><bdi>${one.name}</bdi>${one.id === state.me.id ? ` (${texts.you})` : ""}</span>
            <span class="state">${texts.availability(one.availability)}${one.availability === "offline" ? "" : `, ${t.load(one)}`}</span>
          </li>`)}
      </ul>
    </section>
  `;
};

export const Lists = ({ state, act }) => html`
  <nav class="lists" aria-label=${t.label} data-focus="list" tabindex="-1">
    ${lists.lists(state)
      .filter(({ id, items }) => items.length > 0 || t.none[id])
      .map(({ id, items }) => html`
        ${id === "bots" && html`<${Team} key="team" state=${state} />`}
        <${Section} key=${id} state=${state} act=${act} id=${id} items=${items} />`)}
    ${lists.bots(state).length === 0 && html`<${Team} state=${state} />`}
  </nav>
`;
