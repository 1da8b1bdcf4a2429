/** Small drawn signs. They always stand beside words, so screen readers pass over them. */

import { html } from "../vendor/preact-htm.js";

const shapes = {
  bot: ["M7 8h10a3 3 0 0 1 3 3v5a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3v-5a3 3 0 0 1 3-3Z", "M12 8V4.500", "M9 13v1", "M15 13v1"],
  person: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M4.500 20a7.500 7.500 0 0 1 15 0"],
  lock: ["M6 11h12v9H6z", "M8.500 11V8a3.500 3.500 0 0 1 7 0v3"],
  bell: ["M6 16V11a6 6 0 0 1 12 0v5l1.500 2h-15Z", "M10 20.500h4"],
  sound: ["M4.500 9.500v5h3.500l4.500 4v-13L8 9.500Z", "M15.500 9.500a3.600 3.600 0 0 1 0 5", "M18 7a7 7 0 0 1 0 10"],
  mute: ["M4.500 9.500v5h3.500l4.500 4v-13L8 9.500Z", "m16 9.500 5 5", "m21 9.500-5 5"],
  check: ["m5 12.500 4.500 4.500L19 7.500"],
  back: ["M14.500 5.500 8 12l6.500 6.500"],
  info: ["M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17Z", "M12 11v5.500", "M12 7.700v.1"],
  send: ["M4 12 20 4.500l-4.500 15L12 13.500Z", "M12 13.500 20 4.500"],
  clock: ["M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17Z", "M12 7.500V12l3 2"],
  flag: ["M6 21V4.500", "M6 5h11l-2.200 3.750L17 12.500H6"],
  down: ["M12 5v13", "m6 12.500 6 6 6-6"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  keyboard: ["M3.500 7h17v10h-17z", "M7 10.500h.1", "M10.300 10.500h.1", "M13.600 10.500h.1", "M17 10.500h.1", "M8 14h8"],
  plus: ["M12 5v14", "M5 12h14"],
  out: ["M10 4.500H5v15h5", "M14.500 8 18.500 12l-4 4", "M18.500 12H9.500"],
  queue: ["M4 6.500h16", "M4 12h16", "M4 17.500h9"],
  swap: ["M5 9h13l-3.500-3.500", "M19 15H6l3.500 3.500"],
  clip: ["m19 11.500-7 7a4.200 4.200 0 0 1-6-6l7.500-7.500a2.800 2.800 0 0 1 4 4L10 16.500a1.400 1.400 0 0 1-2-2l6.500-6.500"],
  globe: ["M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17Z", "M3.500 12h17", "M12 3.500c2.500 2.300 3.700 5.200 3.700 8.500s-1.200 6.200-3.700 8.500c-2.500-2.300-3.700-5.200-3.700-8.500s1.200-6.200 3.700-8.500Z"],
  bubble: ["M12 4.500c4.700 0 8.500 3.200 8.500 7.200s-3.800 7.200-8.500 7.200c-.9 0-1.800-.1-2.600-.3L5.500 20.500l.6-3.400a6.700 6.700 0 0 1-2.600-5.400c0-4 3.800-7.200 8.500-7.200Z", "m8 13 3-3 2.500 2.300L16.500 10"],
  phone: ["M7.500 3.500h9v17h-9z", "M11 17.700h2"],
  warning: ["M12 4 21 19.500H3Z", "M12 10v4.500", "M12 17v.1"],
  pin: ["M12 21c-4-4.300-6-7.600-6-10.500a6 6 0 0 1 12 0c0 2.900-2 6.200-6 10.500Z", "M12 12.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z"],
  chart: ["M4 4.500v15h16.500", "m7 15 4-5 3.500 3 5-6.500"],
  file: ["M7 3.500h7l4 4v13H7z", "M14 3.500V8h4"],
};

export const Icon = ({ name, class: extra = "" }) => html`
  <svg class=${`icon ${extra}`} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
    ${shapes[name].map((d) => html`<path key=${d} d=${d} />`)}
  </svg>
`;

const signs = { website: "globe", telegram: "send", messenger: "bubble", facebook: "bubble" };
/** The sign of a channel: it stands beside the channel's name. */
export const channelSign = (channel) => (Object.hasOwn(signs, channel) ? signs[channel] : "phone");

export const Mark = () => html`
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect class="mark-ground" width="32" height="32" rx="8" />
    <path class="mark-stick" d="M9 23 21 7" />
    <path class="mark-band" d="m12.800 17.900 2.400-3.200" />
  </svg>
`;
