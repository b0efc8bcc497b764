import { type Html, html, raw } from './html.js';

/** Drawings of packages/look/src/icons.svg that these pages use, inlined: a symbol needs no request and no script. */
const LINES = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
const DRAWINGS = {
  key: `<g ${LINES}><circle cx="8" cy="9" r="4.5"/><path d="M11.3 12.3 19.5 20.5M15.5 16.5l2.5-2.5M18.3 19.3l1.7-1.7"/></g>`,
  id: `<g ${LINES}><rect x="3" y="6.5" width="18" height="13.5" rx="2.5"/><path d="M9.5 3h5v3.5h-5z"/><circle cx="8.6" cy="12" r="1.9"/><path d="M5.8 17c.4-1.6 1.5-2.4 2.8-2.4s2.4.8 2.8 2.4M14 11.5h4M14 15h4"/></g>`,
  lock: `<g ${LINES}><rect x="5" y="10.5" width="14" height="10" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/></g>`,
  shield: `<g ${LINES}><path d="M12 3 20 6v5.5c0 4.8-3.2 8-8 9.5-4.8-1.5-8-4.7-8-9.5V6z"/><path d="M8.5 12l2.6 2.6L15.8 9.7"/></g>`,
  users: `<g ${LINES}><circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 20c.6-3.5 3.1-5.3 6.5-5.3s5.9 1.8 6.5 5.3M15.5 5.3a3.5 3.5 0 0 1 0 6.4M18 15.2c2 .8 3.2 2.4 3.6 4.8"/></g>`,
  user: `<g ${LINES}><circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6"/></g>`,
  warn: `<g ${LINES}><path d="M12 3.2 22 20.4H2z"/><path d="M12 9.5v5M12 17.3v.1"/></g>`,
  info: `<g ${LINES}><circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.1"/></g>`,
  ok: `<g ${LINES}><circle cx="12" cy="12" r="9"/><path d="M8 12.3 11 15.3 16.2 9.4"/></g>`,
  bad: `<g ${LINES}><path d="M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z"/><path d="M9 9l6 6M15 9l-6 6"/></g>`,
  wait: `<g ${LINES}><circle cx="12" cy="12" r="9" stroke-dasharray="3.2 2.45"/><path d="M12 7.5V12l3 2"/></g>`,
  qr: `<g ${LINES}><rect x="3.5" y="3.5" width="6.5" height="6.5" rx="1"/><rect x="14" y="3.5" width="6.5" height="6.5" rx="1"/><rect x="3.5" y="14" width="6.5" height="6.5" rx="1"/><path d="M14 14h2.5v2.5M20.5 14v2.5M14 20.5h2.5M20.5 20.5h-.1"/></g>`,
  phone: `<g ${LINES}><rect x="6.5" y="2.5" width="11" height="19" rx="2.5"/><path d="M10.5 18.5h3"/></g>`,
  trash: `<g ${LINES}><path d="M4.5 6.5h15M9 6.5V4h6v2.5M6.5 6.5 7.5 20.5h9l1-14M10.3 10.5v6M13.7 10.5v6"/></g>`,
  edit: `<g ${LINES}><path d="M4 20l1-4.5L15.5 5a2 2 0 0 1 2.8 0l.7.7a2 2 0 0 1 0 2.8L8.5 19z"/><path d="M13.5 7l3.5 3.5"/></g>`,
  plus: `<g ${LINES}><path d="M12 5v14M5 12h14"/></g>`,
  right: `<g ${LINES}><path d="M9 5l7 7-7 7"/></g>`,
  left: `<g ${LINES}><path d="M15 5l-7 7 7 7"/></g>`,
  lang: `<g ${LINES}><circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c-5 5.5-5 12.5 0 18M12 3c5 5.5 5 12.5 0 18"/></g>`,
  clock: `<g ${LINES}><circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.4 2.2"/></g>`,
  check: `<g ${LINES}><path d="M5 12.5 10 17.5 19.5 7"/></g>`,
  history: `<g ${LINES}><path d="M4 5v4.5h4.5"/><path d="M4.6 9.5A8.5 8.5 0 1 1 3.5 13"/><path d="M12 8v4.5l3 2"/></g>`,
  unk: `<g ${LINES}><path d="M12 3.2 22 20.4H2z"/><path d="M10.2 11.1c.2-1.2 1-1.8 1.9-1.8 1 0 1.9.7 1.9 1.7 0 1.5-1.9 1.5-1.9 3"/><path d="M12.1 17.2v.1"/></g>`,
} as const;
export type IconName = keyof typeof DRAWINGS;

/** Always beside a word (look.md §6). */
export const icon = (name: IconName, size = ''): Html =>
  html`<svg class="i ${size}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${raw(DRAWINGS[name])}</svg>`;

/** An example: a university brings its own. */
export const crest: Html = raw(
  `<svg class="crest" viewBox="0 0 48 48" aria-hidden="true" focusable="false"><circle cx="24" cy="24" r="22.5" fill="#FFFFFF"/><circle cx="24" cy="24" r="18.5" fill="none" stroke="#123A73" stroke-width="1.4"/><path d="M11 26c5-2 9-1.5 13 1.5 4-3 8-3.5 13-1.5v8c-5-1.5-9-1-13 1.5-4-2.5-8-3-13-1.5z" fill="none" stroke="#123A73" stroke-width="2" stroke-linejoin="round"/><path d="M24 27.5V35M14 21c2.5-7 17.5-7 20 0M24 11v5" fill="none" stroke="#123A73" stroke-width="2" stroke-linecap="round"/></svg>`,
);

/** The wave of the card face; decoration. */
export const guilloche: Html = raw(
  `<svg class="guilloche" viewBox="0 0 420 420" preserveAspectRatio="none" aria-hidden="true" focusable="false"><path d="M0 210.0L12 238.6L24 265.7L36 288.1L48 303.3L60 309.6L72 307.3L84 297.9L96 284.3L108 270.2L120 258.9L132 252.7L144 252.5L156 257.2L168 264.3L180 270.2L192 271.0L204 263.9L216 247.3L228 221.9L240 190.0L252 155.7L264 123.6L276 98.2L288 82.8L300 78.7L312 85.6L324 101.2L336 122.1L348 144.5L360 165.1L372 181.7L384 193.4L396 200.8L408 205.6L420 210.0M0 322.6L12 329.2L24 327.1L36 316.3L48 298.0L60 274.8L72 250.3L84 228.0L96 210.8L108 200.3L120 196.6L132 197.8L144 201.0L156 202.5L168 199.2L180 189.1L192 171.8L204 149.0L216 124.1L228 101.3L240 85.0L252 78.6L264 83.9L276 100.8L288 127.0L300 158.8L312 192.0L324 222.2L336 246.4L348 262.8L360 271.7L372 274.5L384 273.6L396 271.8L408 271.2L420 273.2M0 279.6L12 255.1L24 226.7L36 197.5L48 171.1L60 150.4L72 137.6L84 133.2L96 136.1L108 143.8L120 152.8L132 159.8L144 162.0L156 158.2L168 149.0L180 136.9L192 125.4L204 118.4L216 119.6L228 131.0L240 152.7L252 183.1L264 218.4L276 254.3L288 285.9L300 309.7L312 323.2L324 326.3L336 320.3L348 308.1L360 293.0L372 278.2L384 266.0L396 257.4L408 252.2L420 249.0M0 140.4L12 118.7L24 103.2L36 96.0L48 98.0L60 108.4L72 125.0L84 144.6L96 163.6L108 178.8L120 188.1L132 191.1L144 189.3L156 185.4L168 183.1L180 185.7L192 195.9L204 214.4L216 240.0L228 269.8L240 299.6L252 324.8L264 341.3L276 346.6L288 340.0L300 322.8L312 298.0L324 269.7L336 241.8L348 217.8L360 199.6L372 187.7L384 181.0L396 177.5L408 174.9L420 171.0M0 97.4L12 108.5L24 127.3L36 152.0L48 179.7L60 206.8L72 229.8L84 246.4L96 255.2L108 256.9L120 253.6L132 248.6L144 245.3L156 246.6L168 254.3L180 268.1L192 285.9L204 304.3L216 319.0L228 326.0L240 322.6L252 307.9L264 282.7L276 250.2L288 214.4L300 180.0L312 151.2L324 130.6L336 119.3L348 116.7L360 120.6L372 128.0L384 136.1L396 142.5L408 146.0L420 146.8" fill="none" stroke="#fff" stroke-width="1" opacity="0.14"/></svg>`,
);
