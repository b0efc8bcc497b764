/** ST: for one service. PT: for one service, through a proxy. PGT: with which a proxy asks for PTs. CAS protocol §3. */
export type TicketPrefix = 'ST' | 'PT' | 'PGT' | 'PGTIOU';

/** How far ahead of this clock another process may have been: what was made later is refused, as after a clock set back. */
export const MAX_AHEAD_MS = 30_000;

/** Gives `length` random bytes. */
export type RandomBytes = (length: number) => Uint8Array;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 190 bits. */
const RANDOM_CHARACTERS = 32;
const FORM = /^(ST|PT|PGT)-[A-Za-z0-9]{20,256}$/;

/** Letters and digits, each of the 62 equally likely. */
export function randomText(random: RandomBytes, characters: number): string {
  let text = '';
  while (text.length < characters)
    for (const byte of random(characters)) {
      // 248 is the last multiple of 62 in a byte.
      if (byte < 248 && text.length < characters) text += ALPHABET[byte % 62];
    }
  return text;
}

/** A new ticket; only letters, digits and the hyphen (CAS protocol §3.7). */
export function makeTicket(prefix: TicketPrefix, random: RandomBytes): string {
  return `${prefix}-${randomText(random, RANDOM_CHARACTERS)}`;
}

/** Kind of a text that has the form of a ticket; undefined for any other text, which is then looked at no further. */
export function ticketPrefixOf(text: string): 'ST' | 'PT' | 'PGT' | undefined {
  return FORM.exec(text)?.[1] as 'ST' | 'PT' | 'PGT' | undefined;
}
