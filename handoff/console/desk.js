/**
 * The way to the desk: HTTP, the socket, and nothing else in the page knows a URL.
 *
 * The socket resumes from a cursor; when the desk finds it too old it says `reload`, and the page starts again. Commands
 * are promises, answered by `done` or `refused`; one that was under way when the line broke is sent again under its own
 * id, which the desk does once.
 */

const BASE = new URL("../", import.meta.url); // the page lies in <base>/console/, whatever stands before it
const PING_EVERY = 20_000;
const PATIENCE = 15_000; // for the answer to a ping
const STEADY = 10_000;
const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 15_000;
const HTTP_LIMIT = 20_000;

/** Why the desk said no: `code`, a sentence, and `by` (who has it) where that is the reason. */
export class Refused extends Error {
  constructor({ code = "failed", message = "", by = null, retry = null }, status = 0) {
    super(message);
    Object.assign(this, { code, by, retry, status });
  }
}

/** An unguessable id; randomUUID would do, but only exists where the page comes over TLS or from localhost. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const fileAt = (conversation, file) =>
  new URL(`files/${encodeURIComponent(conversation)}/${encodeURIComponent(file)}`, BASE).href;

/** What the desk says of a file, without fetching it; null when it cannot be reached. */
export const howIs = (address) => fetch(address, { headers: { Range: "bytes=0-0" } }).catch(() => null);

/** Only what a browser may safely open: a customer's page may call itself `javascript:…`. */
export function safeLink(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

async function http(method, path, body) {
  let response;
  try {
    response = await fetch(new URL(path, BASE), {
      method,
      headers: method === "POST" ? { "X-Baton": "1", "Content-Type": "application/json" } : {},
      body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(HTTP_LIMIT),
    });
  } catch {
    throw new Refused({ code: "unreachable" });
  }
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused({ retry: Number(response.headers.get("Retry-After")) || null, ...told }, response.status);
  return { ...told, at: Date.parse(response.headers.get("Date")) || Date.now() };
}

export const session = () => http("GET", "api/session");
export const login = (name, password) => http("POST", "api/login", { name, password });
export const logout = () => http("POST", "api/logout");
export const welcome = (form) => http("POST", "api/welcome", form);
export const invite = (role) => http("POST", "api/invitations", { role });
export const whole = () => http("GET", "api/desk");
export const judgement = (days) => http("GET", `api/judgement?days=${days}`);
export const person = (id) => http("GET", `api/conversations/${encodeURIComponent(id)}/person`);
export const link = (id, conversation) => http("POST", `api/conversations/${encodeURIComponent(id)}/link`, { conversation });
export const unlink = (id, link) => http("POST", `api/conversations/${encodeURIComponent(id)}/unlink`, { link });
export const conversation = (id) => http("GET", `api/conversations/${encodeURIComponent(id)}`);

/** Bring a file to the desk; resolves with its attachment. `progress` gets 0 to 1. Rejects with Refused. */
export function upload(conversation, file, name, progress, signal) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // the only one that tells how far it is
    const where = new URLSearchParams({ conversation, name });
    request.open("POST", new URL(`files?${where}`, BASE));
    request.setRequestHeader("X-Baton", "1");
    request.setRequestHeader("Content-Type", /^[\w.+-]+\/[\w.+-]+$/.test(file.type) ? file.type : "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onload = () =>
      request.response?.attachment ? done(request.response.attachment) : failed(new Refused(request.response ?? {}, request.status));
    request.onerror = request.onabort = () => failed(new Refused({ code: "unreachable" }));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

export class Line {
  #socket = null;
  #cursor = null;
  #asked = new Map(); // id -> { frame, keep, resolve, reject }
  #tries = 0;
  #timer = 0;
  #pinged = 0;
  #opened = 0;
  #heard = 0;
  #wanted = false;
  #generation = 0;

  /** `onFrame(frame)`; `onLine("open"|"lost")`; `onReload()`: start again; `onSignedOut()`: the session has ended. */
  constructor({ onFrame, onLine, onReload, onSignedOut }) {
    Object.assign(this, { onFrame, onLine, onReload, onSignedOut });
    const now = () => this.#wanted && !this.#socket && this.#soon(0);
    addEventListener("online", now);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && now());
  }

  /** Follow the desk from `cursor` until `stop`. */
  start(cursor) {
    this.#drop();
    this.#wanted = true;
    this.#cursor = cursor;
    this.#soon(0);
  }

  stop() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#drop();
    for (const { reject } of this.#asked.values()) reject(new Refused({ code: "unavailable" }));
    this.#asked.clear();
  }

  /**
   * A command. Resolves with the `done` frame, rejects with Refused. `keep`: survives a broken line (the same id goes
   * out again); otherwise a broken line refuses it, for the caller knows better what to ask next time.
   */
  ask(type, fields, { id = newId(), keep = true } = {}) {
    const frame = { type, id, ...fields };
    const answer = new Promise((resolve, reject) => this.#asked.set(id, { frame, keep, resolve, reject }));
    if (this.#ready) this.#socket.send(JSON.stringify(frame));
    else if (!keep) this.#settle(id, "reject", new Refused({ code: "unavailable" }));
    return answer;
  }

  /** Something that may get lost: typing, seen. */
  tell(type, fields) {
    if (this.#ready) this.#socket.send(JSON.stringify({ type, ...fields }));
  }

  get #ready() {
    return this.#socket?.readyState === WebSocket.OPEN && this.#heard > 0;
  }

  #soon(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), pause);
  }

  async #connect() {
    if (!this.#wanted || this.#socket) return;
    const generation = ++this.#generation; // an answer to an earlier attempt may come late
    let ticket;
    try {
      ({ ticket } = await http("POST", "api/ticket"));
    } catch (error) {
      if (generation !== this.#generation || !this.#wanted) return;
      if (error.status === 401 || error.status === 403) return this.onSignedOut();
      return this.#again();
    }
    if (generation !== this.#generation || !this.#wanted || this.#socket) return;
    const url = new URL("console/socket", BASE);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#heard = 0;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "hello", ticket, after: this.#cursor }));
      socket.send(JSON.stringify({ type: "ping" })); // its answer says that the hello was taken
    };
    socket.onmessage = (message) => this.#receive(socket, JSON.parse(message.data));
    socket.onclose = () => this.#lost(socket);
    this.#opened = this.#pinged = Date.now();
  }

  /** Once a second: keeps the line alive, and gives up one that is dead without saying so. */
  beat() {
    if (!this.#socket) return;
    const now = Date.now();
    // A line that breaks as soon as it stands is not a good one: the pauses go on growing.
    if (this.#heard && now - this.#opened > STEADY) this.#tries = 0;
    const unanswered = this.#pinged > this.#heard;
    // Counted from the ping, not from the last word: a page that slept is not a line that is dead.
    if (unanswered && now - this.#pinged > PATIENCE) return this.#lost(this.#socket);
    if (!unanswered && now - this.#pinged >= PING_EVERY && this.#socket.readyState === WebSocket.OPEN) {
      this.#pinged = now;
      this.#socket.send(JSON.stringify({ type: "ping" }));
    }
  }

  #receive(socket, frame) {
    if (socket !== this.#socket) return;
    if (frame.type === "error") return; // a close follows, and with it another try
    const first = this.#heard === 0;
    this.#heard = Date.now();
    if (frame.type === "reload") {
      this.#drop();
      return this.onReload();
    }
    if (first) {
      for (const { frame: asked } of this.#asked.values()) socket.send(JSON.stringify(asked));
      this.onLine("open");
    }
    if (frame.cursor != null) this.#cursor = frame.cursor;
    if (frame.type === "done") this.#settle(frame.id, "resolve", frame);
    else if (frame.type === "refused") this.#settle(frame.id, "reject", new Refused(frame));
    else if (frame.type !== "pong") this.onFrame(frame);
  }

  #settle(id, how, value) {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    asked?.[how](value);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#generation += 1;
    if (socket) {
      socket.onclose = socket.onmessage = null;
      socket.close();
    }
    for (const [id, { keep }] of [...this.#asked]) {
      if (!keep) this.#settle(id, "reject", new Refused({ code: "unavailable" }));
    }
  }

  #lost(socket) {
    if (socket !== this.#socket) return;
    this.#drop();
    this.#again();
  }

  /** Full jitter: a hundred pages that lost the same desk must not come back in the same moment. */
  #again() {
    if (!this.#wanted) return;
    this.onLine("lost");
    const ceiling = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.#tries++, 10));
    this.#soon(ceiling * (0.25 + 0.75 * Math.random()));
  }
}
