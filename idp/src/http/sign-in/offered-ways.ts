import { type AcrLevel, reaches } from '@lanyard/platform';
import type { Interaction } from '../../adapters/provider/interactions.js';
import type { Text } from '../pages/layout.js';

export interface OfferedWays {
  passkey: boolean;
  wallet: boolean;
  /** The student ID before the passkey: nothing else reaches. */
  walletFirst: boolean;
  password: boolean;
  codes: boolean;
  /** Why something that people know is missing, or which of theirs will do. */
  note: Text | undefined;
}

/** Ways that can reach what is needed; offering others would only lead people in circles. */
export function offeredWays(
  interaction: Pick<Interaction, 'needed' | 'party'>,
  passwordsAllowed: boolean,
): OfferedWays {
  const { needed, party } = interaction;
  const can = (level: AcrLevel) => reaches(level, needed);
  return {
    passkey: can('device-passkey'),
    wallet: party.people !== 'staff',
    walletFirst: !can('device-passkey'),
    password: passwordsAllowed && can('password'),
    codes: can('device-passkey'),
    note: NOTES[needed],
  };
}

const NOTES: Record<AcrLevel, Text | undefined> = {
  password: undefined,
  'synced-passkey': undefined,
  'device-passkey': {
    zh: '这个系统只接受绑定在本机或安全钥匙上的通行密钥；会同步到云端的通行密钥和密码不行。',
    en: 'This service takes only passkeys bound to a device or a security key. Synced passkeys and passwords do not reach it.',
  },
  'wallet-presentation': {
    zh: '这个系统只接受出示学生证登录；通行密钥和密码不够。',
    en: 'This service takes only the student ID itself. Passkeys and passwords do not reach it.',
  },
};
