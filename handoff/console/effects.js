/** What follows from a change of state outside of it: reading, ringing, remembering, the address bar. */

import * as lists from "./lists.js";
import * as memory from "./memory.js";
import * as texts from "./texts.js";
import { cursorOf } from "./state.js";

/** Keep at hand what is followed: fetch what is new, let go of what is not, close gaps. */
function follow(before, state, act) {
  const wanted = lists.followed(state);
  for (const id of wanted) {
    const opened = state.opened[id];
    const rebooted = before.phase === "desk" && before.opened[id]?.status === "here" && opened?.status === "loading";
    if (!opened || rebooted) act.follow(id);
    else if (opened.behind !== (before.opened[id]?.behind ?? 0)) act.catchUp(id);
  }
  for (const id of Object.keys(state.opened)) if (!wanted.has(id)) act.unfollow(id);
}

/** What lies open in a visible window has been read. */
function reading(state, act) {
  const id = state.selected;
  if (!id || document.visibilityState !== "visible" || state.opened[id]?.status !== "here") return;
  const seq = cursorOf(state, id);
  if (seq > (state.read[id] ?? 0)) act.seen(id, seq);
}

function ringing(before, state, bell) {
  const waiting = lists.waiting(state);
  const known = new Set(before.phase === "desk" ? lists.waiting(before).map((one) => one.id) : []);
  const first = waiting[0];
  const longest = Math.max(0, ...waiting.map((one) => lists.waitedFor(state, one) ?? 0));
  bell.update({
    waiting: waiting.length,
    unread: state.phase === "desk" ? lists.unreadCount(state) : 0,
    ring: lists.ringable(state),
    fresh: waiting.some((one) => !known.has(one.id)),
    sound: state.sound,
    notices: state.notices,
    now: state.now,
    longest: texts.lasting(longest),
    why: first ? texts.reason(first.reason ?? "asked") : "",
  });
  if (before.phase === "desk" && lists.unreadCount(state) > lists.unreadCount(before)) bell.tap(state.sound);
}

/** A conversation of mine that went back to the queue without my doing: the desk thought that I was gone. */
function losing(before, state, act) {
  if (before.phase !== "desk" || state.conversations === before.conversations) return;
  for (const { id } of lists.mine(before)) {
    const summary = state.conversations[id];
    if (summary?.owner === "queue" && !state.busy[id] && !state.dialog) act.say(texts.said.lost(texts.customer(summary)));
  }
}

function remembering(before, state) {
  if (state.phase !== "desk" || before.phase !== "desk") return;
  if (state.drafts !== before.drafts || state.outbox !== before.outbox) memory.keep(state.me.id, state);
}

/** Where leads look at late handoffs. */
export const JUDGEMENT = "#judgement";

/** What is open is in the address: a reload, a second tab and a phone's back button find it. */
function address(before, state) {
  if (state.phase !== "desk" || (state.selected === before.selected && state.view === before.view)) return;
  const hash = state.view === "judgement" ? JUDGEMENT : state.selected ? `#c=${encodeURIComponent(state.selected)}` : "";
  if (location.hash !== hash) history.pushState(null, "", hash || location.pathname);
}

/** The value of `#name=value`, or null; an address that somebody mangled is no address. */
export function inHash(hash, name) {
  if (!hash.startsWith(`#${name}=`)) return null;
  try {
    return decodeURIComponent(hash.slice(name.length + 2)) || null;
  } catch {
    return null;
  }
}

export function makeEffects({ act, bell }) {
  return function effects(before, state) {
    if (state.phase === "desk") {
      const moved = state.conversations !== before.conversations || state.selected !== before.selected;
      if (moved || state.opened !== before.opened || before.phase !== "desk") follow(before, state, act);
      reading(state, act);
      losing(before, state, act);
      if (state.view === "judgement" && (before.view !== state.view || before.phase !== "desk")) act.judgement();
    }
    ringing(before, state, bell);
    remembering(before, state);
    address(before, state);
  };
}
