/**
 * The line to the desk: one WebSocket, opened with the last `seq` shown, so that coming back *is* starting.
 * It knows nothing of what the frames mean beyond `welcome` and `pong`.
 */

const PING_EVERY = 20_000;
const SILENCE = 45_000; // nothing heard for so long: the line is dead, whatever the socket says
const ANSWER = 8_000; // for a welcome, and for a pong after the page woke up
const FIRST = 400;
const LONGEST = 20_000;
const TRY_LATER = 1013; // the code with which a busy desk hangs up

export class Connection {
  #url;
  #hello;
  #frame;
  #changed;
  #socket = null;
  #state = "idle"; // idle, connecting, online, waiting (for the next try)
  #tries = 0;
  #timer;
  #beat;
  #heard = 0;
  #pinged = 0;
  #restarted = 0;
  #listening = new AbortController();

  /**
   * @param {{url: URL, hello: () => object, frame: (frame: object) => void, changed: (state: string) => void}} options
   *   `hello` makes the first frame anew at each start
   */
  constructor({ url, hello, frame, changed }) {
    this.#url = url;
    this.#hello = hello;
    this.#frame = frame;
    this.#changed = changed;
  }

  get online() {
    return this.#state === "online";
  }

  get started() {
    return this.#state !== "idle";
  }

  start() {
    if (this.started) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    addEventListener("online", () => this.#wake(), { signal });
    navigator.connection?.addEventListener("change", () => this.#wake(), { signal }); // from Wi-Fi to mobile
    addEventListener("offline", () => this.#lost(), { signal });
    // A page put aside for the back button is frozen with its socket; it starts again when it is shown.
    addEventListener("pagehide", () => this.#pause(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#wake(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake(), { signal });
    this.#connect();
  }

  stop() {
    this.#listening.abort();
    this.#hangUp();
    clearTimeout(this.#timer);
    this.#become("idle");
  }

  /** Closes this line and starts again from the last shown: at once, but not again and again at once. */
  restart() {
    const again = Date.now() - this.#restarted < 5000;
    this.#restarted = Date.now();
    this.#hangUp();
    this.#later(again ? 1000 + Math.random() * 3000 : 0);
  }

  /** True if it went out on a line that was up. The answer alone says that it arrived. */
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#hangUp();
    this.#become("connecting");
    let socket;
    try {
      socket = new WebSocket(this.#url);
    } catch {
      return this.#later(LONGEST); // refused by the page's security policy
    }
    this.#socket = socket;
    this.#heard = this.#pinged = Date.now();
    this.#beat = setInterval(() => this.#check(), 4000);
    socket.onopen = () => this.send(this.#hello());
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = ({ code }) => this.#lost(code === TRY_LATER ? LONGEST / 4 : undefined);
  }

  #receive(data) {
    this.#heard = Date.now();
    const frame = JSON.parse(data);
    if (frame.type === "welcome") {
      this.#tries = 0;
      this.#become("online");
    }
    if (frame.type !== "pong") this.#frame(frame);
  }

  #check() {
    const now = Date.now();
    if (now - this.#heard > (this.online ? SILENCE : ANSWER)) return this.#lost();
    if (this.online && now - this.#pinged >= PING_EVERY) this.#ping();
  }

  #ping() {
    this.#pinged = Date.now();
    this.send({ type: "ping" });
  }

  /** The network or the page is back: connect now, or find out now whether the line survived. */
  #wake() {
    const asked = Date.now();
    if (this.#state === "connecting" && asked - this.#heard < 1000) return;
    if (!this.online) return this.#connect();
    this.#ping();
    setTimeout(() => this.online && this.#heard < asked && this.#lost(), ANSWER / 2);
  }

  #pause() {
    this.#hangUp();
    clearTimeout(this.#timer);
    this.#become("waiting");
  }

  #lost(wait) {
    this.#hangUp();
    this.#later(wait);
  }

  /** Full jitter, so that a thousand widgets do not come back in the same instant. */
  #later(wait = Math.random() * Math.min(LONGEST, FIRST * 2 ** ++this.#tries)) {
    clearTimeout(this.#timer);
    this.#become("waiting");
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  /** Lets go of the socket at once: on a dead network its `close` event may be minutes away. */
  #hangUp() {
    clearInterval(this.#beat);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000);
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#changed(state);
  }
}
