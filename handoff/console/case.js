/** What an agent must know of a conversation at a glance, read from its entries. Pure. */

/** Entries with every edit applied in its place; the edits themselves are not lines of the transcript. */
export function folded(entries) {
  const edits = new Map(entries.filter((one) => one.kind === "edit").map((one) => [one.of, one]));
  return entries
    .filter((one) => one.kind !== "edit")
    .map((one) => (edits.has(one.seq) ? { ...one, text: edits.get(one.seq).text, edited: true } : one));
}

/** seq -> which message of the conversation it is, counted from 1 over everything that was said. */
export function numbered(entries) {
  const said = entries.filter((one) => one.kind === "message");
  return new Map(said.map((one, index) => [one.seq, index + 1]));
}

const RETURNS_TO_BOT = new Set(["cancelled", "abandoned", "nobody", "resolved"]);
const OPENS = new Set(["handoff", "taken_over"]);

/** Stretches in which people had the conversation: what opened each, and what closed it (or null: still open). */
export function handoffs(entries) {
  const found = [];
  for (const entry of entries) {
    if (entry.kind !== "owner") continue;
    const open = found.at(-1)?.closed === null ? found.at(-1) : null;
    if (OPENS.has(entry.cause) && !open) found.push({ opened: entry, closed: null });
    else if (RETURNS_TO_BOT.has(entry.cause) && open) open.closed = entry;
  }
  return found;
}

/** seq of a message -> the signals it gave: `{signal, score, span, current}`. */
export function evidenceAt(entries) {
  const current = handoffs(entries).at(-1);
  const marks = new Map();
  for (const entry of entries) {
    for (const one of entry.evidence ?? []) {
      const list = marks.get(one.message) ?? [];
      list.push({ ...one, current: current?.closed === null && entry.seq >= current.opened.seq });
      marks.set(one.message, list);
    }
  }
  return marks;
}

/** What each reason goes back to; where no signal says it, the strongest stands for it. */
const SAYS = {
  asked: /^ask/,
  unanswered: /^(unanswered|missed|failed_turns|repeats)/,
  rejected: /^(reject|same_question)/,
  frustrated: /^(?!ask|accepted|missed|failed|was_upset|losing_patience)/,
};

const ATTEMPT = "already_tried"; // told for the agent's sake, and no reason to hand over

function decisive(reason, evidence) {
  const strongest = [...evidence].sort((a, b) => b.score - a.score);
  return strongest.find((one) => SAYS[reason]?.test(one.signal)) ?? strongest[0] ?? null;
}

/** What the assistant decided, as the desk sees it (handoff/review.py): only that can be right or wrong. */
export const judged = (entry) => entry.cause === "handoff" && (entry.evidence ?? []).length > 0;

const isVerdict = (entry) => entry.notice === "verdict";

/** seq of a handoff -> the last word on it, `{verdict, name}`. */
export function verdicts(entries) {
  return new Map(entries.filter(isVerdict).map(({ params }) => [params.of, params]));
}

const cases = new WeakMap(); // entries never change in place, so a case is worked out once for each list of them

/**
 * The case of one conversation.
 * `current`: the open handoff, `decisive` the signal behind its reason, with its evidence in order of the messages, or null; `earlier`: those before it, oldest
 * first; `words`: what the customer said that led here; `tried`: sources the assistant answered with since the last return; `attempts`: what the customer
 * says to have tried, in their words.
 */
export function caseOf(entries) {
  if (!cases.has(entries)) cases.set(entries, workOut(entries));
  return cases.get(entries);
}

function workOut(entries) {
  const all = handoffs(entries);
  const last = all.at(-1);
  const current = last && last.closed === null ? last : null;
  const earlier = current ? all.slice(0, -1) : all;
  const from = earlier.at(-1)?.closed?.seq ?? 0;
  const until = current?.opened.seq ?? Infinity;
  const before = folded(entries).filter((one) => one.kind === "message" && one.seq > from && one.seq < until);
  const signals = [...(current?.opened.evidence ?? [])].sort((a, b) => a.message - b.message);
  const evidence = signals.filter((one) => one.signal !== ATTEMPT);
  const asking = new Set(evidence.filter((one) => /^ask/.test(one.signal)).map((one) => one.message));
  const customers = before.filter((one) => one.sender === "customer" && one.text);
  // «Talk to a person» says nothing about the matter: the first message that does is what it is about.
  const words = customers.find((one) => !asking.has(one.seq) && (one.text ?? "").trim().split(/\s+/).length > 2);
  return {
    current,
    earlier,
    evidence,
    decisive: decisive(current?.opened.reason, evidence),
    reason: current ? (current.opened.reason ?? (current.opened.cause === "taken_over" ? "takeover" : null)) : null,
    note: current?.opened.note ?? null,
    words: words ?? customers[0] ?? null,
    // Once each: of a source that a sentence was quoted from again, the first answer says most.
    tried: before.filter((one, index) => one.sender === "bot" && one.source &&
      before.findIndex((other) => other.sender === "bot" && other.source?.title === one.source.title) === index),
    attempts: signals.filter((one) => one.signal === ATTEMPT),
    page: entries.findLast((one) => one.internal?.page)?.internal.page ?? null,
    said: entries.filter((one) => one.kind === "message").length,
  };
}

/** `text` cut into pieces, every second of which is one of `spans` (first place only, none inside another). */
export function pieces(text, spans) {
  const found = spans
    .filter((one) => one && text.includes(one))
    .map((one) => ({ from: text.indexOf(one), to: text.indexOf(one) + one.length }))
    .sort((a, b) => a.from - b.from || b.to - a.to);
  const cut = [];
  let at = 0;
  for (const { from, to } of found) {
    if (from < at) continue;
    cut.push(text.slice(at, from), text.slice(from, to));
    at = to;
  }
  return [...cut, text.slice(at)];
}

/** Transcript lines with a day before the first line of each day; `joined`: same sender went on within five minutes. */
export function lines(entries, dayOf) {
  const result = [];
  let before = null;
  let day = null;
  for (const entry of folded(entries)) {
    if (isVerdict(entry)) continue; // shown where it is given
    const today = dayOf(entry.time);
    if (today !== day) result.push({ day: today, time: entry.time, key: `day-${today}` });
    const joined =
      today === day &&
      before !== null &&
      before.kind === entry.kind &&
      before.sender === entry.sender &&
      before.agent === entry.agent &&
      entry.time - before.time < 5 * 60_000;
    result.push({ entry, joined, key: entry.seq });
    before = entry;
    day = today;
  }
  return result;
}
