import { type KeyObject, randomBytes } from 'node:crypto';
import { createSigner, generateKeyPair, keyPairOf, nodeCrypto } from '@lanyard/protocol/node-crypto';
import {
  assembleCertificate,
  type CertificateName,
  type CertificatePlan,
  type CertifiedUse,
  compressPoint,
  createCertificateList,
  parseCertificate,
  pointOfJwk,
  prepareCertificate,
  type RevokedCertificate,
  signerProfile,
  signerSubject,
  verifyCertificateRequest,
} from '@lanyard/protocol/x509';
import { keyIdOf } from '../keys/sealed-store.js';

/** What the root is about to sign: given to `record`, which has to be durable when it returns. */
export type RootRecord =
  | {
      kind: 'certificate';
      serial: string;
      use: CertifiedUse | 'root';
      kid: string;
      fromSeconds: number;
      toSeconds: number;
    }
  | { kind: 'revocation-list'; number: number; serials: string[]; nextUpdateSeconds: number };
export type RecordRootSignature = (record: RootRecord) => void;

/** A signer that wants a certificate, as the issuer names it. */
export interface SignerRequest {
  use: CertifiedUse;
  /** PKCS #10, DER. */
  csr: Uint8Array;
  fromSeconds: number;
  toSeconds: number;
}

/** The root with its private key, for as long as a command runs. */
export interface OfflineRoot {
  readonly certificate: Uint8Array;
  /** @throws X509Error where the request does not prove its key, TypeError where its time is none a signer has */
  certify(request: SignerRequest, at: { nowSeconds: number; issuerUrl: string }): Uint8Array;
  revocationList(list: { number: number; nowSeconds: number; revoked: readonly RevokedCertificate[] }): Uint8Array;
}

const DAY_SECONDS = 86_400;
const ROOT_SECONDS = 3_652 * DAY_SECONDS;
/** Clocks of others may be a little behind. */
const BACKDATED_SECONDS = 300;
/** What was signed on a signer's last day lives up to 30 days, its status list a little longer. */
const OUTLIVES_SECONDS = 35 * DAY_SECONDS;
const LONGEST_SIGNER_SECONDS = 400 * DAY_SECONDS;
const LATEST_START_SECONDS = 60 * DAY_SECONDS;
/** A root in a safe signs a list now and then, not daily. */
const LIST_SECONDS = 90 * DAY_SECONDS;

export function rootName(universityName: string): CertificateName {
  return { commonName: `${universityName} root` };
}

/** Makes a root: P-256, ten years, certifies leaves only. The private key is the caller's to seal. */
export function makeRoot(
  universityName: string,
  { nowSeconds, record }: { nowSeconds: number; record: RecordRootSignature },
): { privateKey: KeyObject; certificate: Uint8Array } {
  const { privateKey, jwk, compressed } = generateKeyPair();
  const publicPoint = pointOfJwk(jwk);
  const plan: CertificatePlan = {
    serial: newSerial(),
    subject: rootName(universityName),
    issuer: rootName(universityName),
    publicPoint,
    issuerPoint: publicPoint,
    notBeforeSeconds: nowSeconds - BACKDATED_SECONDS,
    notAfterSeconds: nowSeconds + ROOT_SECONDS,
    profile: { kind: 'ca' },
  };
  record(recordOf(plan, 'root', keyIdOf(compressed).toString('hex')));
  return { privateKey, certificate: signPlan(plan, privateKey) };
}

/** The root ready to sign. @throws TypeError where certificate and key do not belong together */
export function openRoot(parts: {
  privateKey: KeyObject;
  certificate: Uint8Array;
  universityName: string;
  record: RecordRootSignature;
}): OfflineRoot {
  const { privateKey, certificate, universityName, record } = parts;
  const issuerPoint = pointOfJwk(keyPairOf(privateKey).jwk);
  const own = parseCertificate(certificate);
  if (!Buffer.from(own.publicPoint).equals(issuerPoint)) throw new TypeError('the root has another key');
  return {
    certificate,
    certify({ use, csr, fromSeconds, toSeconds }, { nowSeconds, issuerUrl }) {
      const publicPoint = verifyCertificateRequest(csr, nodeCrypto);
      const life = toSeconds - fromSeconds;
      if (life <= 0 || life > LONGEST_SIGNER_SECONDS || fromSeconds > nowSeconds + LATEST_START_SECONDS)
        throw new TypeError('no signer lives so long or begins so late');
      const kid = keyIdOf(compressPoint(publicPoint)).toString('hex');
      const plan: CertificatePlan = {
        serial: newSerial(),
        subject: signerSubject(use, kid, universityName),
        issuer: rootName(universityName),
        publicPoint,
        issuerPoint,
        notBeforeSeconds: fromSeconds,
        notAfterSeconds: Math.min(toSeconds + OUTLIVES_SECONDS, own.notAfterSeconds),
        profile: signerProfile(use, issuerUrl),
      };
      record(recordOf(plan, use, kid));
      return signPlan(plan, privateKey);
    },
    revocationList({ number, nowSeconds, revoked }) {
      const nextUpdateSeconds = nowSeconds + LIST_SECONDS;
      const serials = revoked.map(({ serial }) => Buffer.from(serial).toString('hex'));
      record({ kind: 'revocation-list', number, serials, nextUpdateSeconds });
      return createCertificateList(
        {
          issuer: rootName(universityName),
          ...{ issuerPoint, number, revoked, nextUpdateSeconds, thisUpdateSeconds: nowSeconds },
        },
        nodeCrypto,
        createSigner(privateKey),
      );
    },
  };
}

/** 16 random bytes that are a positive ASN.1 integer without a leading zero. */
function newSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

function recordOf(plan: CertificatePlan, use: CertifiedUse | 'root', kid: string): RootRecord {
  const { notBeforeSeconds: fromSeconds, notAfterSeconds: toSeconds } = plan;
  const serial = Buffer.from(plan.serial).toString('hex');
  return { kind: 'certificate', serial, use, kid, fromSeconds, toSeconds };
}

function signPlan(plan: CertificatePlan, privateKey: KeyObject): Uint8Array {
  const prepared = prepareCertificate(plan, nodeCrypto);
  return assembleCertificate(prepared, createSigner(privateKey)(prepared.toBeSigned));
}
