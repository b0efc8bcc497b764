import { type CborItem, type CborTagged, cborTag, isTagged } from '../cbor/cbor-value.js';
import { MdocError } from './errors.js';

const TDATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;

/** A tdate (tag 0) of whole seconds in UTC (ISO/IEC 18013-5 §7.2.1, §9.1.2.4). @throws TypeError */
export function tdate(seconds: number): CborTagged {
  const text = Number.isSafeInteger(seconds) && Math.abs(seconds) < 1e11 ? textOf(seconds) : '';
  if (!TDATE.test(text)) throw new TypeError('times are whole seconds within the years 0 to 9999');
  return { tag: cborTag.tdate, value: text };
}

/** Seconds of a tdate; a fraction or an offset is refused, as §9.1.2.4 does. @throws MdocError `mdoc-validity-malformed` */
export function secondsOfTdate(item: CborItem | undefined, what: string): number {
  if (isTagged(item, cborTag.tdate) && typeof item.value === 'string' && TDATE.test(item.value)) {
    const seconds = Date.parse(item.value) / 1000;
    // The 30th of February would come back as a day in March.
    if (Number.isSafeInteger(seconds) && textOf(seconds) === item.value) return seconds;
  }
  throw new MdocError('mdoc-validity-malformed', `${what} is not a tdate of whole seconds in UTC`);
}

function textOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
