import type { LeavingMessage } from './leaving-message.js';

/** What became of one attempt. A code, never a text from outside. */
export type SendOutcome =
  | { readonly is: 'sent' }
  /** May go better later. `everybody`: the server itself is in trouble, so that the next one would fail as well. */
  | { readonly is: 'failed'; readonly code: string; readonly everybody?: true }
  /** This address takes nothing any more. */
  | { readonly is: 'address-gone'; readonly code: string };

/** Where to, opened; by channel. */
export type NoticeAddress =
  | { readonly channel: 'mail'; readonly address: string }
  | { readonly channel: 'push'; readonly endpoint: string; readonly p256dh: string; readonly auth: string }
  | { readonly channel: 'messenger'; readonly person: string };

/** The port of one way out of the house. */
export type DeliverMessage<C extends NoticeAddress['channel']> = (
  to: Extract<NoticeAddress, { channel: C }>,
  message: LeavingMessage,
) => Promise<SendOutcome>;

/** Not sent because nobody wanted it any more: no trouble of a channel. */
export const UNWANTED = { read: 'read-in-app', off: 'turned-off' } as const;
export const MOST_ATTEMPTS = 8;
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;

/** Three times as long each time, from a minute to six hours. @param attempts made so far, at least one */
export const waitAfter = (attempts: number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 3 ** Math.min(attempts - 1, 10));
