import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import type { Clock, SealedStore } from '@lanyard/platform';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import {
  assembleCertificate,
  type CertificatePlan,
  type LeafProfile,
  parseCertificate,
  pointOfJwk,
  prepareCertificate,
} from '@lanyard/protocol/x509';
import { z } from 'zod';

/** What a certificate will say; written down by its caller before {@link MachineAuthority.sign}. */
export interface MachineCertificate {
  readonly serial: Buffer;
  /** Uncompressed P-256 point. */
  readonly publicPoint: Uint8Array;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** What a CA for machines is for, and where it lies sealed. */
export interface MachineAuthorityPlan {
  readonly file: string;
  readonly name: string;
  /** In front of the id, as the certificate's URI. */
  readonly urn: string;
}
export const FLEET: MachineAuthorityPlan = { file: 'fleet-authority', name: 'fleet', urn: 'urn:lanyard:agent:' };
export const PARTNERS: MachineAuthorityPlan = {
  file: 'partner-authority',
  name: 'partners',
  urn: 'urn:lanyard:partner:',
};

/** A CA for machines that call: its certificates open one listener each and make nobody a student. */
export interface MachineAuthority {
  /** DER. */
  readonly certificate: Uint8Array;
  plan(publicPoint: Uint8Array): MachineCertificate;
  /** Certificate of one of its machines, for TLS clients only. */
  sign(id: string, plan: MachineCertificate): Uint8Array;
  /** Key and certificate of the listener itself, made anew for each process. */
  makeServer(host: string): { privateKey: KeyObject; certificate: Uint8Array; toMs: number };
}

const CA_SECONDS = 3_652 * 86_400;
const LEAF_SECONDS = 365 * 86_400;
/** Clocks of gates may be a little behind. */
const BACKDATED_SECONDS = 300;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const zKept = z.object({ private_key: z.string(), certificate: z.string() });

/** Opens the CA; makes it on the first start, ten years, P-256. */
export function openMachineAuthority(
  store: SealedStore,
  { file, name, urn }: MachineAuthorityPlan,
  universityName: string,
  clock: Clock,
): MachineAuthority {
  if (store.read(file) === undefined) store.write(file, make(`${universityName} ${name}`.trim(), clock.nowSeconds()));
  const text = store.read(file);
  if (text === undefined) throw new TypeError(`the CA ${file} cannot be read back`);
  const kept = zKept.parse(JSON.parse(text.toString('utf8')));
  const privateKey = createPrivateKey(kept.private_key);
  const certificate = new Uint8Array(Buffer.from(kept.certificate, 'base64'));
  const own = parseCertificate(certificate);

  function plan(publicPoint: Uint8Array): MachineCertificate {
    const fromSeconds = clock.nowSeconds() - BACKDATED_SECONDS;
    const toSeconds = Math.min(clock.nowSeconds() + LEAF_SECONDS, own.notAfterSeconds);
    return { serial: newSerial(), publicPoint, fromSeconds, toSeconds };
  }
  function signLeaf(commonName: string, leaf: MachineCertificate, profile: LeafProfile): Uint8Array {
    return signPlan(privateKey, {
      ...{ serial: leaf.serial, subject: { commonName }, issuer: own.subject, publicPoint: leaf.publicPoint },
      ...{ issuerPoint: own.publicPoint, notBeforeSeconds: leaf.fromSeconds, notAfterSeconds: leaf.toSeconds },
      profile,
    });
  }
  return {
    certificate,
    plan,
    sign: (id, leaf) => signLeaf(id, leaf, { kind: 'leaf', uri: `${urn}${id}`, extendedKeyUsages: [CLIENT_AUTH] }),
    makeServer(host) {
      const pair = generateKeyPair();
      const leaf = plan(pointOfJwk(pair.jwk));
      const profile: LeafProfile = { kind: 'leaf', dnsName: host, extendedKeyUsages: [SERVER_AUTH] };
      return {
        privateKey: pair.privateKey,
        certificate: signLeaf(host, leaf, profile),
        toMs: leaf.toSeconds * 1000,
      };
    },
  };
}

function make(commonName: string, nowSeconds: number): Buffer {
  const { privateKey, jwk } = generateKeyPair();
  const point = pointOfJwk(jwk);
  const name = { commonName };
  const certificate = signPlan(privateKey, {
    ...{ serial: newSerial(), subject: name, issuer: name, publicPoint: point, issuerPoint: point },
    ...{ notBeforeSeconds: nowSeconds - BACKDATED_SECONDS, notAfterSeconds: nowSeconds + CA_SECONDS },
    profile: { kind: 'ca' },
  });
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return Buffer.from(JSON.stringify({ private_key: pem, certificate: Buffer.from(certificate).toString('base64') }));
}

/** 16 random bytes that are a positive ASN.1 integer without a leading zero. */
function newSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

function signPlan(privateKey: KeyObject, plan: CertificatePlan): Uint8Array {
  const prepared = prepareCertificate(plan, nodeCrypto);
  return assembleCertificate(prepared, createSigner(privateKey)(prepared.toBeSigned));
}

export const pemOf = (der: Uint8Array): string => new X509Certificate(der).toString();
