/** The sentences of the widget, in the customer's language. They all live in texts.json. */

const FALLBACK = "en";
let loading;

function load() {
  loading ??= fetch(new URL("texts.json", import.meta.url))
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`texts.json: ${answer.status}`))))
    .catch((error) => {
      loading = undefined; // the next caller tries again
      throw error;
    });
  return loading;
}

/** The first wanted language that there are texts in: "pt-BR" takes "pt". */
function choose(all, wanted) {
  for (const tag of wanted) {
    const language = String(tag ?? "").toLowerCase().split(/[-_]/)[0];
    if (all[language]) return language;
  }
  return FALLBACK;
}

export class Texts {
  constructor(all, wanted) {
    this.lang = choose(all, wanted);
    this.dir = all[this.lang].dir;
    this.words = all[this.lang];
    this.fallback = all[FALLBACK];
    // The reader's own region, where it speaks this language: 14:05 or 2:05 pm as they are used to.
    this.locale = navigator.languages.find((tag) => tag.split("-")[0] === this.lang) ?? this.lang;
  }

  /** Loads the texts for the first of the wanted languages that exists. */
  static async in(...wanted) {
    return new Texts(await load(), wanted);
  }

  has(key) {
    return key in this.words || key in this.fallback;
  }

  /** The sentence `key` with its `{parameters}` filled in. */
  say(key, parameters = {}) {
    const sentence = this.words[key] ?? this.fallback[key] ?? key;
    return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(parameters[name] ?? whole));
  }

  /**
   * The sentence of a notice or of a change of owner, or null for one this version does not know.
   * The fullest wording wins whose values are there: with a range, with a position, by reason, plain.
   */
  notice(entry) {
    const key = `notice.${entry.kind === "owner" ? entry.cause : entry.notice}`;
    const values = { ...entry, ...entry.params };
    const fits = [
      [values.position && values.low && values.high, `${key}.range`],
      [values.position, `${key}.position`],
      [values.reason, `${key}.${values.reason}`],
      [true, key],
    ].find(([there, variant]) => there && this.has(variant));
    return fits ? this.say(fits[1], values) : (entry.text ?? null);
  }

  time(ms) {
    return new Intl.DateTimeFormat(this.locale, { hour: "numeric", minute: "2-digit" }).format(ms);
  }

  /** "Today", "Yesterday" or a date. */
  day(ms) {
    const days = Math.round((midnight(Date.now()) - midnight(ms)) / 86_400_000);
    if (days === 0) return this.say("today");
    if (days === 1) return this.say("yesterday");
    const year = days > 300 ? "numeric" : undefined;
    const format = { weekday: "long", day: "numeric", month: "long", year };
    return new Intl.DateTimeFormat(this.locale, format).format(ms);
  }

  /** A moment to come: with its day unless that is today. */
  when(ms) {
    const weekday = midnight(ms) === midnight(Date.now()) ? undefined : "long";
    const format = { hour: "numeric", minute: "2-digit", weekday };
    return new Intl.DateTimeFormat(this.locale, format).format(ms);
  }
}

export function midnight(ms) {
  return new Date(ms).setHours(0, 0, 0, 0);
}
