/**
 * The step-up ladder: how sure a session is of its person, weakest first. Each relying party names the rung it needs.
 * A wallet presentation proves the holder's key and a valid student ID; a device-bound passkey proves a key that cannot
 * have been copied; a synced passkey may live in a cloud account; a password may be known to others.
 */
export const ACR_LADDER = ['password', 'synced-passkey', 'device-passkey', 'wallet-presentation'] as const;
export type AcrLevel = (typeof ACR_LADDER)[number];

const PREFIX = 'urn:lanyard:acr:';

/** The value on the wire (OpenID Connect Core §2, `acr`). */
export const acrOf = (level: AcrLevel): string => `${PREFIX}${level}`;

/** Level of an `acr` value of ours; undefined for anything else. */
export function levelOf(acr: string | undefined): AcrLevel | undefined {
  const name = acr?.startsWith(PREFIX) ? acr.slice(PREFIX.length) : undefined;
  return ACR_LADDER.find((level) => level === name);
}

/** Whether a session at `held` may enter where `needed` is asked. */
export function reaches(held: AcrLevel | undefined, needed: AcrLevel): boolean {
  return held !== undefined && ACR_LADDER.indexOf(held) >= ACR_LADDER.indexOf(needed);
}

/** The higher of two rungs. */
export function higher(left: AcrLevel, right: AcrLevel): AcrLevel {
  return reaches(left, right) ? left : right;
}

/** `acr` values of a rung and of those above it, weakest first: what a relying party asks for and takes. */
export function acrsFrom(level: AcrLevel): [string, ...string[]] {
  const [lowest = level, ...above] = ACR_LADDER.slice(ACR_LADDER.indexOf(level));
  return [acrOf(lowest), ...above.map(acrOf)];
}
