/** What an agent can do, as functions: each asks the desk, and says what came of it. Nothing is drawn before the desk says so. */

import * as desk from "./desk.js";
import { inHash } from "./effects.js";
import * as lists from "./lists.js";
import * as memory from "./memory.js";
import { Bell } from "./bell.js";
import { cursorOf, draftOf, filesOf } from "./state.js";
import * as texts from "./texts.js";

const TOAST_SHOWN = 7_000;
const TYPING_EVERY = 3_000;
const TAKES = new Set(["claim", "take_over"]);
const PASSING = new Set(["unavailable", "rate"]); // refusals that say «later», not «no»
const AGAIN = 2_000;
export const LONGEST = 4000;
const MOST_FILES = 10; // of one message

/** @param store `{ state, dispatch(event), until(test) }`; @param focus `focus(name)`: puts the keyboard where the work goes on. */
export function makeActions({ store, bell, focus }) {
  const { dispatch } = store;
  const line = new desk.Line({
    onFrame: (frame) => dispatch(frame),
    onLine: (state) => {
      dispatch({ type: "line", line: state });
      if (state === "open") for (const id of Object.keys(store.state.opened)) act.catchUp(id);
    },
    onReload: () => boot(),
    onSignedOut: () => expired(),
  });
  let typedAt = 0;
  const uploads = new Map(); // key of a file on its way -> what stops it

  const say = (text, tone = "plain") => {
    const id = desk.newId();
    dispatch({ type: "toast", toast: { id, text, tone } });
    setTimeout(() => dispatch({ type: "untoast", id }), TOAST_SHOWN);
  };
  const refuse = (error) => say(texts.refusal(error), "bad");

  const expired = () => {
    line.stop();
    dispatch({ type: "signedOut", expired: true });
  };

  async function boot(pause = 500) {
    try {
      const whole = await desk.whole();
      const { drafts, outbox } = memory.recall(whole.me.id);
      dispatch({ type: "restored", drafts, outbox });
      dispatch({ type: "booted", desk: whole, now: whole.at });
      store.offset = whole.at - Date.now();
      line.start(whole.cursor);
      outbox.forEach(carry);
    } catch (error) {
      if (error.status === 401) return dispatch({ type: "signedOut", expired: store.state.phase === "desk" });
      if (!error.code) throw error; // a fault of ours, not an answer of the desk's
      dispatch({ type: "line", line: "lost" });
      setTimeout(() => boot(Math.min(pause * 2, 15_000)), pause * (0.5 + Math.random()));
    }
  }

  async function enter(attempt) {
    dispatch({ type: "knocking" });
    try {
      await attempt();
    } catch (error) {
      return dispatch({ type: "turnedAway", error: texts.refusal(error) });
    }
    await boot();
    focus("heading");
  }

  /** Bring a message of the outbox to the desk; it keeps its id through any number of tries. */
  async function carry({ id, conversation, kind, text, fence, attachments }) {
    const command = kind === "note" ? "note" : "say";
    const carried = attachments && { attachments: attachments.map((one) => one.id) };
    const fields = kind === "note" ? { conversation, text } : { conversation, fence, text, ...carried };
    for (;;) {
      try {
        await line.ask(command, fields, { id });
        return dispatch({ type: "sent", id, conversation });
      } catch (error) {
        if (!store.state.outbox.some((one) => one.id === id)) return undefined; // signed out meanwhile
        if (!PASSING.has(error.code)) {
          dispatch({ type: "unsent", id, error });
          return error.code === "not_owner" ? undefined : refuse(error);
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN * (0.5 + Math.random())));
      }
    }
  }

  async function carryFile(conversation, file) {
    const key = desk.newId();
    const name = file.name || texts.files.pasted;
    const tell = (change) => dispatch({ type: "filed", conversation, file: { key, ...change } });
    const leaving = new AbortController();
    uploads.set(key, leaving);
    tell({ name, progress: 0 });
    try {
      tell({ attachment: await desk.upload(conversation, file, name, (progress) => tell({ progress }), leaving.signal) });
    } catch (error) {
      if (error.status === 401) return expired();
      if (!leaving.signal.aborted) tell({ error: texts.refusal(error) });
    } finally {
      uploads.delete(key);
    }
    return undefined;
  }

  /** Resolves with null when it is done, else with why not. */
  async function command(type, conversation, fields = {}) {
    dispatch({ type: "busy", conversation, command: type });
    try {
      await line.ask(type, { conversation, ...fields });
      // «done» may come before the change itself does, and nothing is drawn before that.
      await store.until((state) => lists.owns(state, conversation) === TAKES.has(type));
      return null;
    } catch (error) {
      return error;
    } finally {
      dispatch({ type: "idle", conversation });
    }
  }

  const act = {
    boot,
    say,
    /** Once a second, from a clock that a hidden page does not slow down. */
    beat: () => line.beat(),

    start(hash) {
      const token = inHash(hash, "welcome");
      if (!token) return boot();
      history.replaceState(null, "", location.pathname); // a one-time link is nobody else's to read over a shoulder
      return dispatch({ type: "signedOut", welcome: token });
    },
    signIn: (name, password) => enter(() => desk.login(name, password)),
    acceptWelcome: ({ name, display, password }) =>
      enter(async () => {
        await desk.welcome({ token: store.state.welcome, name, display, password });
        await desk.session().catch(() => desk.login(name, password));
      }),
    async signOut() {
      memory.forget(store.state.me.id);
      line.stop();
      await desk.logout().catch(() => {});
      dispatch({ type: "signedOut" });
    },

    // --- reading
    select: (conversation) => dispatch({ type: "select", conversation }),
    pane: (pane) => dispatch({ type: "pane", pane }),
    async follow(conversation) {
      dispatch({ type: "follow", conversation });
      try {
        const { summary, entries } = await desk.conversation(conversation);
        dispatch({ type: "loaded", conversation, summary, entries });
        act.catchUp(conversation);
      } catch (error) {
        if (error.status === 401) return expired();
        if (!error.code) throw error;
        if (error.code !== "not_found") return dispatch({ type: "loadFailed", conversation });
        dispatch({ type: "gone", conversation });
        refuse(error);
      }
    },
    unfollow(conversation) {
      dispatch({ type: "unfollow", conversation });
      line.ask("shut", { conversation }, { keep: false }).catch(() => {});
    },
    /** Follow from the last entry shown; asked at start, after a broken line and when an entry is missing. */
    catchUp(conversation) {
      if (store.state.opened[conversation]?.status !== "here") return;
      const after = cursorOf(store.state, conversation);
      line.ask("open", { conversation, after }, { keep: false }).catch(() => {});
    },
    seen(conversation, seq) {
      dispatch({ type: "read", conversation, seq });
      if (lists.owns(store.state, conversation)) line.tell("seen", { conversation, seq });
    },

    // --- late handoffs
    view(view) {
      if (view === store.state.view) return;
      dispatch({ type: "view", view });
      if (store.state.phase === "desk") focus(view === "judgement" ? "heading" : "list");
    },
    async judgement(days = store.state.judgement.days) {
      dispatch({ type: "judging", days });
      try {
        dispatch({ type: "judged", found: await desk.judgement(days) });
      } catch (error) {
        if (error.status === 401) return expired();
        if (!error.code) throw error;
        dispatch({ type: "judgingFailed", error: texts.refusal(error) });
      }
      return undefined;
    },
    /** Resolves when it stands there, so that a message of it can be shown. */
    openWhole(conversation) {
      dispatch({ type: "select", conversation });
      return store.until((state) => state.opened[conversation]?.status === "here");
    },
    slide: (at) => dispatch({ type: "slid", at }),

    // --- one person, several conversations
    async person(conversation) {
      try {
        const { conversations, links } = await desk.person(conversation);
        dispatch({ type: "person", conversation, person: { conversations, links } });
      } catch (error) {
        if (error.status === 401) return expired();
        if (!error.code) throw error;
        dispatch({ type: "personFailed", conversation });
      }
    },
    async link(conversation, other) {
      dispatch({ type: "dialogChanged", change: { busy: true, error: null } });
      try {
        await desk.link(conversation, other);
      } catch (error) {
        return dispatch({ type: "dialogChanged", change: { busy: false, error: texts.refusal(error) } });
      }
      dispatch({ type: "dialog", dialog: null });
      say(texts.person.linked, "good");
      return act.person(conversation);
    },
    async unlink(conversation, link) {
      try {
        await desk.unlink(conversation, link);
        say(texts.person.undone, "good");
      } catch (error) {
        refuse(error);
      }
      await act.person(conversation);
      focus("person");
    },

    // --- owning
    async take(conversation) {
      const summary = lists.summaryOf(store.state, conversation);
      if (store.state.busy[conversation]) return;
      if (!summary) return;
      if (lists.owns(store.state, conversation)) return say(texts.said.yours);
      if (summary.owner === "agent") return say(texts.said.nothing(texts.agent(summary.agent, summary.name)));
      const error = await command(summary.owner === "bot" ? "take_over" : "claim", conversation);
      if (error) return refuse(error);
      dispatch({ type: "select", conversation });
      dispatch({ type: "mode", conversation, mode: "reply" });
      focus("composer");
    },
    async release(conversation, note) {
      dispatch({ type: "dialogChanged", change: { busy: true, error: null } });
      act.afterDialog(await command("release", conversation, note ? { note } : {}), texts.said.released);
    },
    async resolve(conversation, disposition, note) {
      dispatch({ type: "dialogChanged", change: { busy: true, error: null } });
      act.afterDialog(await command("resolve", conversation, { disposition, note }), texts.said.resolved);
    },
    afterDialog(error, sentence) {
      if (error) return dispatch({ type: "dialogChanged", change: { busy: false, error: texts.refusal(error) } });
      dispatch({ type: "dialog", dialog: null });
      dispatch({ type: "select", conversation: null });
      say(sentence, "good");
      focus("list");
    },

    /** Right, wrong, or (`none`) not marked after all. Resolves when the desk has answered. */
    judge: (conversation, entry, verdict) => line.ask("verdict", { conversation, entry, verdict }).catch(refuse),

    // --- writing
    type(conversation, mode, text) {
      dispatch({ type: "typed", conversation, mode, text });
      const now = Date.now();
      if (mode === "reply" && text && now - typedAt >= TYPING_EVERY && lists.owns(store.state, conversation)) {
        typedAt = now;
        line.tell("typing", { conversation });
      }
    },
    mode(conversation, mode) {
      dispatch({ type: "mode", conversation, mode });
      focus("composer");
    },
    /** Take files into the next reply; they are on their way at once. */
    attach(conversation, files) {
      const room = MOST_FILES - filesOf(store.state, conversation).length;
      if (files.length > room) say(texts.files.many(MOST_FILES), "bad");
      for (const file of files.slice(0, room)) carryFile(conversation, file);
      focus("composer");
    },
    unattach(conversation, key) {
      uploads.get(key)?.abort();
      dispatch({ type: "unfiled", conversation, key });
      focus("composer");
    },
    send(conversation) {
      const { mode, [mode]: text } = draftOf(store.state, conversation);
      const summary = lists.summaryOf(store.state, conversation);
      const files = mode === "reply" ? filesOf(store.state, conversation) : [];
      if (!(text.trim() || files.length) || [...text].length > LONGEST || !summary) return;
      if (mode === "reply" && !lists.owns(store.state, conversation)) return;
      if (files.some((one) => !one.attachment)) return; // on its way, or failed: nothing goes without what belongs to it
      const carried = files.length ? { attachments: files.map((one) => one.attachment) } : {};
      const message = { id: desk.newId(), conversation, kind: mode, text: text.trim(), fence: summary.fence, ...carried };
      dispatch({ type: "sending", message });
      typedAt = 0;
      carry(message);
    },

    // --- the agent's own matters
    async availability(state) {
      try {
        await line.ask("availability", { state });
      } catch (error) {
        refuse(error);
      }
    },
    prefer(change) {
      dispatch({ type: "preference", change });
      memory.choose(store.state);
    },
    async askNotices() {
      dispatch({ type: "preference", change: { notices: await bell.askNotices() } });
    },
    /** A person has touched the page: from now on the browser lets it sound. */
    awake() {
      bell.unlock();
      if (!store.state.awake) dispatch({ type: "preference", change: { awake: true } });
    },
    permission: () => dispatch({ type: "preference", change: { notices: Bell.permission() } }),

    // --- dialogs
    dialog: (dialog) => dispatch({ type: "dialog", dialog }),
    changeDialog: (change) => dispatch({ type: "dialogChanged", change }),
    closeDialog: () => dispatch({ type: "dialog", dialog: null }),
    untoast: (id) => dispatch({ type: "untoast", id }),
    /** To the clipboard; where the browser gives none, the text stands selected and can be copied by hand. */
    async copy(text) {
      const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
      dispatch({ type: "dialogChanged", change: { copied: Boolean(copied) } });
    },
    async invite(role) {
      dispatch({ type: "dialogChanged", change: { busy: true, error: null } });
      try {
        const { link } = await desk.invite(role);
        dispatch({ type: "dialogChanged", change: { busy: false, link } });
      } catch (error) {
        dispatch({ type: "dialogChanged", change: { busy: false, error: texts.refusal(error) } });
      }
    },
  };
  return act;
}
