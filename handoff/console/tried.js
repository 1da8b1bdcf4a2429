/**
 * Does a draft propose what the customer says to have tried? By their words alone: cheap enough for every pause in
 * typing, blind to a step in other words or another language, and wrong at times. So it only ever hints. Pure.
 */

const SHORTEST = 3; // letters of a word that tells anything
const SAME_LETTERS = 4; // of two words that their endings tell apart, and …
const SAME_SHARE = 0.7; // … of the longer of them: "restart" and "restarted", "taaskäivitage" and "taaskäivitasin"
// More than half of what they did must be in one sentence: of two telling words both, for one ("cleared") is often chance.
const SHARED = 0.6;

/** Lower case, without diacritics. */
const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}+/gu, "");
const words = (text) => fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];

// Words that tell that something was done, not what: `silent` of bot/nlu/tried_words.yml (a test compares them).
const listed = `
  use used using try already tried done have been still again that this with from your yours mine my the and for did not
  does work works help helped helps nothing same thing there then also just even they twice three times into onto
  gebruik gebruikt heb hebben het een dat dit deze die naar voor van met niet nog steeds geprobeerd gedaan werkt hielp
  usei usar uma umas uns para com isso isto nao tambem continua ainda vezes
  kasutage kasutasin juba olen proovinud proovisin ikka seda veel aga ning teie minu sinu mis
  уже еще это этот пробовал пробовала делал делала помогло работает тоже всё все ничего
  probeer reeds jou jul julle werk nie dieselfde`;
export const SILENT = new Set(words(listed));

const telling = (text) => new Set(words(text).filter((one) => one.length >= SHORTEST && !SILENT.has(one)));

function alike(one, other) {
  if (one === other) return true;
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  return same >= Math.max(SAME_LETTERS, Math.round(SAME_SHARE * Math.max(one.length, other.length)));
}

/** Those of `attempts` (`{span, message}`) that a sentence of the draft proposes, each span once. */
export function proposed(draft, attempts) {
  const sentences = draft.split(/[.!?;\n]+/).map((one) => [...telling(one)]).filter((one) => one.length);
  const covered = ({ span }) => {
    const tried = [...telling(span ?? "")];
    const shared = (sentence) => tried.filter((one) => sentence.some((other) => alike(one, other))).length;
    return tried.length > 0 && sentences.some((sentence) => shared(sentence) >= SHARED * tried.length);
  };
  return sentences.length ? [...new Map(attempts.map((one) => [one.span, one])).values()].filter(covered) : [];
}
