import { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { ExtendedKeyUsage, type Extension, KeyUsage, KeyUsageFlags } from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { parseClientId } from '../../../src/openid4vp/client-id.js';
import { certificateHasClientId, certificateHash, dnsNamesOf } from '../../../src/x509/certificate-identity.js';
import { createCertificateRequest, verifyCertificateRequest } from '../../../src/x509/certificate-request.js';
import { X509Error } from '../../../src/x509/errors.js';
import { pointOfJwk, signatureFromDer, signatureToDer, webVerifyEs256 } from '../../../src/x509/es256.js';
import { parseCertificate } from '../../../src/x509/parse-certificate.js';
import {
  type CertificateChainInput,
  verifyCertificateChain,
  verifyCertificateChainAsync,
} from '../../../src/x509/verify-certificate-chain.js';
import { testKey } from '../jws/support.js';
import {
  certificateRequest,
  p384Certificate,
  requestedPoint,
  rsaCertificate,
  sha384Certificate,
} from './made-by-others.js';
import { AT, ca, codeOf, edited, HOST, issueCertificate, party, setExtension } from './support.js';

const root = party('root');
const middle = party('middle');
const reader = party('reader');
const rootDer = issueCertificate(root, root, ca);
const leafDer = issueCertificate(reader, root);
const input = (change: Partial<CertificateChainInput> = {}): CertificateChainInput => ({
  leaf: leafDer,
  chain: [],
  anchors: [rootDer],
  atSeconds: AT,
  usage: {},
  ...change,
});
/** Both drivers have to say the same. */
const check = async (change: Partial<CertificateChainInput> = {}) => {
  const sync = await codeOf(() => verifyCertificateChain({ ...input(change), crypto: nodeCrypto }));
  expect(await codeOf(() => verifyCertificateChainAsync({ ...input(change), verifyEs256: webVerifyEs256 }))).toBe(sync);
  return sync;
};
describe('a certificate chain', () => {
  it('ends at an anchor [anchor not sent], [anchor sent], [an intermediate]', async () => {
    const verified = verifyCertificateChain({ ...input(), crypto: nodeCrypto });
    expect(verified.publicPoint).toEqual(pointOfJwk(reader.key.jwk));
    expect(await check({ chain: [rootDer] })).toBe('accepted');
    const middleDer = issueCertificate(middle, root, ca);
    const below = { leaf: issueCertificate(reader, middle), chain: [middleDer] };
    expect(await check({ ...below, anchors: [middleDer] })).toBe('accepted');
    // Our own roots allow no intermediate: pathLenConstraint is 0.
    expect(await check(below)).toBe('path-length-exceeded');
    const wide = edited(rootDer, root.key, setExtension('2.5.29.19', true, Uint8Array.of(0x30, 3, 1, 1, 0xff)));
    expect(await check({ ...below, anchors: [wide] })).toBe('accepted');
    expect(await check({ ...below, chain: [middleDer, wide], anchors: [wide] })).toBe('accepted');
  });

  it('is refused where nobody trusted stands at its end [no anchor], [other name], [same name, other key], [own root sent]', async () => {
    expect(await check({ anchors: [] })).toBe('anchor-unknown');
    const stranger = party('stranger');
    expect(await check({ anchors: [issueCertificate(stranger, stranger, ca)] })).toBe('anchor-unknown');
    const impostor = party('root');
    const impostorDer = issueCertificate(impostor, impostor, ca);
    expect(await check({ anchors: [impostorDer] })).toBe('certificate-signature-invalid');
    // Checked before the signature: our root allows nothing between it and a leaf.
    expect(await check({ leaf: issueCertificate(reader, impostor), chain: [impostorDer] })).toBe(
      'path-length-exceeded',
    );
    expect(
      await check({ leaf: issueCertificate(reader, stranger), chain: [issueCertificate(stranger, stranger, ca)] }),
    ).toBe('anchor-unknown');
  });

  it('takes the one of two anchors with one name that signed', async () => {
    const impostor = party('root');
    expect(await check({ anchors: [issueCertificate(impostor, impostor, ca), rootDer] })).toBe('accepted');
  });

  it('is refused in its order [names], [beyond the anchor], [too long]', async () => {
    const other = party('other');
    expect(await check({ chain: [issueCertificate(other, root, ca)] })).toBe('chain-broken');
    expect(await check({ chain: [rootDer, rootDer] })).toBe('chain-broken');
    expect(await check({ chain: [rootDer, rootDer, rootDer] })).toBe('chain-too-long');
    const deep = issueCertificate(middle, other, ca);
    const wide = edited(
      issueCertificate(other, root, ca),
      root.key,
      setExtension('2.5.29.19', true, Uint8Array.of(0x30, 3, 1, 1, 0xff)),
    );
    expect(await check({ leaf: issueCertificate(reader, middle), chain: [deep, wide] })).toBe('chain-too-long');
  });

  it('is valid to the second, each certificate [leaf], [anchor]', async () => {
    const long = issueCertificate(root, root, { ...ca, notBeforeSeconds: AT - 9_999, notAfterSeconds: AT + 9_999 });
    const at = (atSeconds: number) => check({ atSeconds, anchors: [long] });
    expect(await at(AT - 100)).toBe('accepted');
    expect(await at(AT - 101)).toBe('certificate-not-yet-valid');
    expect(await at(AT + 100)).toBe('accepted');
    expect(await at(AT + 101)).toBe('certificate-expired');
    const short = issueCertificate(root, root, { ...ca, notAfterSeconds: AT - 1 });
    expect(await check({ anchors: [short] })).toBe('certificate-expired');
    const early = issueCertificate(root, root, { ...ca, notBeforeSeconds: AT + 1 });
    expect(await check({ anchors: [early], chain: [early] })).toBe('certificate-not-yet-valid');
  });

  it('keeps CAs and leaves apart [CA as leaf], [leaf as CA], [CA without keyCertSign], [leaf without digitalSignature], [no key usage]', async () => {
    expect(await check({ leaf: issueCertificate(reader, root, ca) })).toBe('leaf-is-a-ca');
    const below = issueCertificate(middle, reader);
    expect(await check({ leaf: below, chain: [leafDer] })).toBe('issuer-not-a-ca');
    const usage = (flags: number) => setExtension('2.5.29.15', true, AsnConvert.serialize(new KeyUsage(flags)));
    const crlOnly = edited(rootDer, root.key, usage(KeyUsageFlags.cRLSign));
    expect(await check({ anchors: [crlOnly] })).toBe('key-usage-wrong');
    expect(await check({ leaf: edited(leafDer, root.key, usage(KeyUsageFlags.keyAgreement)) })).toBe('key-usage-wrong');
    const without = edited(leafDer, root.key, (tbs) => {
      tbs.extensions?.splice(0, tbs.extensions.length);
    });
    expect(await check({ leaf: without })).toBe('key-usage-wrong');
  });

  it('is for what the caller wants [extended key usage missing], [another], [the one]', async () => {
    const usage = { extendedKeyUsage: '1.0.18013.5.1.6' };
    const withUsage = (...ids: string[]) =>
      edited(leafDer, root.key, setExtension('2.5.29.37', true, AsnConvert.serialize(new ExtendedKeyUsage(ids))));
    expect(await check({ usage })).toBe('extended-key-usage-wrong');
    expect(await check({ usage, leaf: withUsage('1.3.6.1.5.5.7.3.1') })).toBe('extended-key-usage-wrong');
    expect(await check({ usage, leaf: withUsage('1.3.6.1.5.5.7.3.1', '1.0.18013.5.1.6') })).toBe('accepted');
  });

  it('is refused when changed [tbs], [signature], [trailing byte], [critical extension], [extension twice], [version 1]', async () => {
    const flip = (at: number) => {
      const changed = Uint8Array.from(leafDer);
      changed[at] = (changed[at] as number) ^ 1;
      return changed;
    };
    expect(await check({ leaf: flip(16) })).toBe('certificate-signature-invalid');
    expect(await check({ leaf: flip(leafDer.length - 1) })).toBe('certificate-signature-invalid');
    expect(await check({ leaf: Uint8Array.of(...leafDer, 0) })).toBe('certificate-malformed');
    expect(await check({ leaf: new Uint8Array(9_000) })).toBe('certificate-malformed');
    const unknown = edited(leafDer, root.key, setExtension('1.2.3.4', true, Uint8Array.of(5, 0)));
    expect(await check({ leaf: unknown })).toBe('critical-extension-unknown');
    const harmless = edited(leafDer, root.key, setExtension('1.2.3.4', false, Uint8Array.of(5, 0)));
    expect(await check({ leaf: harmless })).toBe('accepted');
    const twice = edited(leafDer, root.key, (tbs) => {
      tbs.extensions?.push(tbs.extensions[0] as Extension);
    });
    expect(await check({ leaf: twice })).toBe('certificate-malformed');
    const old = edited(leafDer, root.key, (tbs) => {
      tbs.version = 0;
    });
    expect(await check({ leaf: old })).toBe('certificate-version-wrong');
  });

  it('knows P-256 and ECDSA with SHA-256 only [P-384 key], [RSA], [SHA-384 named]', async () => {
    expect(await check({ leaf: p384Certificate })).toBe('key-not-p256');
    expect(await check({ leaf: rsaCertificate })).toBe('signature-algorithm-not-allowed');
    expect(await check({ leaf: sha384Certificate })).toBe('signature-algorithm-not-allowed');
  });

  it('never ends in anything but a certificate or a typed error', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(leafDer.length - 1), fc.nat(255)), { maxLength: 4 }), (changes) => {
        const der = Uint8Array.from(leafDer);
        for (const [at, byte] of changes) der[at] = byte;
        try {
          parseCertificate(der);
        } catch (error) {
          expect(error).toBeInstanceOf(X509Error);
        }
      }),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (der) => {
        expect(() => parseCertificate(der)).toThrow(X509Error);
      }),
    );
  });
});

describe('a certificate we make, with Node as oracle', () => {
  it('is verified by it [root], [leaf], [name], [no other name]', () => {
    const rootRead = new X509Certificate(rootDer);
    const leafRead = new X509Certificate(leafDer);
    expect(rootRead.ca).toBe(true);
    expect(rootRead.verify(rootRead.publicKey)).toBe(true);
    expect(leafRead.ca).toBe(false);
    expect(leafRead.verify(rootRead.publicKey)).toBe(true);
    expect(leafRead.checkIssued(rootRead)).toBe(true);
    expect(leafRead.checkHost(HOST)).toBe(HOST);
    expect(leafRead.checkHost('other.example')).toBeUndefined();
    expect(Date.parse(leafRead.validTo) / 1000).toBe(AT + 100);
    expect(leafRead.subject).toBe('CN=reader');
  });

  it('needs a serial that is positive [0], [negative], [too long]', () => {
    for (const serial of [Uint8Array.of(0, 1), Uint8Array.of(0x80), new Uint8Array(21).fill(1)]) {
      expect(() => issueCertificate(reader, root, { serial })).toThrow(TypeError);
    }
  });
});

describe('the client of a certificate (OpenID4VP 1.0 §5.9.3)', () => {
  const leaf = parseCertificate(leafDer);
  const has = (text: string) => certificateHasClientId(leaf, parseClientId(text), nodeCrypto.sha256);
  it('is its name or its hash [name], [other name], [subdomain], [hash], [hash of another]', () => {
    expect(dnsNamesOf(leaf)).toEqual([HOST]);
    expect(has(`x509_san_dns:${HOST}`)).toBe(true);
    expect(has('x509_san_dns:VERIFIER.example')).toBe(true);
    expect(has('x509_san_dns:other.example')).toBe(false);
    expect(has(`x509_san_dns:a.${HOST}`)).toBe(false);
    expect(has(`x509_hash:${certificateHash(leafDer, nodeCrypto.sha256)}`)).toBe(true);
    expect(has(`x509_hash:${certificateHash(rootDer, nodeCrypto.sha256)}`)).toBe(false);
    const fingerprint = new X509Certificate(leafDer).fingerprint256.replaceAll(':', '');
    expect(Buffer.from(certificateHash(leafDer, nodeCrypto.sha256), 'base64url').toString('hex').toUpperCase()).toBe(
      fingerprint,
    );
  });
});

describe('a certificate request', () => {
  const key = testKey();
  const csr = createCertificateRequest(pointOfJwk(key.jwk), key.sign);
  const verify = (der: Uint8Array) => codeOf(() => verifyCertificateRequest(der, nodeCrypto));

  it('proves that its sender has the key [ours], [made with OpenSSL]', () => {
    expect(verifyCertificateRequest(csr, nodeCrypto)).toEqual(pointOfJwk(key.jwk));
    expect(verifyCertificateRequest(certificateRequest, nodeCrypto)).toEqual(requestedPoint);
  });

  it('is refused [another key signed], [changed], [cut], [longer], [other curve], [empty]', async () => {
    const other = createCertificateRequest(pointOfJwk(key.jwk), testKey().sign);
    expect(await verify(other)).toBe('request-signature-invalid');
    const changed = Uint8Array.from(csr);
    changed[45] = (changed[45] as number) ^ 1;
    expect(await verify(changed)).toBe('request-signature-invalid');
    const curve = Uint8Array.from(csr);
    curve[20] = 0;
    expect(await verify(curve)).toBe('key-not-p256');
    expect(await verify(csr.subarray(0, csr.length - 1))).toBe('request-malformed');
    expect(await verify(Uint8Array.of(...csr, 0))).toBe('request-malformed');
    expect(await verify(new Uint8Array())).toBe('request-malformed');
  });
});

describe('a signature in DER', () => {
  it('goes there and back for every r and s', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (signature) => {
        expect(signatureFromDer(signatureToDer(signature), 'certificate-malformed')).toEqual(signature);
      }),
    );
  });
  it.each([
    ['no sequence', [0x31, 6, 2, 1, 1, 2, 1, 1]],
    ['another length', [0x30, 7, 2, 1, 1, 2, 1, 1]],
    ['negative', [0x30, 6, 2, 1, 0x80, 2, 1, 1]],
    ['not minimal', [0x30, 7, 2, 2, 0, 1, 2, 1, 1]],
    ['empty integer', [0x30, 5, 2, 0, 2, 1, 1]],
    ['bytes after', [0x30, 7, 2, 1, 1, 2, 1, 1, 0]],
    ['nothing', []],
  ])('is refused [%s]', async (_, der) => {
    expect(await codeOf(() => signatureFromDer(Uint8Array.from(der), 'certificate-malformed'))).toBe(
      'certificate-malformed',
    );
  });
});
