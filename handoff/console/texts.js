/** Every sentence of the agents' page. Words for the desk's vocabulary, and nothing else. */

const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

/** "twice_rejected" -> "Twice rejected": a word we have no sentence for is still readable. */
const plain = (word) => {
  const text = String(word).replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
};
const from = (table) => (word) => (Object.hasOwn(table, word) ? table[word] : plain(word));
const people = (n) => (n === 1 ? "1 person" : `${n} people`);

export const product = "Baton";
export const notStated = "not stated";
export const you = "you";

export const reason = from({
  asked: "Asked for a person",
  frustrated: "Sounds frustrated",
  unanswered: "The assistant had no answer",
  rejected: "The answers did not help",
  bot_unavailable: "The assistant did not answer",
  takeover: "An agent stepped in",
});

/** What the assistant noticed (the names are those of `bot/nlu` and `bot/policies`). */
export const signal = from({
  asks_for_human: "Asked for a person",
  asked: "Asked for a person",
  already_tried: "Has already tried",
  accepted_offer: "Accepted the offer of a person",
  same_question: "Asked the same again",
  answered_badly: "The answer did not help",
  rejected: "Rejected an answer",
  rejects_answer: "Rejected an answer",
  rejected_answers: "Rejected answers",
  missed: "No answer found",
  unanswered: "No answer found",
  failed_turns: "Turns without an answer",
  repeats_self: "Says it again in other words",
  repetition: "Said it before",
  says_again: "Says it is not the first time",
  angry_words: "Angry words",
  upset_tone: "Upset tone",
  unhappy_tone: "Unhappy tone",
  corrects_us: "Corrects us",
  doubts_us: "Doubts our answer",
  gives_up: "Gives up",
  denies: "Says no to us",
  sends_again: "Sends it again within seconds",
  profanity: "Strong language",
  insult: "Insult",
  says_angry: "Says to be angry",
  threatens: "Threatens to leave or complain",
  trouble: "Something went wrong",
  kept_waiting: "Kept waiting",
  sarcasm: "Sarcasm",
  urgency: "It is urgent",
  capitals: "Writes in capitals",
  exclamations: "Many exclamation marks",
  angry_emoji: "Angry emoji",
  was_upset: "Was upset before",
  losing_patience: "Losing patience, all in all",
  manners_gone: "No longer polite",
});

export const priority = (n) => ["Low", "Normal", "High", "Urgent"][n] ?? "Normal";
const platforms = { website: "Website", telegram: "Telegram", messenger: "Messenger", facebook: "Messenger" };
export const channel = (name) => (Object.hasOwn(platforms, name) ? platforms[name] : `App: ${plain(name)}`);
export const disposition = from({
  solved: "Solved",
  not_solved: "Not solved",
  answered: "Answered",
  follow_up: "Needs a follow-up",
  no_reply: "The customer stopped answering",
  spam: "Spam or abuse",
  other: "Something else",
});
export const availability = from({ available: "Available", away: "Away", offline: "Offline" });
export const role = from({ agent: "Agent", lead: "Lead", admin: "Admin" });
export const roleMeans = from({
  agent: "takes and answers conversations",
  lead: "an agent who looks after a team",
  admin: "can also invite people",
});

export const language = (code) => {
  if (!code) return notStated;
  try {
    return languages.of(code);
  } catch {
    return String(code);
  }
};

/** The code as a `lang` attribute may have it, or undefined: it came from somebody's browser. */
export const languageTag = (code) => {
  try {
    return Intl.getCanonicalLocales(code ?? [])[0];
  } catch {
    return undefined;
  }
};

/** Whoever answers in the platform's own inbox is no agent of ours. */
export const agent = (id, name) => (id === "page-inbox" ? "Page inbox" : name || id || null);

export const customer = (summary) => summary.customer?.name || `Visitor ${String(summary.id).slice(-4)}`;

/** How long, in words that stay short: "42 s", "3 min", "1 h 05 min", "2 days". */
export const lasting = (milliseconds) => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} days`;
};
export const waiting = (milliseconds) => `waiting ${lasting(milliseconds)}`;
export const unanswered = (milliseconds) => `unanswered for ${lasting(milliseconds)}`;
export const peopleWaiting = (n) => (n === 0 ? "Nobody is waiting" : `${people(n)} waiting`);
export const percent = (score) => `${Math.round(score * 100)} %`;
/** What a score was held against: below it, the assistant would have gone on by itself. */
export const enough = (threshold) => `Enough from ${percent(threshold)} on`;
export const size = (bytes) =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

/** A change of owner as a sentence of the transcript. */
export const ownerChange = (entry) => {
  const who = agent(entry.agent, entry.name) || "A colleague";
  switch (entry.cause) {
    case "handoff":
      return `Handed over to people: ${reason(entry.reason ?? "asked").toLowerCase()}`;
    case "claimed":
      return `${who} took the conversation`;
    case "taken_over":
      return `${who} stepped in for the assistant`;
    case "released":
      return `${entry.name ? `${entry.name} put it` : "Put"} back in the queue`;
    case "lost":
      return "The agent's page went away: back in the queue at the old place";
    case "transferred":
      return "Passed on to a colleague";
    case "escalated":
      return "Escalated";
    case "cancelled":
      return "The customer went back to the assistant";
    case "abandoned":
      return "The customer left";
    case "nobody":
      return "Nobody was on duty: back with the assistant";
    case "resolved":
      return entry.disposition ? `Resolved: ${disposition(entry.disposition)}` : "Resolved: back with the assistant";
    default:
      return plain(entry.cause ?? "owner changed");
  }
};

/** How we know that two conversations are one person's; `nameOf` turns an agent's id into a name. */
export const linkedBy = (by = "", nameOf = () => "an agent") =>
  by.startsWith("agent:") ? `said by ${nameOf(by.slice(6))}` : "the customer followed our link";

/** A notice of the desk as an agent reads it; the customer's wording lives with the widget. */
export const notice = (entry) => {
  if (entry.text) return entry.text;
  const { text = "", detail = "", payload = "" } = entry.params ?? {};
  switch (entry.notice) {
    case "not_delivered":
      return `Not delivered. ${text || plain(entry.params?.reason ?? "")}${detail ? ` (${detail})` : ""}`;
    case "opened":
      return `The customer opened the chat again${payload ? ` through the link “${payload}”` : ""}`;
    case "linked":
      return `The same person as in another conversation: ${linkedBy(entry.params?.by)}`;
    case "unlinked":
      return `No longer the same person as in another conversation: ${linkedBy(entry.params?.by)}`;
  }
  const params = Object.entries(entry.params ?? {}).map(([key, value]) => `${plain(key).toLowerCase()} ${value}`);
  return `Told the customer: ${plain(entry.notice ?? "notice").toLowerCase()}${params.length ? ` (${params.join(", ")})` : ""}`;
};

export const sender = { customer: "Customer", bot: "Assistant", agent: "Agent", desk: "Desk" };
export const botTag = "automatic";

export const where = (summary, mine) => {
  if (summary.owner === "queue") return "Waiting";
  if (summary.owner === "agent") return mine ? "With you" : `With ${agent(summary.agent, summary.name)}`;
  return "With the assistant";
};

/** Why the desk refused: its own sentence, or one for the code. */
export const refusal = (error) => {
  if (error.message) return error.message; // the desk knows more than a code tells
  const who = error.by || "Somebody else";
  const known = {
    taken: `${who} has taken this one.`,
    not_owner: error.by ? `${who} has this conversation now.` : "This conversation is not yours any more.",
    full: "You have as many conversations as you can take. Resolve or release one first.",
    away: "You are away. Switch to available to take conversations.",
    empty: "There is nothing to send.",
    too_long: "That is too long. Send it in two parts.",
    not_found: "That conversation is not there any more.",
    rate: "Too fast. Wait a moment and try again.",
    unavailable: "The desk cannot be reached right now. Try again in a moment.",
    wrong: "Name or password is not right.",
    wait: `Too many attempts. Try again ${error.retry ? `in ${lasting(error.retry * 1000)}` : "later"}.`,
    unreachable: "The desk cannot be reached. Check the connection and try again.",
  };
  return Object.hasOwn(known, error.code) ? known[error.code] : error.message || "That did not work.";
};

export const signIn = {
  title: "Sign in to the desk",
  name: "Name",
  password: "Password",
  go: "Sign in",
  going: "Signing in…",
  ended: "Your session has ended. Sign in again; what you had typed is kept.",
};
export const welcome = {
  title: "Welcome to the desk",
  lead: "Choose how you sign in and what customers see. This link works once.",
  name: "Sign-in name",
  nameHint: "Lower-case letters, digits, dots or dashes.",
  display: "Display name",
  displayHint: "What customers see, for example your first name.",
  password: "Password",
  passwordHint: "At least 10 characters. A sentence is easiest to remember.",
  go: "Start",
  going: "One moment…",
};

export const list = {
  label: "Conversations",
  waiting: "Waiting",
  mine: "Yours",
  others: "With colleagues",
  bots: "With the assistant",
  team: "Team",
  none: { waiting: "Nobody is waiting.", mine: "You have no conversation." },
  unread: "new message",
  typing: "typing…",
  load: (agent) => `${agent.load ?? 0} of ${agent.capacity ?? "–"}`,
  loadLabel: (agent) => `${agent.load ?? 0} of ${agent.capacity ?? "–"} conversations`,
  by: { customer: "", bot: "Assistant: ", agent: "Agent: ", desk: "" },
  quiet: "No message yet",
};

export const action = {
  take: "Take",
  taking: "Taking…",
  takeOver: "Take over",
  release: "Release",
  resolve: "Resolve",
  send: "Send",
  addNote: "Add note",
  cancel: "Cancel",
  close: "Close",
  back: "Conversations",
  details: "Details",
  backToTalk: "Conversation",
  again: "Try again",
  signOut: "Sign out",
  help: "Keyboard shortcuts",
  invite: "Invite someone",
  copy: "Copy",
  copied: "Copied",
  dismiss: "Dismiss",
  latest: "Newest message",
};

export const talk = {
  label: "Conversation",
  with: (name) => `Conversation with ${name}`,
  transcript: (name) => `Transcript of the conversation with ${name}`,
  loading: "Loading the conversation…",
  failed: "The conversation could not be loaded.",
  empty: "No conversation is open",
  emptyHint: "Choose one on the left. Everything that was said comes with it.",
  emptyWaiting: (n) => `${n === 1 ? "1 person is" : `${n} people are`} waiting. Everything that was said comes with them.`,
  hints: [["J", "next"], ["K", "previous"], ["T", "take"], ["?", "all shortcuts"]],
  typing: (name) => `${name} is typing…`,
  seen: "Seen",
  edited: "edited",
  note: "Note: only colleagues see this",
  options: "Offered",
  source: "Source",
  messageNumber: (n) => `Message ${n}`,
  caused: "Led to the handoff",
  causedEarlier: "Led to an earlier handoff",
  today: "Today",
  yesterday: "Yesterday",
};

/** How long the platform still takes an answer. `when` words a moment. */
export const answering = ({ phase, until }, now, when) =>
  phase === "free" ? `You can answer freely for ${lasting(until - now)}`
  : phase === "person" ? `Only a person may answer, until ${when(until)}`
  : "Messenger no longer allows an answer";
export const closed = "Messenger no longer allows an answer: the customer's last message is more than 7 days old. You can answer again as soon as they write. Notes are always possible.";

/** Beside a message of ours: how far it has come. */
export const delivery = from({
  late: "Not delivered yet",
  reached: "Delivered",
  throttled: "Not delivered yet: the platform asks us to slow down",
  failed: "Not delivered yet: the platform failed, trying again",
  unreachable: "Not delivered yet: the platform cannot be reached, trying again",
  unconfirmed: "Not confirmed by the platform: it may or may not have arrived",
  not_configured: "Not delivered yet: this channel is not set up any more",
  undelivered: "Not delivered",
});

export const person = {
  label: "Same person",
  none: "No other conversation of this customer is known.",
  failed: "Could not be loaded.",
  loading: "Looking…",
  show: "Show the other conversation",
  open: (name, channel) => `Open the conversation with ${name} on ${channel}`,
  undo: "Undo",
  undoLabel: (how) => `Undo: ${how}`,
  link: "Link with another conversation…",
  title: "The same person",
  lead: "Choose the other conversation of this customer. Agents then see the history of both; the customer sees nothing of it. It can be undone.",
  search: "Name, channel or words of the last message",
  choose: "Conversations",
  nobody: "No conversation fits.",
  more: (n) => `${n} more. Type to find them.`,
  go: "Same person",
  linked: "Linked as one person.",
  undone: "No longer linked.",
};

export const files = {
  label: "Files of this reply",
  attach: "Attach a file",
  pasted: "picture.png",
  remove: (name) => `Remove ${name}`,
  sending: (name) => `Sending ${name}`,
  many: (most) => `Up to ${most} files go with one message.`,
  fetching: "is being fetched…",
  missing: "could not be fetched",
  place: (lat, lon) => `Location: ${lat.toFixed(4)}, ${lon.toFixed(4)}`,
  kind: {
    image: "Picture", video: "Video", voice: "Voice message", audio: "Sound", sticker: "Sticker", file: "File",
    location: "Location", contact: "Contact", unsupported: "Something that cannot be shown here",
  },
};

export const composer = {
  label: "Write",
  reply: "Reply",
  note: "Note",
  mode: "What you are writing",
  replyLabel: (name) => `Reply to ${name}`,
  noteLabel: "Note for colleagues",
  replyHint: "Enter sends, Shift+Enter starts a new line",
  noteHint: "Only colleagues see notes. Enter saves.",
  tried: "The customer has tried this:",
  left: (n) => (n >= 0 ? `${n} characters left` : `${-n} characters too many`),
  sending: "Sending…",
  queued: "Waiting for the connection. It goes out by itself.",
  saving: "Saving note…",
  notYours: {
    queue: "Take this conversation to reply. Notes are always possible.",
    bot: "The assistant is answering. Take over to reply yourself.",
    agent: (who) => `${who} has this conversation. You can leave a note.`,
  },
  kept: (who) => (who ? `${who} has this conversation now.` : "This conversation is not yours any more."),
  keptHint: "What you typed is kept here and was not sent.",
};

export const facts = {
  label: "About this conversation",
  why: "Why a person",
  unasked: "Nobody asked for a person.",
  whyNone: "The assistant has this conversation; nobody asked for a person.",
  more: "Signals",
  noEvidence: "No single message led to it.",
  jump: (n) => `message ${n}`,
  words: "In the customer's words",
  attempts: "What the customer has tried",
  tried: "What the assistant tried",
  triedNone: "Nothing yet.",
  verdict: {
    ask: "Was it right to bring a person in?",
    right: "Right",
    wrong: "Wrong",
    by: (name) => `marked by ${name}`,
    yours: "marked by you",
  },
  note: "Note",
  about: "Customer",
  name: "Name",
  language: "Language",
  channel: "Channel",
  page: "Page",
  started: "Started",
  waiting: "Waiting",
  waitingNot: "not waiting",
  reason: "Reason",
  priority: "Priority",
  place: "Turn number",
  owner: "With",
  earlier: "Earlier handoffs",
  none: "none",
  messages: "Messages",
};

const messages = (n) => (n === 1 ? "1 message" : `${n} messages`);
const parts = (...some) => some.filter(Boolean).join(", ");

export const judgement = {
  title: "Late handoffs",
  lead: "How long did customers who lost patience go on with the assistant, and what would another threshold have meant? Reckoned from your own conversations. Looking changes nothing.",
  days: "How far to look back",
  lastDays: (n) => `Last ${n} days`,
  loading: "Looking through the conversations…",
  empty: "No measured conversations yet",
  emptyHint: "The assistant leaves with each of its turns how lost it judged the customer's patience. Conversations from before it did so are not counted. Come back when customers have written.",
  basis: ({ measured, read, open }) =>
    `${measured} of ${read} conversations with the assistant are measured${open ? `; ${open} of them ${open === 1 ? "is" : "are"} still under way and not counted yet` : ""}.`,
  cut: (n) => `Only the newest ${n.toLocaleString("en-GB")} were looked at.`,
  slider: "Hand over when lost patience reaches",
  valueText: (threshold, used) => (threshold === used ? `${percent(threshold)}, in use now` : percent(threshold)),
  inUse: (threshold) => `In use now: ${percent(threshold)}.`,
  reset: "Back to it",
  late: {
    label: "Handoffs that would have come earlier",
    of: (n) => `of ${n}`,
    none: "Nobody wrote again after this was reached.",
  },
  caught: {
    label: "More conversations to a person",
    of: (n) => `of ${n} that stayed with the assistant`,
    none: "Nobody else reached this.",
  },
  kept: {
    label: "Handoffs that would not have been made",
    of: (n) => `of ${n}`,
    hint: "Made for lost patience that never reached this.",
  },
  earlier: ({ late, turns, seconds }) =>
    late === 1 ? `By ${messages(turns[0])} and ${lasting(seconds[0] * 1000)}.`
    : `Typically by ${messages(turns[0])} and ${lasting(seconds[0] * 1000)}; the latest tenth by ${messages(turns[1])} and ${lasting(seconds[1] * 1000)} or more.`,
  ends: ({ caught, abandoned, helped }) =>
    `${parts(`${abandoned} left without help`, `${helped} had been helped`, caught > abandoned + helped && `of ${caught - abandoned - helped} the log does not tell`)}.`,
  lines: { late: "handoffs earlier", caught: "more to a person", abandoned: "of these, left without help", used: "threshold in use" },
  chart: ({ threshold, late, caught, abandoned }) =>
    `By threshold: at ${percent(threshold)} ${late} handoffs earlier, ${caught} more conversations to a person, ${abandoned} of these left without help. All figures are in the table below.`,
  table: "All thresholds",
  used: "(in use)",
  columns: ["Threshold", "Earlier", "by messages", "by time", "More to a person", "left without help", "had been helped", "Not made"],
  tableHint: "Messages and time: median / 90th percentile.",
  set: "The threshold is set in config.yml, as hand_over of HandoffDetector; the next start trains the assistant with it, in about a minute.",
  concerned: "Conversations that would have gone otherwise",
  nobody: "None at this threshold.",
  more: (n) => `${n} more, older ones.`,
  ended: from({ person: "A person came", helped: "Had been helped", offered: "Left with an offer", unanswered: "Left unanswered", silent: "Not known" }),
  because: ({ ended, reason: why, rise }) =>
    `A message reached ${percent(rise.score)}. ` +
    (ended === "person"
      ? `A person was called ${messages(rise.turns)} and ${lasting(rise.seconds * 1000)} later${why ? `: ${reason(why).toLowerCase()}` : ""}.`
      : rise.turns ? `The customer wrote ${messages(rise.turns)} more.` : "It was the customer's last."),
};

export const dialog = {
  help: "Keyboard shortcuts",
  keysOn: "Single-key shortcuts",
  keysHint: "Switch them off if you dictate or your keyboard sends stray keys.",
  resolve: "Resolve the conversation",
  resolveLead: "The customer goes back to the assistant and can ask for a person again at any time.",
  outcome: "How did it end?",
  note: "Note for colleagues (optional)",
  release: "Put back in the queue",
  releaseLead: "The customer keeps the old place in line. A colleague sees everything that was said.",
  releaseGo: "Release",
  invite: "Invite someone",
  inviteLead: "Makes a link that works once. Send it to the person over a way you trust.",
  inviteRole: "Role",
  inviteGo: "Make a link",
  inviteLink: "One-time link",
};

export const keys = [
  [["J", "↓"], "Next conversation in the list"],
  [["K", "↑"], "Previous conversation in the list"],
  [["Enter"], "Open the conversation"],
  [["T"], "Take it, or take over from the assistant"],
  [["R"], "Write a reply"],
  [["N"], "Write a note for colleagues"],
  [["E"], "Resolve (end) the conversation"],
  [["B"], "Put it back in the queue"],
  [["D"], "Show or leave the details"],
  [["Esc"], "Leave the composer, close a dialog"],
  [["?"], "This help"],
];

export const bar = {
  availability: "Your availability",
  sound: "Sound",
  soundOn: "Sound is on",
  soundOff: "Sound is off",
  soundLater: "Click once to hear requests",
  notify: "Allow desktop notices",
  lost: "No connection to the desk. Trying again… What you type is kept.",
  grace: (seconds) => `If it takes longer than ${lasting(seconds * 1000)}, your conversations go back to the queue.`,
  connecting: "Connecting…",
  back: "Connected again.",
};

export const said = {
  resolved: "Resolved. The customer is back with the assistant.",
  released: "Back in the queue.",
  lost: (name) => `${name} is back in the queue.`,
  nothing: (who) => `${who || "A colleague"} has this conversation already.`,
  yours: "This conversation is yours already.",
  bell: { title: (n) => `${people(n)} waiting`, body: (longest, why) => `Longest: ${longest}. ${why}.` },
};
