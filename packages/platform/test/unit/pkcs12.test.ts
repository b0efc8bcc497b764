import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { createSigner, generateKeyPair, keyPairOf, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { assembleCertificate, type CertificatePlan, pointOfJwk, prepareCertificate } from '@lanyard/protocol/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPkcs12, Pkcs12Error, readPkcs12, type TlsIdentity } from '../../src/certificates/pkcs12.js';

const passphrase = 'n0t-a-guess-Ünd-so';
let folder: string;
let identity: TlsIdentity;
let bundle: Uint8Array;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-p12-'));
  const ca = generateKeyPair();
  const own = generateKeyPair();
  const point = (key: typeof ca) => pointOfJwk(keyPairOf(key.privateKey).jwk);
  const certify = (plan: Pick<CertificatePlan, 'subject' | 'publicPoint' | 'profile'>, serial: number) => {
    const prepared = prepareCertificate(
      {
        ...plan,
        ...{ serial: Uint8Array.of(1, serial), issuer: { commonName: 'fleet' }, issuerPoint: point(ca) },
        ...{ notBeforeSeconds: 1_700_000_000, notAfterSeconds: 1_900_000_000 },
      },
      nodeCrypto,
    );
    return assembleCertificate(prepared, createSigner(ca.privateKey)(prepared.toBeSigned));
  };
  identity = {
    privateKey: own.privateKey,
    certificate: certify(
      {
        subject: { commonName: 'agent-1' },
        publicPoint: point(own),
        profile: { kind: 'leaf', uri: 'urn:lanyard:agent:agent-1' },
      },
      1,
    ),
    authority: certify({ subject: { commonName: 'fleet' }, publicPoint: point(ca), profile: { kind: 'ca' } }, 2),
  };
  bundle = await createPkcs12(identity, 'agent-1', passphrase);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function openssl(pass: string, ...more: string[]) {
  const file = join(folder, 'agent.p12');
  writeFileSync(file, bundle);
  const arguments_ = ['pkcs12', '-in', file, '-passin', `pass:${pass}`, '-noenc', ...more];
  return spawnSync('openssl', arguments_, { encoding: 'utf8' });
}

describe('a PKCS#12 bundle', () => {
  it('is opened by OpenSSL without its legacy provider, with key and both certificates', () => {
    const { status, stdout, stderr } = openssl(passphrase, '-info');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(stdout).toContain('BEGIN PRIVATE KEY');
    expect(stderr).toMatch(/MAC: sha256/i);
    expect(stderr).toMatch(/AES-256-CBC/);
    expect(stderr).not.toMatch(/RC2|3DES|SHA1/i);
  });
  it('is opened by Node for TLS', () => {
    expect(() => createSecureContext({ pfx: Buffer.from(bundle), passphrase })).not.toThrow();
  });
  it('reads back as it was', async () => {
    const read = await readPkcs12(bundle, passphrase);
    expect(Buffer.from(read.certificate)).toEqual(Buffer.from(identity.certificate));
    expect(Buffer.from(read.authority)).toEqual(Buffer.from(identity.authority));
    expect(read.privateKey.equals(identity.privateKey)).toBe(true);
  });
  it('is not opened by another passphrase [ours, OpenSSL]', async () => {
    await expect(readPkcs12(bundle, 'another')).rejects.toThrow(Pkcs12Error);
    expect(openssl('another').status).not.toBe(0);
  });
  it('is refused when it was changed, cut or grown too large', async () => {
    const changed = Uint8Array.from(bundle);
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    await expect(readPkcs12(changed, passphrase)).rejects.toThrow(Pkcs12Error);
    await expect(readPkcs12(bundle.subarray(0, 200), passphrase)).rejects.toThrow(Pkcs12Error);
    await expect(readPkcs12(new Uint8Array(40_000), passphrase)).rejects.toThrow(Pkcs12Error);
  });
});
