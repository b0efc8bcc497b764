import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeDurably } from '@lanyard/platform';
import type { Installation } from './read-installation.js';

/** Makes the operator token when missing; services get only its digest. */
export function ensureOperatorToken(installation: Installation): string {
  const { operatorToken, operatorTokenDigest } = installation.files;
  if (!existsSync(operatorToken)) writeDurably(operatorToken, Buffer.from(randomBytes(32).toString('base64url')));
  const token = readFileSync(operatorToken, 'utf8').trim();
  writeDurably(operatorTokenDigest, Buffer.from(createHash('sha256').update(token).digest('hex')));
  return token;
}

/** The token for a command, or undefined where this account may not read it. */
export function readOperatorToken(installation: Installation): string | undefined {
  try {
    return readFileSync(installation.files.operatorToken, 'utf8').trim();
  } catch {
    return undefined;
  }
}
