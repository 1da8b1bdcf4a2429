/** What a channel allows and how far it has brought our messages, read from a summary. Pure. */

/**
 * May the customer be answered? null where the channel has no such rule, else `{phase, until}`: `free` (anybody, until then),
 * `person` (only a person, until then), `closed` (nobody, since then).
 */
export function answering({ window }, now) {
  if (!window) return null;
  const { until, tag_until: tagUntil } = window;
  if (now < until) return { phase: "free", until };
  return now < tagUntil ? { phase: "person", until: tagUntil } : { phase: "closed", until: tagUntil };
}

const ours = (entry) => entry.kind === "message" && (entry.sender === "agent" || entry.sender === "bot");

/**
 * seq of a message of ours -> `late` (still to be sent), a word of `trouble` for the first that is late, or `reached` for the last
 * that came to the customer's device. Empty where nothing is pushed (the website shows what was *seen*).
 */
export function deliveries(entries, delivery) {
  const marks = new Map();
  if (!delivery) return marks;
  const said = entries.filter(ours);
  const reached = said.findLast((one) => one.seq <= (delivery.reached ?? 0));
  if (reached) marks.set(reached.seq, "reached");
  if (!delivery.trouble) return marks; // only trouble is announced: without it `sent` may be a moment old
  const [first, ...rest] = said.filter((one) => one.seq > delivery.sent);
  for (const one of rest) marks.set(one.seq, "late");
  if (first) marks.set(first.seq, delivery.trouble);
  return marks;
}

/** Messages that a platform did not take: seq of every one that a notice speaks of. */
export const undelivered = (entries) =>
  new Set(entries.filter((one) => one.notice === "not_delivered").map((one) => one.params?.seq));

/**
 * A person's other conversations, each with the links that tie it; every link stands once, at the conversation that it adds.
 * `person`: as the desk answers for the conversation `id` (docs/protocol.md, One person on several channels).
 */
export function known(id, person) {
  const cards = person.conversations.map((summary) => ({ summary, links: [] }));
  const direct = (link) => link.conversations.includes(id);
  for (const link of [...person.links].sort((a, b) => direct(b) - direct(a))) {
    const ends = cards.filter((one) => link.conversations.includes(one.summary.id));
    ends.sort((a, b) => a.links.length - b.links.length)[0]?.links.push(link); // the one that nothing ties yet
  }
  return cards;
}

/** Conversations that may be linked with `id`, newest first; each word of `query` is in the name, the channel or the last message. */
export function candidates(state, id, query, words) {
  const taken = new Set([id, ...(state.persons[id]?.conversations ?? []).map((one) => one.id)]);
  const wanted = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return Object.values(state.conversations)
    .filter((one) => !taken.has(one.id))
    .filter((one) => {
      const text = words(one).toLocaleLowerCase();
      return wanted.every((word) => text.includes(word));
    })
    .sort((a, b) => b.updated - a.updated || (a.id < b.id ? -1 : 1));
}
