/** Times as people read them. */

import { html } from "../vendor/preact-htm.js";
import * as texts from "../texts.js";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });

/** A moment within the next days: "Tue 14:00". */
export const weekdayAt = (time) => weekday.formatToParts(time).filter(({ type }) => type !== "literal").map(({ value }) => value).join(" ").replace(/ (\d\d)$/, ":$1");
export const dayOf = (time) => new Date(time).toDateString();
export const clockAt = (time) => clock.format(time);
export const momentAt = (time) => short.format(time);

export function dayName(time, now) {
  if (dayOf(time) === dayOf(now)) return texts.talk.today;
  if (dayOf(time) === dayOf(now - 86_400_000)) return texts.talk.yesterday;
  return date.format(time);
}

export const Clock = ({ time }) =>
  html`<time datetime=${new Date(time).toISOString()} title=${full.format(time)}>${clock.format(time)}</time>`;
