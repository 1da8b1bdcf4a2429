/**
 * A steady second. Browsers slow the timers of a hidden page down to one a minute, which would starve the line's ping and
 * the bell; a worker's timers run on. Where a worker is refused, the page's own timer has to do.
 */

export function everySecond(work) {
  try {
    const address = new URL("./pulse-worker.js", import.meta.url).href;
    // The one script address that this page ever makes; everything else is refused by Trusted Types.
    const policy = globalThis.trustedTypes?.createPolicy("baton", {
      createScriptURL: (text) => {
        if (text !== address) throw new TypeError("not ours");
        return text;
      },
    });
    const worker = new Worker(policy ? policy.createScriptURL(address) : address);
    worker.onmessage = () => work();
    worker.onerror = () => setInterval(work, 1000);
  } catch {
    setInterval(work, 1000);
  }
}
