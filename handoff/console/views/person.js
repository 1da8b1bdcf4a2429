/** The same person elsewhere: what we know, how we know it, and how to take it back. */

import { html, useEffect } from "../vendor/preact-htm.js";
import { known } from "../channels.js";
import * as texts from "../texts.js";
import { channelSign, Icon } from "./icons.js";
import { momentAt } from "./times.js";

const t = texts.person;

const Link = ({ act, id, link, nameOf }) => {
  const how = `${texts.linkedBy(link.by, nameOf)}, ${momentAt(link.time)}`;
  return html`<li class="tie"><span><bdi>${how}</bdi></span>
    <button class="link" aria-label=${t.undoLabel(how)} onClick=${() => act.unlink(id, link.id)}>${t.undo}</button></li>`;
};

const Card = ({ act, id, card, nameOf }) => {
  const { summary, links } = card;
  const name = texts.customer(summary);
  const channel = summary.customer?.channel ?? "website";
  return html`
    <li class="known">
      <button class="jump" aria-label=${t.open(name, texts.channel(channel))} onClick=${() => act.select(summary.id)}>
        <span class="known-top"><${Icon} name=${channelSign(channel)} /><strong>${texts.channel(channel)}</strong> <bdi>${name}</bdi></span>
        <span class="soft">${momentAt(summary.updated)}</span>
        ${summary.last?.text && html`<span class="jump-bottom"><bdi>${summary.last.text}</bdi></span>`}
      </button>
      ${links.length > 0 && html`<ul>${links.map((link) => html`<${Link} key=${link.id} act=${act} id=${id} link=${link} nameOf=${nameOf} />`)}</ul>`}
    </li>
  `;
};

export const Person = ({ state, act, summary, entries }) => {
  const { id } = summary;
  const ties = entries.filter((one) => one.notice === "linked" || one.notice === "unlinked").length;
  useEffect(() => void act.person(id), [id, ties, state.line === "open"]);
  const person = state.persons[id];
  const nameOf = (agent) => state.roster.find((one) => one.id === agent)?.name ?? agent;
  return html`
    <section class="person" aria-labelledby="facts-person"><h2 id="facts-person" tabindex="-1" data-focus="person">${t.label}</h2>
      ${!person && html`<p class="soft">${t.loading}</p>`}
      ${person?.status === "failed" && html`<p class="soft">${t.failed} <button class="link" onClick=${() => act.person(id)}>${texts.action.again}</button></p>`}
      ${person?.conversations.length > 0
        ? html`<ul>${known(id, person).map((card) => html`<${Card} key=${card.summary.id} act=${act} id=${id} card=${card} nameOf=${nameOf} />`)}</ul>`
        : person?.status === "here" && html`<p class="soft">${t.none}</p>`}
      <button class="quiet" onClick=${() => act.dialog({ name: "samePerson", conversation: id })}><${Icon} name="plus" />${t.link}</button>
    </section>
  `;
};
