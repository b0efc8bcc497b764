import { validateCertificateChain } from '@lanyard/platform';
import { CREDENTIAL_CONFIGURATION_IDS, parseP256Jwk, readableX5cChain, type VerifyKey } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { compressPoint, publicPointOf, X509Error } from '@lanyard/protocol/x509';
import { z } from 'zod';

const zStrings = z.array(z.string().min(1).max(200)).min(1).max(8);

/** One provider of attestations: the keys it signs with, by `kid`, or the roots its certificates end at. */
const zAttester = z
  .strictObject({
    /** Compared with `iss` where the attestation has one. */
    iss: z.string().min(1).max(300).optional(),
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(10) }).optional(),
    /** Base64 DER. */
    anchors: z.array(z.base64()).min(1).max(10).optional(),
  })
  .refine((one) => one.jwks !== undefined || one.anchors !== undefined, 'an attester needs jwks or anchors');
const zAttesters = z.array(zAttester).min(1).max(20);

/** `LANYARD_WALLET_ATTESTERS`: who may attest wallets (appendix E) and keys (appendix D), and what has to be attested. */
export const zWalletAttesters = z.strictObject({
  wallets: z.strictObject({ required: z.boolean(), attesters: zAttesters }).optional(),
  keys: z
    .partialRecord(
      z.enum(CREDENTIAL_CONFIGURATION_IDS),
      z.strictObject({
        required: z.boolean(),
        attesters: zAttesters,
        key_storage: zStrings.optional(),
        user_authentication: zStrings.optional(),
      }),
    )
    .default({}),
});
export type WalletAttesters = z.output<typeof zWalletAttesters>;
export type Attester = z.output<typeof zAttester>;
export type KeyAttestationPolicy = NonNullable<WalletAttesters['keys']['student-id-sd-jwt']>;

export const NO_ATTESTERS: WalletAttesters = { keys: {} };

/** An attestation that does not hold; the message is for the log. */
export class AttestationError extends Error {}

/**
 * The key that signed an attestation, if one of `attesters` vouches for it: by `kid` among its keys, or by an `x5c` chain
 * to one of its roots, which are made by others, so the wide check of chains. A key inside the attestation itself counts
 * for nothing.
 * @throws AttestationError
 */
export async function attesterKey(
  header: { readonly [name: string]: unknown },
  iss: unknown,
  attesters: readonly Attester[],
  nowSeconds: number,
): Promise<VerifyKey> {
  const { kid, x5c } = header;
  if ((kid === undefined) === (x5c === undefined)) throw new AttestationError('one of kid and x5c');
  for (const attester of attesters) {
    if (attester.iss !== undefined && attester.iss !== iss) continue;
    const key = x5c === undefined ? keyOfKid(attester, kid) : await keyOfChain(attester, x5c, nowSeconds);
    if (key !== undefined) return key;
  }
  throw new AttestationError('attester unknown');
}

function keyOfKid(attester: Attester, kid: unknown): VerifyKey | undefined {
  const jwk = attester.jwks?.keys.find((one) => one['kid'] === kid);
  return jwk === undefined ? undefined : nodeCrypto.importVerifyKey(parseP256Jwk(jwk).compressed);
}

async function keyOfChain(attester: Attester, x5c: unknown, nowSeconds: number): Promise<VerifyKey | undefined> {
  if (attester.anchors === undefined) return undefined;
  const chain = readableX5cChain(x5c);
  if (chain.length === 0) return undefined;
  try {
    const anchors = attester.anchors.map((anchor) => new Uint8Array(Buffer.from(anchor, 'base64')));
    const { leaf } = await validateCertificateChain(chain, { anchors, nowSeconds });
    return nodeCrypto.importVerifyKey(compressPoint(publicPointOf(leaf.spki)));
  } catch (error) {
    if (error instanceof X509Error) return undefined;
    throw error;
  }
}
