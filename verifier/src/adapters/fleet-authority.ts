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

/** What a certificate will say; written down by its caller before {@link FleetAuthority.sign}. */
export interface FleetCertificate {
  readonly serial: Buffer;
  /** Uncompressed P-256 point. */
  readonly publicPoint: Uint8Array;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** The CA of agents' machines: its certificates open the agents' listener and make nobody a student. */
export interface FleetAuthority {
  /** DER. */
  readonly certificate: Uint8Array;
  plan(publicPoint: Uint8Array): FleetCertificate;
  /** Certificate of an agent, for TLS clients only. */
  sign(agentId: string, plan: FleetCertificate): Uint8Array;
  /** Key and certificate of the listener itself, made anew for each process. */
  makeServer(host: string): { privateKey: KeyObject; certificate: Uint8Array; toMs: number };
}

const FILE = 'fleet-authority';
const CA_SECONDS = 3_652 * 86_400;
const LEAF_SECONDS = 365 * 86_400;
/** Clocks of gates may be a little behind. */
const BACKDATED_SECONDS = 300;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const zKept = z.object({ private_key: z.string(), certificate: z.string() });

/** Opens the CA; makes it on the first start, ten years, P-256. */
export function openFleetAuthority(store: SealedStore, universityName: string, clock: Clock): FleetAuthority {
  if (store.read(FILE) === undefined) store.write(FILE, make(universityName, clock.nowSeconds()));
  const text = store.read(FILE);
  if (text === undefined) throw new TypeError('the fleet’s CA cannot be read back');
  const kept = zKept.parse(JSON.parse(text.toString('utf8')));
  const privateKey = createPrivateKey(kept.private_key);
  const certificate = new Uint8Array(Buffer.from(kept.certificate, 'base64'));
  const own = parseCertificate(certificate);

  function plan(publicPoint: Uint8Array): FleetCertificate {
    const fromSeconds = clock.nowSeconds() - BACKDATED_SECONDS;
    const toSeconds = Math.min(clock.nowSeconds() + LEAF_SECONDS, own.notAfterSeconds);
    return { serial: newSerial(), publicPoint, fromSeconds, toSeconds };
  }
  function signLeaf(commonName: string, leaf: FleetCertificate, profile: LeafProfile): Uint8Array {
    return signPlan(privateKey, {
      ...{ serial: leaf.serial, subject: { commonName }, issuer: own.subject, publicPoint: leaf.publicPoint },
      ...{ issuerPoint: own.publicPoint, notBeforeSeconds: leaf.fromSeconds, notAfterSeconds: leaf.toSeconds },
      profile,
    });
  }
  return {
    certificate,
    plan,
    sign: (agentId, leaf) =>
      signLeaf(agentId, leaf, {
        ...{ kind: 'leaf', uri: `urn:lanyard:agent:${agentId}`, extendedKeyUsages: [CLIENT_AUTH] },
      }),
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

function make(universityName: string, nowSeconds: number): Buffer {
  const { privateKey, jwk } = generateKeyPair();
  const point = pointOfJwk(jwk);
  const name = { commonName: `${universityName} fleet`.trim() };
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
