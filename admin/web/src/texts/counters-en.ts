import type { countersZh } from './counters-zh.js';

/** Texts of counters in English; part of `en`. */
export const countersEn: Record<keyof typeof countersZh, string> = {
  counter: 'Counter',
  'counter-fault-withdrawn': 'Shows no discount now: its partner has ended',
  'counter-fault-sandbox': 'Shows no discount now: its partner is in the sandbox',
  'counter-fault-purpose': 'Shows no discount now: its partner has not agreed this',
  'counter-make': 'Make a counter',
  'counter-make-of': 'Make a counter: {name}',
  'counter-end': 'End the counter',
  'counter-end-of': 'End the counter: {name}',
  'counter-tells':
    'After a tap at the reader here, a window clerk sees the interval and the trips left, and can note one. No name, number or portrait shows.',
  'counter-is-check': "Each tap is one check of this partner's. The student sees it in the wallet and can revoke it.",
  'counter-partner': 'Partner',
  'counter-sandbox-option': '{name} (sandbox)',
  'counter-entitlement': 'Discount',
  'counter-no-partners': 'There is no partner yet. Register one on the page of partners first.',
  'counter-to-partners': 'Open partners',
  'counter-make-confirm': 'Make 1 counter',
  'counter-made': '{name} is a counter, at once.',
  'counter-end-stops': 'Clerks see no discount here and note no trip any more, at once. The reader works as before.',
  'counter-end-refunds':
    'Trips used here today can no longer be given back, unless it is set up today for the same partner again. What was noted stays.',
  'counter-end-confirm': 'End 1 counter',
  'counter-ended': '{name} is no counter any more.',
  'counter-hint-counter-shows-people':
    'Look at its policy: window_mode has to be off and show_portrait false. Nothing was changed.',
  'counter-hint-counter-of-sandbox': 'Choose a partner that checks real students. Nothing was changed.',
  'counter-hint-purpose-not-agreed':
    "The partner's registration lacks the purpose of this discount. Change it on the page of partners first. Nothing was changed.",
  'counter-hint-partner-not-found': 'It may have ended just now. Refresh and choose again. Nothing was changed.',
};
