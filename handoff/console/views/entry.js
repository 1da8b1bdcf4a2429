/** One line of the transcript: something said, a note, or what the desk did. Text is only ever text. */

import { html } from "../vendor/preact-htm.js";
import { safeLink } from "../desk.js";
import { pieces } from "../case.js";
import * as texts from "../texts.js";
import { Attachment } from "./files.js";
import { Icon } from "./icons.js";
import { Clock } from "./times.js";

const t = texts.talk;

/** The words that gave a signal are marked in the text they stand in. */
const Marked = ({ text, spans }) => pieces(text, spans).map((one, index) => (index % 2 ? html`<mark>${one}</mark>` : one));

/** One flag per signal, however many words gave it; what was told for certain has no score. */
const Evidence = ({ signals }) => html`
  <ul class="signals" aria-label=${signals[0].current ? t.caused : t.causedEarlier}>
    ${[...new Map(signals.map((one) => [one.signal, one])).values()].map((one) => html`
      <li key=${one.signal} class=${one.current ? "signal" : "signal past"}>
        <${Icon} name="flag" />${texts.signal(one.signal)}${one.score < 1 && html`<span class="score">${texts.percent(one.score)}</span>`}
      </li>`)}
  </ul>
`;

const Source = ({ source }) => {
  const link = safeLink(source.url ?? "");
  const title = source.title || source.url;
  return html`<p class="source">${t.source}: ${link ? html`<a href=${link} target="_blank" rel="noopener noreferrer">${title}</a>` : html`<bdi>${title}</bdi>`}</p>`;
};

const Body = ({ conversation, entry, signals, lang }) => html`
  <div class="bubble">
    ${entry.text && html`<p class="text" dir="auto" lang=${lang}><${Marked} text=${entry.text} spans=${signals.map((one) => one.span)} /></p>`}
    ${(entry.attachments ?? []).map((file) => html`<${Attachment} key=${file.id} conversation=${conversation} file=${file} />`)}
    ${entry.source && html`<${Source} source=${entry.source} />`}
  </div>
  ${entry.buttons?.length > 0 && html`
    <p class="offered"><span>${t.options}:</span> ${entry.buttons.map((button, index) => html`<span key=${index} class="chip"><bdi>${button.label}</bdi></span> `)}</p>`}
`;

const who = (entry, customer) =>
  entry.sender === "customer" ? customer : (entry.sender === "agent" ? texts.agent(entry.agent, entry.name) : entry.name) || texts.sender[entry.sender];
const portrait = { customer: "person", bot: "bot", agent: "person" };

const Said = ({ conversation, entry, joined, signals, number, customer, lang, seen, delivery }) => {
  const note = entry.kind === "note";
  const kind = note ? "note" : entry.sender;
  return html`
    <li id=${`entry-${entry.seq}`} tabindex="-1"
      class=${`entry said ${kind} ${joined ? "joined" : ""} ${signals.length ? "marked" : ""}`}>
      <p class="head">
        <span class="portrait" aria-hidden="true"><${Icon} name=${note ? "lock" : portrait[entry.sender]} /></span>
        <span class="who"><bdi>${who(entry, customer)}</bdi></span>
        ${entry.sender === "bot" && html`<span class="tag plain">${texts.botTag}</span>`}
        ${note && html`<span class="tag amber">${t.note}</span>`}
        <${Clock} time=${entry.time} />
        ${signals.length > 0 && number && html`<span class="number">${t.messageNumber(number)}</span>`}
      </p>
      <${Body} conversation=${conversation} entry=${entry} signals=${signals} lang=${entry.sender === "agent" ? undefined : lang} />
      ${delivery && !(seen && delivery === "reached") && html`<p class=${`after ${delivery === "reached" ? "" : "undelivered"}`}>${delivery !== "reached" && html`<${Icon} name=${delivery === "late" ? "clock" : "warning"} />`}${texts.delivery(delivery)}</p>`}
      ${(entry.edited || seen) && html`<p class="after">${[entry.edited && t.edited, seen && t.seen].filter(Boolean).join(" · ")}</p>`}
      ${signals.length > 0 && html`<${Evidence} signals=${signals} />`}
    </li>
  `;
};

const causeSign = { handoff: "flag", claimed: "person", taken_over: "person", resolved: "check" };

const LINKS = new Set(["linked", "unlinked"]);

const Happened = ({ entry, act }) => {
  const owner = entry.kind === "owner";
  const failed = entry.notice === "not_delivered";
  const other = LINKS.has(entry.notice) && entry.params?.conversation;
  return html`
    <li id=${`entry-${entry.seq}`} tabindex="-1" class=${`entry happened ${owner ? `owner ${entry.cause}` : failed ? "notice warning" : "notice"}`}>
      <p>
        <${Icon} name=${owner ? (causeSign[entry.cause] ?? "queue") : failed ? "warning" : "info"} />
        <span><bdi>${owner ? texts.ownerChange(entry) : texts.notice(entry)}</bdi></span>
        ${other && html`<button class="link" onClick=${() => act.select(other)}>${texts.person.show}</button>`}
        <${Clock} time=${entry.time} />
      </p>
      ${entry.note && html`<p class="own-words" dir="auto">${entry.note}</p>`}
    </li>
  `;
};

export const Entry = (props) =>
  props.entry.kind === "message" || props.entry.kind === "note" ? html`<${Said} ...${props} />` : html`<${Happened} ...${props} />`;
