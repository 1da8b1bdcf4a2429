/**
 * Late handoffs at one threshold, from what the desk has reckoned (`GET api/judgement`). Pure.
 *
 * @typedef {{ score: number, message: number, turns: number, seconds: number }} Rise
 * @typedef {{ conversation: string, ended: string, reason: string|null, until: number, rises: Rise[] }} Episode
 * @typedef {{ threshold: number, late: number, turns: [number, number]|null, seconds: [number, number]|null, caught: number,
 *   abandoned: number, helped: number, kept: number }} Figures
 */

/** Where the slider stands at first: at the threshold in use. */
export const inUse = (found) => Math.max(0, found.table.findIndex((one) => one.threshold === found.threshold));

/** The figures that the slider points at; a shorter table than a moment ago has them at its end. */
export const figuresAt = (found, at) => found.table[Math.min(at ?? inUse(found), found.table.length - 1)];

/** Episodes that would have gone otherwise, as the desk orders them, each with the message that would have done it. */
export function concerned(found, threshold) {
  return found.episodes.flatMap((episode) => {
    const rise = episode.rises.find((one) => one.score >= threshold);
    return rise && (episode.ended !== "person" || rise.turns > 0) ? [{ ...episode, rise }] : [];
  });
}

export const LINES = ["late", "caught", "abandoned"];

/** The table as lines in a box: each `{ name, points }`, `x(threshold)`, and marks of the counts, from the bottom up. */
export function drawn(table, { left, right, top, bottom }) {
  const first = table[0].threshold;
  const span = table.at(-1).threshold - first || 1;
  const most = Math.max(1, ...table.flatMap((one) => LINES.map((name) => one[name])));
  const round = (value) => Math.round(value * 10) / 10;
  const x = (threshold) => round(left + ((threshold - first) / span) * (right - left));
  const y = (count) => round(bottom - (count / most) * (bottom - top));
  const marks = most < 4 ? Array.from({ length: most + 1 }, (_, n) => n) : [0, Math.round(most / 2), most];
  return {
    x,
    marks: marks.map((count) => ({ count, y: y(count) })),
    lines: LINES.map((name) => ({ name, points: table.map((one) => `${x(one.threshold)},${y(one[name])}`).join(" ") })),
  };
}
