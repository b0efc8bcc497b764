import { jwsJsonPayload, parseJws, type Sign, signJws, verifyJws } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';

/** typ of signed audit heads. */
const AUDIT_HEAD_TYPE = 'lanyard-audit-head+jwt';

/** Keys of every audit signer there ever was, compressed, by kid as base64url: old heads stay checkable. */
export type AuditKeys = ReadonlyMap<string, Uint8Array>;

export function signAuditHead(
  head: { sequence: number; link: string; iat: number },
  signer: { kidText: string; sign: Sign },
): string {
  return signJws({ typ: AUDIT_HEAD_TYPE, kid: signer.kidText }, head, signer.sign);
}

/** What a signed head says, or undefined where its signer is unknown or its signature does not hold. */
export function readSignedAuditHead(jws: string, keys: AuditKeys): { sequence: number; link: string } | undefined {
  try {
    const parsed = parseJws(jws);
    const compressed = keys.get(String(parsed.header.kid));
    const key = compressed === undefined ? undefined : nodeCrypto.importVerifyKey(compressed);
    if (key === undefined) return undefined;
    verifyJws(parsed, key, { typ: AUDIT_HEAD_TYPE, crypto: nodeCrypto });
    const { sequence, link } = jwsJsonPayload(parsed);
    return typeof sequence === 'number' && typeof link === 'string' ? { sequence, link } : undefined;
  } catch {
    return undefined;
  }
}
