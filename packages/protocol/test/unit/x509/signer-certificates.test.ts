import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import {
  type CertificateListPlan,
  createCertificateList,
  verifyCertificateList,
} from '../../../src/x509/certificate-list.js';
import type { LeafProfile } from '../../../src/x509/create-certificate.js';
import { pointOfJwk } from '../../../src/x509/es256.js';
import { parseCertificate } from '../../../src/x509/parse-certificate.js';
import { EKU_MDOC_DOCUMENT_SIGNER, EKU_STATUS_SIGNER } from '../../../src/x509/purposes.js';
import { type CertificateChainInput, verifyCertificateChain } from '../../../src/x509/verify-certificate-chain.js';
import { AT, ca, codeOf, edited, HOST, issueCertificate, party, setExtension } from './support.js';

const ISSUER = 'https://issuer.example.edu';
const root = party('root');
const signer = party('signer');
const rootDer = issueCertificate(root, root, ca);
const leafOf = (profile: Omit<LeafProfile, 'kind'>, serial = Uint8Array.of(0x40, 1)) =>
  issueCertificate(signer, root, { serial, profile: { kind: 'leaf', ...profile } });
const documentProfile = {
  uri: ISSUER,
  extendedKeyUsages: [EKU_MDOC_DOCUMENT_SIGNER],
  revocationListUri: `${ISSUER}/crl`,
};
const check = (leaf: Uint8Array, change: Partial<CertificateChainInput> = {}) =>
  codeOf(() =>
    verifyCertificateChain({
      leaf,
      chain: [],
      anchors: [rootDer],
      atSeconds: AT,
      usage: {},
      crypto: nodeCrypto,
      ...change,
    }),
  );

describe('the certificate of a signer', () => {
  const document = leafOf(documentProfile);
  const status = leafOf({ uri: `${ISSUER}/status-lists` });

  it('says purpose, name and where revoked ones are listed, with Node as oracle', () => {
    const parsed = parseCertificate(document);
    expect(parsed.uris).toEqual([ISSUER]);
    expect(parsed.dnsNames).toEqual([]);
    expect(parsed.extendedKeyUsages).toEqual([EKU_MDOC_DOCUMENT_SIGNER]);
    expect(Buffer.from(parsed.serial).toString('hex')).toBe('4001');
    const read = new X509Certificate(document);
    expect(read.subjectAltName).toBe(`URI:${ISSUER}`);
    expect(read.keyUsage).toEqual([EKU_MDOC_DOCUMENT_SIGNER]);
    expect(read.verify(new X509Certificate(rootDer).publicKey)).toBe(true);
    expect(new X509Certificate(leafOf({ uri: ISSUER, dnsName: HOST })).subjectAltName).toBe(
      `DNS:${HOST}, URI:${ISSUER}`,
    );
  });

  it('is for its purpose alone [documents], [lists], [a list signed by a document signer], [the other way round], [neither asked]', async () => {
    const documents = { extendedKeyUsage: EKU_MDOC_DOCUMENT_SIGNER };
    const lists = { extendedKeyUsage: EKU_STATUS_SIGNER };
    expect(await check(document, { usage: documents })).toBe('accepted');
    expect(await check(status, { usage: lists })).toBe('accepted');
    expect(await check(document, { usage: lists })).toBe('extended-key-usage-wrong');
    expect(await check(status, { usage: documents })).toBe('extended-key-usage-wrong');
    expect(await check(document)).toBe('accepted');
  });

  it('is for its issuer alone, byte for byte [the one], [another], [a slash more], [upper case], [a host name]', async () => {
    const named = (uri: string) => check(document, { usage: { uri } });
    expect(await named(ISSUER)).toBe('accepted');
    for (const other of ['https://other.example.edu', `${ISSUER}/`, ISSUER.toUpperCase()])
      expect(await named(other)).toBe('certificate-name-wrong');
    expect(await check(leafOf({ dnsName: 'issuer.example.edu' }), { usage: { uri: ISSUER } })).toBe(
      'certificate-name-wrong',
    );
  });

  it('says which CA signed it and where that CA lists what it took back [listed], [nowhere], [below an intermediate]', () => {
    const verified = (leaf: Uint8Array, chain: Uint8Array[] = [], anchor = rootDer) =>
      verifyCertificateChain({ leaf, chain, anchors: [anchor], atSeconds: AT, usage: {}, crypto: nodeCrypto });
    expect(verified(document).certifiedBy.der).toEqual(rootDer);
    expect(verified(document).revocationListUris).toEqual([`${ISSUER}/crl`]);
    expect(verified(status).revocationListUris).toEqual([]);
    const middle = party('middle');
    const wide = edited(rootDer, root.key, setExtension('2.5.29.19', true, Uint8Array.of(0x30, 3, 1, 1, 0xff)));
    const middleDer = issueCertificate(middle, root, ca);
    const below = issueCertificate(signer, middle, { profile: { kind: 'leaf', ...documentProfile } });
    expect(verified(below, [middleDer], wide).certifiedBy.der).toEqual(middleDer);
  });

  it('needs a name [none], and a serial read without its leading zero', () => {
    expect(() => leafOf({})).toThrow(TypeError);
    expect(Buffer.from(parseCertificate(leafOf({ uri: ISSUER }, Uint8Array.of(1))).serial).toString('hex')).toBe('01');
  });
});

describe('a list of revoked certificates', () => {
  const plan = (change: Partial<CertificateListPlan> = {}): CertificateListPlan => ({
    issuer: { commonName: 'root' },
    issuerPoint: pointOfJwk(root.key.jwk),
    number: 7,
    thisUpdateSeconds: AT,
    nextUpdateSeconds: AT + 100,
    revoked: [
      { serial: Uint8Array.of(0x40, 1), sinceSeconds: AT, reason: 'key-compromise' },
      { serial: Uint8Array.of(0x90, 2), sinceSeconds: AT, reason: 'unspecified' },
    ],
    ...change,
  });
  const made = (change: Partial<CertificateListPlan> = {}, by = root) =>
    createCertificateList(plan(change), nodeCrypto, by.key.sign);
  const read = (der: Uint8Array, atSeconds = AT) =>
    verifyCertificateList(der, parseCertificate(rootDer), { crypto: nodeCrypto, atSeconds });

  it('names the serials it revokes and its number [two], [none]', () => {
    const list = read(made());
    expect(list.serials.map((serial) => Buffer.from(serial).toString('hex'))).toEqual(['4001', '9002']);
    expect(list).toMatchObject({ number: 7, nextUpdateSeconds: AT + 100 });
    expect(read(made({ revoked: [] })).serials).toEqual([]);
  });

  it('is refused [another key], [another issuer], [changed], [longer], [not DER], [overdue]', async () => {
    const codes = (der: Uint8Array, atSeconds?: number) => codeOf(() => read(der, atSeconds));
    expect(await codes(made({}, party('root')))).toBe('revocation-list-signature-invalid');
    expect(await codes(made({ issuer: { commonName: 'other' } }))).toBe('revocation-list-signature-invalid');
    const changed = Uint8Array.from(made());
    const at = Buffer.from(changed).indexOf(Buffer.of(0x40, 1));
    changed[at + 1] = 3;
    expect(await codes(changed)).toBe('revocation-list-signature-invalid');
    expect(await codes(Uint8Array.of(...made(), 0))).toBe('revocation-list-malformed');
    expect(await codes(Uint8Array.of(1, 2, 3))).toBe('revocation-list-malformed');
    expect(await codes(new Uint8Array(300_000))).toBe('revocation-list-malformed');
    expect(await codes(made(), AT + 101)).toBe('revocation-list-too-old');
    expect(await codes(made(), AT + 100)).toBe('accepted');
  });
});
