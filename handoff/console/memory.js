/** What survives a reload of this tab: drafts and what was on its way (per agent); and choices of this browser. */

const slot = (agent) => `baton:desk:${agent}`;
const CHOICES = "baton:choices";

// A browser may forbid storage altogether; then the page simply forgets.
const attempt = (work, otherwise) => {
  try {
    return work();
  } catch {
    return otherwise;
  }
};
const read = (store, key) => attempt(() => JSON.parse(store().getItem(key)), null);
const write = (store, key, value) => attempt(() => store().setItem(key, JSON.stringify(value)), undefined);
const tab = () => sessionStorage;
const browser = () => localStorage;

export const recall = (agent) => {
  const { drafts = {}, outbox = [] } = read(tab, slot(agent)) ?? {};
  return { drafts, outbox };
};
export const keep = (agent, { drafts, outbox }) => {
  const typed = Object.entries(drafts)
    .map(([id, one]) => [id, one.files ? { ...one, files: one.files.filter((file) => file.attachment) } : one])
    .filter(([, one]) => one.reply || one.note || one.files?.length);
  write(tab, slot(agent), { drafts: Object.fromEntries(typed), outbox });
};
export const forget = (agent) => attempt(() => sessionStorage.removeItem(slot(agent)), undefined);

export const choices = () => {
  const { sound = true, keys = true } = read(browser, CHOICES) ?? {};
  return { sound, keys };
};
export const choose = ({ sound, keys }) => write(browser, CHOICES, { sound, keys });
