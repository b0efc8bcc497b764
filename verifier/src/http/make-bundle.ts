import { randomBytes } from 'node:crypto';
import { createPkcs12, Refusal } from '@lanyard/platform';
import { generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { pointOfJwk, verifyCertificateRequest, X509Error } from '@lanyard/protocol/x509';
import { z } from 'zod';
import type { MachineAuthority, MachineCertificate } from '../adapters/machine-authority.js';

/** A request for a certificate (PKCS#10), base64url; ours has some 250 bytes. */
export const zCertificateRequest = z.string().regex(/^[A-Za-z0-9_-]{100,1000}$/);
/** 144 bits: nobody has to type it. */
const PASSPHRASE_BYTES = 18;
export const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** A key and its certificate as PKCS#12 with a passphrase; `record` writes down what is about to be signed. */
export async function makeBundle(
  authority: MachineAuthority,
  id: string,
  record: (plan: MachineCertificate) => Promise<void>,
): Promise<{ bundle: string; passphrase: string; not_after: string }> {
  const pair = generateKeyPair();
  const plan = authority.plan(pointOfJwk(pair.jwk));
  await record(plan);
  const passphrase = randomBytes(PASSPHRASE_BYTES).toString('base64url');
  const identity = {
    privateKey: pair.privateKey,
    certificate: authority.sign(id, plan),
    authority: authority.certificate,
  };
  const bundle = base64(await createPkcs12(identity, id, passphrase));
  return { bundle, passphrase, not_after: new Date(plan.toSeconds * 1000).toISOString() };
}

/** The key a certificate is asked for, whose owner proved it. @throws Refusal `certificate-request-invalid` */
export function provenPoint(request: string): Uint8Array {
  try {
    return verifyCertificateRequest(new Uint8Array(Buffer.from(request, 'base64url')), nodeCrypto);
  } catch (cause) {
    if (cause instanceof X509Error) throw new Refusal('certificate-request-invalid', { cause });
    throw cause;
  }
}
