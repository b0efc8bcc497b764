import { decodeBase64url } from '@lanyard/protocol';
import { z } from 'zod';
import type { TrustListSource } from './open-trust-list.js';

/** Settings of every service that follows the trust list; with {@link hasTrustListKey} as a refinement. */
export const TRUST_LIST_SETTINGS = {
  LANYARD_TRUST_LIST: z
    .string()
    .default('')
    .describe('Trust list of universities: an https address or a file; empty where there is none'),
  LANYARD_TRUST_LIST_KEY: z
    .string()
    .regex(/^([A-Za-z0-9_-]{44})?$/)
    .default('')
    .describe('Compressed P-256 key of the list operator, base64url, pinned at installation'),
  LANYARD_FETCH_ALLOW: z
    .string()
    .default('')
    .describe('Hosts (host or host:port, comma-separated) that may be private or plain http; empty in production'),
};

interface TrustListSettings {
  LANYARD_TRUST_LIST: string;
  LANYARD_TRUST_LIST_KEY: string;
}

export const hasTrustListKey: [(config: TrustListSettings) => boolean, { message: string; path: string[] }] = [
  (config: TrustListSettings) => (config.LANYARD_TRUST_LIST === '') === (config.LANYARD_TRUST_LIST_KEY === ''),
  {
    message: 'goes with LANYARD_TRUST_LIST: a list is trusted by its operator’s key alone',
    path: ['LANYARD_TRUST_LIST_KEY'],
  },
];

/** Undefined where there is no list. */
export function trustListSourceOf(config: TrustListSettings): TrustListSource | undefined {
  if (config.LANYARD_TRUST_LIST === '') return undefined;
  return { address: config.LANYARD_TRUST_LIST, operatorKey: decodeBase64url(config.LANYARD_TRUST_LIST_KEY) };
}
