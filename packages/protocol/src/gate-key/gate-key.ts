import { ascii } from '../bytes/text.js';
import type { HashPort } from '../crypto/port.js';

const secondsPerDay = 86_400;
/** Puts the change of day at 04:00 in Beijing (20:00 UTC), when gates are empty. */
const dayShiftSeconds = 14_400;

const nextLabel = ascii('lanyard gate next 1');
const handleLabel = ascii('lanyard gate handle 1');
const maskLabel = ascii('lanyard gate mask 1');

type Hmac = Pick<HashPort, 'hmacSha256'>;

/** H(k, text): the first 16 bytes of HMAC-SHA-256 (formats.md). */
function h(crypto: Hmac, key: Uint8Array, label: Uint8Array): Uint8Array {
  return crypto.hmacSha256(key, label).subarray(0, 16);
}

/** The key day of a time in seconds since 1970 UTC. */
export function keyDay(timeSeconds: number): number {
  return Math.floor((timeSeconds + dayShiftSeconds) / secondsPerDay);
}

/** First second of a key day. */
export function keyDayStartSeconds(day: number): number {
  return day * secondsPerDay - dayShiftSeconds;
}

/** K(d+1) from K(d). There is no way back: a gate that is stolen tomorrow tells nothing about today. */
export function nextLinkKey(crypto: Hmac, linkKey: Uint8Array): Uint8Array {
  return h(crypto, linkKey, nextLabel);
}

/** handle(d): what a gate code of that day is found by. */
export function handleOf(crypto: Hmac, linkKey: Uint8Array): Uint8Array {
  return h(crypto, linkKey, handleLabel);
}

/** mask(d): signed and never sent, so that no onlooker can recover the public key from a code. */
export function maskOf(crypto: Hmac, linkKey: Uint8Array): Uint8Array {
  return h(crypto, linkKey, maskLabel);
}

/**
 * K of `toDay` from K of `fromDay`.
 * @throws RangeError for an earlier day (it cannot be known) or more than 4,000 days ahead.
 */
export function linkKeyOfDay(crypto: Hmac, linkKey: Uint8Array, fromDay: number, toDay: number): Uint8Array {
  const steps = toDay - fromDay;
  if (!Number.isInteger(steps) || steps < 0 || steps > 4000) throw new RangeError('no link key for that day');
  let key = linkKey;
  for (let i = 0; i < steps; i++) key = nextLinkKey(crypto, key);
  return key;
}
