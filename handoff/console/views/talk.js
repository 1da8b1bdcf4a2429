/** The middle: one conversation, what can be done with it, and the composer. */

import { html } from "../vendor/preact-htm.js";
import * as lists from "../lists.js";
import * as texts from "../texts.js";
import { Composer } from "./composer.js";
import { channelSign, Icon } from "./icons.js";
import { answering } from "../channels.js";
import { dayOf, weekdayAt } from "./times.js";
import { Transcript } from "./transcript.js";

const t = texts.talk;

const Nothing = ({ state, act }) => {
  const n = lists.waiting(state).length;
  if (state.selected) {
    const failed = state.opened[state.selected]?.status === "failed";
    return html`<main class="talk nothing" aria-label=${t.label}><h1 class="hidden">${t.label}</h1>
      <p class="loading" role="status">${failed ? html`${t.failed} <button onClick=${() => act.follow(state.selected)}>${texts.action.again}</button>` : t.loading}</p></main>`;
  }
  return html`
    <main class="talk nothing" aria-label=${t.label}>
      <div class="blank" tabindex="-1" data-focus="heading">
        <h1>${t.empty}</h1>
        <p>${n ? t.emptyWaiting(n) : t.emptyHint}</p>
        <p class="hints">${t.hints.map(([key, means]) => html`<span key=${key}><kbd>${key}</kbd> ${means}</span>`)}</p>
      </div>
    </main>
  `;
};

const Buttons = ({ act, id }) => {
  const ask = (name) => () => act.dialog({ name, conversation: id });
  return html`
    <div class="actions">
      <button class="quiet" title=${`${texts.action.release} (B)`} onClick=${ask("release")}><${Icon} name="queue" />${texts.action.release}</button>
      <button title=${`${texts.action.resolve} (E)`} onClick=${ask("resolve")}><${Icon} name="check" />${texts.action.resolve}</button>
    </div>
  `;
};

const Channel = ({ channel = "website" }) => html`<span class="via"><${Icon} name=${channelSign(channel)} /><bdi>${texts.channel(channel)}</bdi></span>`;

/** A countdown of the platform's; nobody is to find out by a refusal. */
const Window = ({ state, summary }) => {
  const may = answering(summary, state.now);
  return may && html`<span class=${`window ${may.phase}`}><${Icon} name=${may.phase === "free" ? "clock" : "warning"} />${texts.answering(may, state.now, weekdayAt)}</span>`;
};

const Header = ({ state, act, summary, mine }) => {
  const waited = lists.worthSaying(state, summary);
  const there = state.pane === "facts";
  const back = there ? texts.action.backToTalk : texts.action.back;
  return html`
    <header class="talk-head">
      <button class="quiet square to-list" aria-label=${back} title=${back} onClick=${() => (there ? act.pane("talk") : act.select(null))}><${Icon} name="back" /></button>
      <div class="title">
        <h1 tabindex="-1" data-focus="heading"><bdi>${texts.customer(summary)}</bdi></h1>
        <p class="where"><span class=${`tag ${summary.owner} ${mine ? "mine" : ""}`}><bdi>${texts.where(summary, mine)}</bdi></span>
          ${waited !== null && html`<span class="waited">${summary.owner === "queue" ? texts.waiting(waited) : texts.unanswered(waited)}</span>`}
          <${Channel} channel=${summary.customer?.channel} /><${Window} state=${state} summary=${summary} /></p>
      </div>
      <button class="quiet square to-facts" aria-label=${texts.action.details} title=${`${texts.action.details} (D)`} aria-pressed=${String(state.pane === "facts")} onClick=${() => act.pane(state.pane === "facts" ? "talk" : "facts")}><${Icon} name="info" /></button>
      ${mine && html`<${Buttons} act=${act} id=${summary.id} />`}
    </header>
  `;
};

export const Talk = ({ state, act, summary }) => {
  if (!summary) return html`<${Nothing} state=${state} act=${act} />`;
  const opened = state.opened[summary.id];
  const mine = lists.owns(state, summary.id);
  const shown = opened && (opened.entries.length > 0 || opened.status === "here");
  return html`
    <main class="talk" aria-label=${t.with(texts.customer(summary))}>
      <${Header} state=${state} act=${act} summary=${summary} mine=${mine} />
      ${shown
        ? html`<${Transcript} act=${act} key=${summary.id} summary=${summary} entries=${opened.entries} seen=${opened.seen}
            typing=${opened.typing > state.now} typist=${opened.typist} day=${dayOf(state.now)} now=${state.now} />`
        : html`<div class="transcript-frame"><p class="loading" role="status">${opened?.status === "failed" ? t.failed : t.loading}
            ${opened?.status === "failed" && html` <button onClick=${() => act.follow(summary.id)}>${texts.action.again}</button>`}</p></div>`}
      <${Composer} key=${`composer-${summary.id}`} state=${state} act=${act} summary=${summary} mine=${mine} />
    </main>
  `;
};
