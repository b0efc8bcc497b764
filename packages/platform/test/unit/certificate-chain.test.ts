import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { pointOfJwk, verifyCertificateChain, X509Error } from '@lanyard/protocol/x509';
import { fromBER, Integer, Utf8String } from 'asn1js';
import * as pkijs from 'pkijs';
import { describe, expect, it } from 'vitest';
import { rsaCertificate } from '../../../protocol/test/unit/x509/made-by-others.js';
import { AT, ca, edited, issueCertificate, party, setExtension } from '../../../protocol/test/unit/x509/support.js';
import { type ChainPolicy, validateCertificateChain } from '../../src/certificates/validate-certificate-chain.js';

const root = party('root');
const middle = party('middle');
const signer = party('signer');
const wideRoot = (der: Uint8Array) =>
  edited(der, root.key, setExtension('2.5.29.19', true, Uint8Array.of(0x30, 3, 1, 1, 0xff)));
const rootDer = issueCertificate(root, root, ca);
const wide = wideRoot(rootDer);
const leafDer = issueCertificate(signer, root);
const middleDer = issueCertificate(middle, root, ca);
const belowMiddle = issueCertificate(signer, middle);
const usage = (der: Uint8Array, by: typeof root, bits: number) =>
  edited(der, by.key, setExtension('2.5.29.15', true, Uint8Array.of(3, 2, 0, bits)));
const flip = (der: Uint8Array, at: number) => {
  const changed = Uint8Array.from(der);
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
};

const codeOf = async (work: () => unknown) => {
  try {
    await work();
    return 'accepted';
  } catch (error) {
    if (error instanceof X509Error) return error.code;
    throw error;
  }
};
const validate = (chain: readonly Uint8Array[], policy: Partial<ChainPolicy> = {}) =>
  codeOf(() => validateCertificateChain(chain, { anchors: [rootDer], nowSeconds: AT, ...policy }));
const narrow = ([leaf = new Uint8Array(), ...chain]: readonly Uint8Array[], policy: Partial<ChainPolicy> = {}) =>
  codeOf(() =>
    verifyCertificateChain({
      ...{ leaf, chain, anchors: policy.anchors ?? [rootDer], atSeconds: policy.nowSeconds ?? AT, crypto: nodeCrypto },
      usage: policy.extendedKeyUsage === undefined ? {} : { extendedKeyUsage: policy.extendedKeyUsage },
    }),
  );
const bare = async (chain: readonly Uint8Array[], policy: Partial<ChainPolicy> = {}) => {
  try {
    const read = (der: Uint8Array) => new pkijs.Certificate({ schema: fromBER(new Uint8Array(der).buffer).result });
    const engine = new pkijs.CertificateChainValidationEngine({
      trustedCerts: (policy.anchors ?? [rootDer]).map(read),
      certs: [...chain].reverse().map(read),
      checkDate: new Date((policy.nowSeconds ?? AT) * 1000),
    });
    return (await engine.verify()).result;
  } catch {
    return false;
  }
};

/** Hostile chains that pkijs takes: why it is never asked alone. */
const PKIJS_ACCEPTS = [
  'intermediate below a root that allows none',
  'names that do not follow',
  'wrong order',
  'beyond the anchor',
  'leaf that may not sign',
  'byte too many',
  'unknown critical extension',
  'name constraints, critical',
  'purpose missing',
  'extension twice',
  'version 1',
];

type Case = [name: string, chain: readonly Uint8Array[], policy: Partial<ChainPolicy>, code: string, other?: string];
const impostor = party('root');
const other = party('other');
const deep = [
  issueCertificate(signer, middle),
  issueCertificate(middle, other, ca),
  wideRoot(issueCertificate(other, root, ca)),
];
const cases: Case[] = [
  ['anchor not sent', [leafDer], {}, 'accepted'],
  ['anchor sent', [leafDer, rootDer], {}, 'accepted'],
  ['an intermediate', [belowMiddle, middleDer], { anchors: [wide] }, 'accepted'],
  ['intermediate below a root that allows none', [belowMiddle, middleDer], {}, 'path-length-exceeded'],
  ['no anchor', [leafDer], { anchors: [] }, 'anchor-unknown'],
  [
    'anchor of the same name',
    [leafDer],
    { anchors: [issueCertificate(impostor, impostor, ca)] },
    'certificate-signature-invalid',
  ],
  [
    'root of its own sent along',
    [issueCertificate(signer, other), issueCertificate(other, other, ca)],
    {},
    'anchor-unknown',
  ],
  ['names that do not follow', [leafDer, issueCertificate(other, root, ca)], { anchors: [wide] }, 'chain-broken'],
  ['wrong order', [middleDer, belowMiddle], { anchors: [wide] }, 'leaf-is-a-ca'],
  ['beyond the anchor', [leafDer, rootDer, rootDer], {}, 'chain-broken'],
  [
    'expired leaf',
    [leafDer],
    { nowSeconds: AT + 101, anchors: [issueCertificate(root, root, { ...ca, notAfterSeconds: AT + 999 })] },
    'certificate-expired',
  ],
  [
    'leaf not valid yet',
    [issueCertificate(signer, root, { notBeforeSeconds: AT + 1 })],
    {},
    'certificate-not-yet-valid',
  ],
  [
    'expired anchor',
    [leafDer],
    { anchors: [issueCertificate(root, root, { ...ca, notAfterSeconds: AT - 1 })] },
    'certificate-expired',
  ],
  [
    'expired intermediate',
    [belowMiddle, issueCertificate(middle, root, { ...ca, notAfterSeconds: AT - 1 })],
    { anchors: [wide] },
    'certificate-expired',
  ],
  ['leaf as CA', [issueCertificate(middle, signer), leafDer], { anchors: [wide] }, 'issuer-not-a-ca'],
  ['CA that may not certify', [leafDer], { anchors: [usage(rootDer, root, 0x02)] }, 'key-usage-wrong'],
  ['leaf that may not sign', [usage(leafDer, root, 0x08)], {}, 'key-usage-wrong'],
  ['changed leaf', [flip(leafDer, 16)], {}, 'certificate-signature-invalid'],
  ['changed signature', [flip(leafDer, leafDer.length - 1)], {}, 'certificate-signature-invalid'],
  ['byte too many', [Uint8Array.of(...leafDer, 0)], {}, 'certificate-malformed'],
  ['no certificate', [Uint8Array.of(1, 2, 3)], {}, 'certificate-malformed'],
  [
    'unknown critical extension',
    [edited(leafDer, root.key, setExtension('1.2.3.4', true, Uint8Array.of(5, 0)))],
    {},
    'critical-extension-unknown',
  ],
  [
    'name constraints, critical',
    [leafDer],
    { anchors: [edited(rootDer, root.key, setExtension('2.5.29.30', true, Uint8Array.of(0x30, 0)))] },
    'critical-extension-unknown',
  ],
  ['purpose missing', [leafDer], { extendedKeyUsage: '1.0.18013.5.1.2' }, 'extended-key-usage-wrong'],
  [
    'extension twice',
    [edited(leafDer, root.key, (tbs) => void tbs.extensions?.push(tbs.extensions[0]!))],
    {},
    'certificate-malformed',
  ],
  [
    'version 1',
    [edited(leafDer, root.key, (tbs) => void Object.assign(tbs, { version: 0 }))],
    {},
    'certificate-version-wrong',
  ],
  // Where the two differ: the narrow profile takes three certificates and P-256 only.
  ['two intermediates', deep, { anchors: [wide] }, 'accepted', 'chain-too-long'],
  ['weak RSA key', [rsaCertificate], {}, 'key-not-allowed', 'signature-algorithm-not-allowed'],
];

describe('a chain of somebody else', () => {
  it.each(cases)('%s', async (_name, chain, policy, code, narrowCode = code) => {
    expect(await validate(chain, policy)).toBe(code);
    expect(await narrow(chain, policy)).toBe(narrowCode);
  });

  it('is more than pkijs alone would ask: these it accepts', async () => {
    const accepted: string[] = [];
    for (const [name, chain, policy, code] of cases)
      if (code !== 'accepted' && (await bare(chain, policy))) accepted.push(name);
    expect(accepted).toEqual(PKIJS_ACCEPTS);
    for (const [name, chain, policy, code] of cases)
      if (code === 'accepted') expect([name, await bare(chain, policy)]).toEqual([name, true]);
  });

  it('is bounded [none], [five certificates], [a certificate of 17 kB], [empty one]', async () => {
    expect(await validate([])).toBe('chain-too-long');
    expect(await validate(Array.from({ length: 5 }, () => leafDer))).toBe('chain-too-long');
    expect(await validate([new Uint8Array(17_000)])).toBe('certificate-malformed');
    expect(await validate([new Uint8Array()])).toBe('certificate-malformed');
  });

  it('tells the leaf’s names, key and serial, and the anchor it ended at', async () => {
    const uri = 'https://issuer.example.edu';
    const extendedKeyUsages = ['1.0.18013.5.1.2'];
    const leaf = issueCertificate(signer, root, { profile: { kind: 'leaf', uri, extendedKeyUsages } });
    const done = await validateCertificateChain([leaf], {
      ...{ anchors: [middleDer, rootDer], nowSeconds: AT, extendedKeyUsage: '1.0.18013.5.1.2' },
    });
    expect(done.leaf).toMatchObject({ uris: [uri], dnsNames: [], serial: '4001' });
    expect(Buffer.from(done.leaf.spki).subarray(-65)).toEqual(Buffer.from(pointOfJwk(signer.key.jwk)));
    expect(done.anchor).toEqual(rootDer);
    expect(await validate([leaf], { extendedKeyUsage: 'none' })).toBe('extended-key-usage-wrong');
    expect(await validate([leafDer], { extendedKeyUsage: 'none' })).toBe('accepted');
  });

  it('may be of other kinds of keys than ours [P-384 over RSA 2048]', async () => {
    const { subtle } = globalThis.crypto;
    const ec = { name: 'ECDSA', namedCurve: 'P-384' };
    const rsa = {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
    };
    const top = (await subtle.generateKey(ec, true, ['sign', 'verify'])) as CryptoKeyPair;
    const low = (await subtle.generateKey(rsa, true, ['sign', 'verify'])) as CryptoKeyPair;
    const make = async (name: string, issuer: string, key: CryptoKey, isCa: boolean) => {
      const certificate = new pkijs.Certificate();
      const named = (value: string) =>
        new pkijs.AttributeTypeAndValue({ type: '2.5.4.3', value: new Utf8String({ value }) });
      certificate.version = 2;
      certificate.serialNumber = new Integer({ value: 5 });
      certificate.subject.typesAndValues.push(named(name));
      certificate.issuer.typesAndValues.push(named(issuer));
      certificate.notBefore.value = new Date((AT - 100) * 1000);
      certificate.notAfter.value = new Date((AT + 100) * 1000);
      const constraints = new pkijs.BasicConstraints({ cA: isCa }).toSchema().toBER();
      certificate.extensions = [
        new pkijs.Extension({ extnID: '2.5.29.19', critical: true, extnValue: constraints }),
        new pkijs.Extension({
          ...{ extnID: '2.5.29.15', critical: true },
          extnValue: Uint8Array.of(3, 2, 0, isCa ? 0x06 : 0x80).buffer,
        }),
      ];
      await certificate.subjectPublicKeyInfo.importKey(key);
      await certificate.sign(top.privateKey, 'SHA-384');
      return new Uint8Array(certificate.toSchema(true).toBER());
    };
    const anchor = await make('top', 'top', top.publicKey, true);
    const leaf = await make('low', 'top', low.publicKey, false);
    expect(await validate([leaf], { anchors: [anchor] })).toBe('accepted');
    expect(await validate([flip(leaf, leaf.length - 1)], { anchors: [anchor] })).toBe('certificate-signature-invalid');
    expect(await narrow([leaf], { anchors: [anchor] })).toBe('signature-algorithm-not-allowed');
  });
});
