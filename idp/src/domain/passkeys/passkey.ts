import { type AcrLevel, reaches } from '@lanyard/platform';
import type { Account } from '../accounts/account.js';

export const PASSKEYS_AT_MOST = 10;
/** Seconds a proof stays good for changing the ways in. */
export const FRESH_SECONDS = 300;

export type PasskeyLevel = Extract<AcrLevel, 'synced-passkey' | 'device-passkey'>;

/** A passkey (通行密钥) of an account, without its key. */
export interface Passkey {
  id: string;
  accountId: string;
  credentialId: Uint8Array;
  level: PasskeyLevel;
  transports: string[];
  name: string;
  createdAtMs: number;
  lastUsedMs: number | undefined;
}

/**
 * Whether somebody who proved himself at `held` may add or remove ways in: nobody may raise himself above the proof he
 * gave. Where there is a passkey a password is not enough, and for people with roles the strongest passkey they have
 * decides, so a stolen password or cloud account opens no console.
 */
export function mayChangeWaysIn(
  held: AcrLevel,
  account: Pick<Account, 'roles'>,
  passkeys: readonly Pick<Passkey, 'level'>[],
): boolean {
  if (passkeys.length === 0) return true;
  const hasDeviceBound = passkeys.some((passkey) => passkey.level === 'device-passkey');
  return reaches(held, account.roles.length > 0 && hasDeviceBound ? 'device-passkey' : 'synced-passkey');
}

/** Methods for `amr` (RFC 8176): a hardware or a software key, and the person checked by the device. */
export const methodsOf = (level: PasskeyLevel): string[] => [level === 'device-passkey' ? 'hwk' : 'swk', 'user'];

/** One line of 1 to 60 signs, else undefined. */
export function parsePasskeyName(text: string): string | undefined {
  const name = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .trim();
  return name.length >= 1 && name.length <= 60 ? name : undefined;
}
