/**
 * The looks, as one constructed style sheet: it needs no `style-src` of the page's security policy. Colours and sizes that
 * a site may set are the custom properties `--support-chat-…` (README.md); everything is in `em` of the reader's own size.
 */

const LIGHT = `
  --accent: var(--support-chat-accent, #17595a);
  --on-accent: var(--support-chat-accent-text, #ffffff);
  --link: var(--support-chat-link, #0d5f61);
  --surface: var(--support-chat-surface, #ffffff);
  --ground: var(--support-chat-background, #f6f6f3);
  --text: var(--support-chat-text, #1c2423);
  --muted: var(--support-chat-muted, #59645f);
  --line: var(--support-chat-line, #e3e5e0);
  --bot: var(--support-chat-bot, #ffffff);
  --agent: var(--support-chat-agent, #fdf1e4);
  --agent-line: var(--support-chat-agent-line, #f0dcc2);
  --face: var(--support-chat-agent-face, #8f4a1f);
  --name: var(--face);
  --good: #1b7a46;
  --alarm: #b3261e;
  --warn: #fff4d6;
  --on-warn: #5c4300;
  --tint: #e8f0ee;
  --shadow: 0 0.125em 0.375em rgb(20 30 28 / 8%), 0 0.75em 2.5em rgb(20 30 28 / 18%);
  color-scheme: light;
`;

const DARK = `
  --accent: var(--support-chat-accent-dark, var(--support-chat-accent, #22756e));
  --on-accent: var(--support-chat-accent-text-dark, var(--support-chat-accent-text, #ffffff));
  --link: var(--support-chat-link-dark, #8fdcd1);
  --surface: var(--support-chat-surface-dark, #1d2222);
  --ground: var(--support-chat-background-dark, #151919);
  --text: var(--support-chat-text-dark, #eef2f0);
  --muted: var(--support-chat-muted-dark, #a4b0ac);
  --line: var(--support-chat-line-dark, #323a38);
  --bot: var(--support-chat-bot-dark, #232a29);
  --agent: var(--support-chat-agent-dark, #3a2c20);
  --agent-line: var(--support-chat-agent-line-dark, #544030);
  --face: var(--support-chat-agent-face-dark, #9c5529);
  --name: #ecb086;
  --good: #6fd39b;
  --alarm: #ff9d94;
  --warn: #40350f;
  --on-warn: #ffe9a8;
  --tint: #21312f;
  --shadow: 0 0.125em 0.375em rgb(0 0 0 / 30%), 0 0.75em 2.5em rgb(0 0 0 / 55%);
  color-scheme: dark;
`;

const FRAME = `
/* Important in here wins over important out there: no style sheet of the page gets in, however wild. */
:host { all: initial !important; display: block !important; }
:host([hidden]) { display: none !important; }
.root { ${LIGHT} }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) .root { ${DARK} } }
:host([theme="dark"]) .root { ${DARK} }

.root, .root * { box-sizing: border-box; }
.root {
  font: 400 1em/1.45 var(--support-chat-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
  color: var(--text); text-align: start; -webkit-text-size-adjust: 100%;
}
[hidden] { display: none !important; }
/* Out of sight, but read aloud. */
.hidden, .customer .who, .grouped .who, .joined:not(.sending, .failed) > .meta { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
p, h2 { margin: 0; font: inherit; }
svg { inline-size: 1.375em; block-size: 1.375em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
button { font: inherit; color: inherit; background: none; border: 1px solid transparent; margin: 0; padding: 0; cursor: pointer; touch-action: manipulation; -webkit-tap-highlight-color: transparent; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
a { color: var(--link); text-underline-offset: 0.15em; overflow-wrap: anywhere; }

.launcher {
  position: fixed; inset-block-end: calc(var(--support-chat-bottom, 1.25em) + env(safe-area-inset-bottom)); right: var(--support-chat-side, 1.25em);
  z-index: var(--support-chat-z, 2147483000); inline-size: 3.75em; block-size: 3.75em; border-radius: 50%;
  display: grid; place-items: center; background: var(--accent); color: var(--on-accent); box-shadow: var(--shadow);
  transition: transform 160ms ease, filter 160ms ease;
}
:host([position="left"]) .launcher { right: auto; left: var(--support-chat-side, 1.25em); }
.launcher:hover { transform: translateY(-2px); filter: brightness(1.06); }
.launcher svg { grid-area: 1 / 1; inline-size: 1.75em; block-size: 1.75em; transition: opacity 160ms, transform 160ms; }
.launcher[aria-expanded="true"] svg:first-child, .launcher[aria-expanded="false"] svg:nth-child(2) { opacity: 0; transform: scale(0.6); }
.badge {
  position: absolute; inset-block-start: -0.2em; inset-inline-end: -0.2em; min-inline-size: 1.75em; padding: 0 0.4em; border-radius: 1em;
  font-size: 0.8125em; font-weight: 700; line-height: 1.75em; text-align: center; background: #b3261e; color: #fff; box-shadow: 0 0 0 2px #fff;
}

.panel {
  position: fixed; inset-block-end: calc(var(--support-chat-bottom, 1.25em) + 4.75em); right: var(--support-chat-side, 1.25em);
  z-index: var(--support-chat-z, 2147483000); inline-size: min(var(--support-chat-width, 24.5em), calc(100vw - 2.5em));
  block-size: min(var(--support-chat-height, 41em), calc(100dvh - 7.5em)); display: flex; flex-direction: column; overflow: hidden;
  background: var(--ground); border: 1px solid var(--line); border-radius: var(--support-chat-radius, 1.25em); box-shadow: var(--shadow);
  animation: rise 200ms cubic-bezier(0.2, 0.8, 0.3, 1); transform-origin: bottom right; overscroll-behavior: contain;
}
:host([position="left"]) .panel { right: auto; left: var(--support-chat-side, 1.25em); transform-origin: bottom left; }
@keyframes rise { from { opacity: 0; transform: translateY(0.75em) scale(0.98); } }

.header { display: flex; align-items: center; gap: 0.75em; padding-block: 0.75em; padding-inline: 1em 0.5em; background: var(--surface); border-block-end: 1px solid var(--line); flex: none; }
.face .avatar { inline-size: 2.5em; block-size: 2.5em; font-size: 1em; }
.titles { flex: 1; min-inline-size: 0; }
h2 { font-weight: 650; font-size: 1.0625em; line-height: 1.25; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.subject:not(:empty)::before { content: " · "; color: var(--muted); font-weight: 400; }
.status { font-size: 0.8125em; line-height: 1.3; color: var(--muted); }
.icon { inline-size: 2.75em; block-size: 2.75em; display: grid; place-items: center; border-radius: 50%; color: var(--muted); flex: none; }
.icon:hover { background: var(--ground); color: var(--text); }
.icon + .icon { margin-inline-start: -0.75em; }
.icon svg { inline-size: 1.25em; block-size: 1.25em; }
.icon[aria-pressed="true"] { color: var(--link); }
.banner:not(:empty) { padding: 0.6em 1em; font-size: 0.8125em; background: var(--warn); color: var(--on-warn); flex: none; }

.foot { flex: none; background: var(--surface); border-block-start: 1px solid var(--line); padding: 0.625em 0.75em max(0.75em, env(safe-area-inset-bottom)); display: grid; gap: 0.5em; }
.reach { display: flex; flex-wrap: wrap; align-items: center; gap: 0.375em 0.75em; }
.human { display: inline-flex; align-items: center; gap: 0.5em; min-block-size: 2.9334em; padding: 0 1em 0 0.8em; border-radius: 2em; font-size: 0.9375em; font-weight: 600; color: var(--link); background: var(--tint); text-align: start; }
.human:hover { border-color: currentColor; }
.human[aria-disabled="true"] { opacity: 0.75; cursor: progress; }
.people { font-size: 0.8125em; color: var(--muted); display: inline-flex; align-items: center; gap: 0.5em; flex: 1 1 9em; }
.people::before { content: ""; inline-size: 0.6em; block-size: 0.6em; border-radius: 50%; background: var(--muted); flex: none; }
.people.here::before { background: var(--good); }

.waiting { display: grid; grid-template-columns: auto 1fr; gap: 0.125em 0.875em; align-items: center; padding: 0.875em 1em 0.375em; border-radius: 1em; background: var(--tint); }
.number { grid-row: span 2; align-self: start; inline-size: 2.25em; block-size: 2.25em; border-radius: 50%; display: grid; place-items: center; font-size: 1.125em; font-weight: 700; background: var(--surface); color: var(--link); border: 2px solid var(--link); }
.number.unknown { border-style: dashed; animation: turn 8s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
.place { font-weight: 650; }
.range, .keep { font-size: 0.875em; color: var(--muted); }
.keep { grid-column: 2; }
.waiting .quiet { grid-column: 2; justify-self: start; margin-inline-start: -0.75em; }
.quiet { display: inline-flex; align-items: center; gap: 0.5em; min-block-size: 3.1429em; padding: 0 0.857em; border-radius: 2em; font-size: 0.875em; font-weight: 600; color: var(--link); }
.quiet:hover { text-decoration: underline; }
.quiet svg { inline-size: 1.25em; block-size: 1.25em; }

.composer { display: flex; align-items: flex-end; gap: 0.5em; }
.field { flex: 1; min-inline-size: 0; background: var(--ground); border: 1px solid var(--line); border-color: color-mix(in srgb, var(--muted) 70%, var(--line)); border-radius: 1em; padding: 0.375em 0.875em 0.25em; }
.field:focus-within { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
.labels { display: flex; justify-content: space-between; gap: 1em; font-size: 0.75em; color: var(--muted); line-height: 1.4; }
textarea { display: block; inline-size: 100%; max-block-size: 8.5em; min-block-size: 1.75em; padding: 0.125em 0; border: 0; margin: 0; resize: none; outline: 0; background: none; color: inherit; font: inherit; overflow-wrap: anywhere; overflow-y: auto; }
textarea:focus-visible { outline: 0; }
.send { inline-size: 2.75em; block-size: 2.75em; margin-block-end: 0.25em; border-radius: 50%; display: grid; place-items: center; flex: none; color: var(--muted); background: var(--ground); border-color: var(--line); }
.send.ready { background: var(--accent); color: var(--on-accent); border-color: transparent; }
`;

const LOG = `
.transcript { flex: 1; min-block-size: 0; position: relative; display: flex; }
.log { flex: 1; overflow-y: auto; overflow-x: hidden; padding: 1.25em 1em 1em; display: flex; flex-direction: column; overscroll-behavior: contain; }
.log:focus-visible { outline-offset: -2px; }
.log > :first-child { margin-block-start: 0; }

.message { position: relative; max-inline-size: 94%; margin-block-start: 1.125em; align-self: flex-start; padding-inline-start: 2.5em; }
.message.grouped { margin-block-start: 0.25em; }
.message.customer { align-self: flex-end; max-inline-size: 84%; padding-inline-start: 0; display: flex; flex-direction: column; align-items: flex-end; }
.who { display: flex; align-items: baseline; gap: 0.4em; font-size: 0.8125em; margin-block-end: 0.3em; padding-inline-start: 0.125em; }
.name { font-weight: 650; }
.role { color: var(--muted); }
.agent .name { color: var(--name); }
.role { padding: 0.05em 0.5em; border-radius: 1em; border: 1px solid var(--line); font-size: 0.9231em; }
.avatar { inline-size: 2em; block-size: 2em; border-radius: 50%; display: grid; place-items: center; font-size: 0.9375em; font-weight: 700; flex: none; }
.avatar.bot { background: var(--tint); color: var(--link); border-radius: 32%; }
.avatar.agent { background: var(--face); color: #fff; }
.avatar svg { inline-size: 1.25em; block-size: 1.25em; }
.face .avatar svg { inline-size: 1.5em; block-size: 1.5em; }
.message .avatar { position: absolute; inset-inline-start: 0; inset-block-start: 1.75em; }

.bubble { padding: 0.5625em 0.875em; border-radius: 1.125em; background: var(--bot); border: 1px solid var(--line); overflow-wrap: anywhere; inline-size: fit-content; max-inline-size: 100%; font-size: 0.9688em; }
.text { white-space: pre-wrap; }
.bubble p + p { margin-block-start: 0.5em; }
.bot > .bubble, .agent > .bubble { border-start-start-radius: 0.375em; }
.agent > .bubble { background: var(--agent); border-color: var(--agent-line); }
.customer > .bubble { background: var(--accent); color: var(--on-accent); border-color: transparent; border-end-end-radius: 0.375em; }
.customer a { color: inherit; }
.customer.failed > .bubble { background: var(--surface); color: var(--text); border-color: var(--alarm); }
.edited { color: var(--muted); font-size: 0.8125em; }
.source, .attachment { display: flex; align-items: flex-start; gap: 0.35em; margin-block-start: 0.5em; padding-block-start: 0.5em; border-block-start: 1px solid var(--line); font-size: 0.8125em; }
.source a { padding-block: 0.1em; }
.source svg, .attachment svg { inline-size: 1.2em; block-size: 1.2em; margin-block-start: 0.1em; color: var(--muted); }

.meta { display: flex; gap: 0.4em; font-size: 0.75em; color: var(--muted); margin-block-start: 0.3em; padding-inline: 0.25em; line-height: 1.3; }
.customer .meta { justify-content: flex-end; }
.sending time, .failed time { display: none; }
.meta .state:empty { display: none; }
.sign { letter-spacing: -0.25em; margin-inline-end: 0.15em; }
.seen .sign { color: var(--link); }
.failed .state { color: var(--alarm); font-weight: 600; }
.mend { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 0 0.25em; font-size: 0.875em; }
.mend span { flex-basis: 100%; text-align: end; color: var(--alarm); padding-inline: 0.25em; }

.suggestions { display: flex; flex-wrap: wrap; gap: 0.5em; margin-block-start: 0.625em; }
.suggestion { min-block-size: 2.9334em; padding: 0.4em 1em; border-radius: 1.5em; font-size: 0.9375em; line-height: 1.3; font-weight: 550; color: var(--link); background: var(--surface); border: 1px solid var(--link); text-align: start; overflow-wrap: anywhere; }
.suggestion:hover { background: var(--tint); }

.notice, .day { align-self: center; text-align: center; font-size: 0.8125em; color: var(--muted); max-inline-size: 88%; margin-block-start: 1.25em; text-wrap: balance; }
.notice { padding: 0.4em 0.9em; border-radius: 1em; background: color-mix(in srgb, var(--line) 55%, transparent); color: var(--text); }
.notice.claimed, .notice.taken_over { background: var(--agent); border: 1px solid var(--agent-line); font-weight: 600; }
.notice + .notice { margin-block-start: 0.5em; }
.day span { padding-inline: 0.75em; }

.typing { display: flex; align-items: center; gap: 0.5em; margin-block-start: 1em; font-size: 0.8125em; color: var(--muted); }
.dots { display: inline-flex; gap: 0.3em; padding: 0.8em 0.9em; border-radius: 1.5em; background: var(--bot); border: 1px solid var(--line); }
.typing.agent .dots { background: var(--agent); border-color: var(--agent-line); }
.dots i { inline-size: 0.45em; block-size: 0.45em; border-radius: 50%; background: var(--muted); animation: hop 1.2s infinite ease-in-out; }
.dots i:nth-child(2) { animation-delay: 0.15s; }
.dots i:nth-child(3) { animation-delay: 0.3s; }
@keyframes hop { 0%, 60%, 100% { opacity: 0.35; transform: none; } 30% { opacity: 1; transform: translateY(-0.2em); } }

.jump { position: absolute; inset-block-end: 0.75em; inset-inline: 0; margin-inline: auto; inline-size: fit-content; display: flex; align-items: center; gap: 0.4em; min-block-size: 3.1429em; padding: 0 1.1em 0 0.8em; border-radius: 2em; font-size: 0.875em; font-weight: 600; background: var(--surface); color: var(--link); border-color: var(--line); box-shadow: var(--shadow); }
.new { animation: come 180ms ease-out; }
@keyframes come { from { opacity: 0; transform: translateY(0.4em); } }

@media (max-width: 480px), (max-height: 520px) {
  .panel, :host([position="left"]) .panel { inset: var(--top, 0) 0 auto 0; inline-size: 100%; block-size: var(--height, 100dvh); border: 0; border-radius: 0; animation: none; }
  .launcher[aria-expanded="true"] { display: none; }
  .header { padding-block: 0.5em; }
  textarea { font-size: 1em; }
}
@media (max-height: 520px) { .message { max-inline-size: 34em; } .foot { gap: 0.25em; } }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } .dots i { opacity: 0.8; } }
@media (forced-colors: active) { .bubble, .notice, .launcher, .send, .human { border: 1px solid; } }
@media print { .root { display: none; } }
`;

export const sheet = new CSSStyleSheet();
sheet.replaceSync(FRAME + LOG);
