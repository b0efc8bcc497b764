import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { createCertificateRequest, pointOfJwk, signerUsage, verifyCertificateChain } from '@lanyard/protocol/x509';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandRefusal } from '../../src/client/call-service.js';
import { type Installation, readInstallation } from '../../src/installation/read-installation.js';
import {
  ensurePassphrase,
  hasRoot,
  initRoot,
  nextListNumber,
  openRootFolder,
  readPassphrase,
} from '../../src/installation/root-folder.js';

const NOW = 1_800_000_000;
const PASSPHRASE = 'correct horse battery';
const ISSUER = 'https://issuer.example.edu';
let home: string;
let installation: Installation;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lanyard-root-'));
  installation = readInstallation({ LANYARD_HOME: home });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const codeOf = async (work: () => Promise<unknown>) => {
  try {
    await work();
    return 'done';
  } catch (error) {
    if (error instanceof CommandRefusal) return error.code;
    throw error;
  }
};
const keyPath = () => join(installation.files.rootFolder, 'root-key.json');
const ledger = () =>
  readFileSync(join(installation.files.rootFolder, 'issued.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const request = (from = NOW) => {
  const { jwk, privateKey } = generateKeyPair();
  const csr = createCertificateRequest(pointOfJwk(jwk), createSigner(privateKey));
  return { use: 'document', csr, fromSeconds: from, toSeconds: from + 395 * 86_400 } as const;
};

// Each opening is half a second of scrypt on an idle machine.
describe('the root of an installation', { timeout: 60_000 }, () => {
  it('is made once, sealed by its passphrase, and certifies signers', async () => {
    const der = await initRoot(installation, PASSPHRASE, NOW);
    expect(new X509Certificate(der).subject).toBe('C=CN\nCN=示例大学 root');
    expect(statSync(keyPath()).mode & 0o077).toBe(0);
    expect(statSync(installation.files.rootFolder).mode & 0o077).toBe(0);
    expect(readFileSync(keyPath(), 'utf8')).not.toContain('PRIVATE');
    const root = await openRootFolder(installation, PASSPHRASE);
    const leaf = root.certify(request(), { nowSeconds: NOW, issuerUrl: ISSUER });
    const input = {
      chain: [],
      anchors: [root.certificate],
      crypto: nodeCrypto,
      usage: signerUsage('document', ISSUER),
    };
    const certificate = verifyCertificateChain({ ...input, leaf, atSeconds: NOW });
    // What is signed on the signer's last day lives for another 30 days.
    expect((certificate.notAfterSeconds - NOW) / 86_400).toBe(430);
  });

  it('is opened by its passphrase only [wrong], [none], [changed file], [no file], [unknown form]', async () => {
    await initRoot(installation, PASSPHRASE, NOW);
    expect(await codeOf(() => openRootFolder(installation, `${PASSPHRASE}!`))).toBe('root-passphrase-wrong');
    expect(await codeOf(() => openRootFolder(installation, undefined))).toBe('root-passphrase-missing');
    const sealed = JSON.parse(readFileSync(keyPath(), 'utf8')) as { sealed: string };
    const changed = Buffer.from(sealed.sealed, 'base64url');
    changed[5] = (changed[5] ?? 0) ^ 1;
    writeFileSync(keyPath(), JSON.stringify({ ...sealed, sealed: changed.toString('base64url') }));
    expect(await codeOf(() => openRootFolder(installation, PASSPHRASE))).toBe('root-passphrase-wrong');
    writeFileSync(keyPath(), JSON.stringify({ ...sealed, kdf: 'none' }));
    expect(await codeOf(() => openRootFolder(installation, PASSPHRASE))).toBe('root-unreadable');
    rmSync(keyPath());
    expect(await codeOf(() => openRootFolder(installation, PASSPHRASE))).toBe('root-missing');
  });

  it('is never made over another [twice], [its key moved away], and not under a short passphrase', async () => {
    expect(await codeOf(() => initRoot(installation, 'short', NOW))).toBe('root-passphrase-weak');
    expect(hasRoot(installation)).toBe(false);
    await initRoot(installation, PASSPHRASE, NOW);
    expect(await codeOf(() => initRoot(installation, PASSPHRASE, NOW))).toBe('root-exists');
    rmSync(installation.files.rootFolder, { recursive: true });
    expect(await codeOf(() => initRoot(installation, PASSPHRASE, NOW))).toBe('root-exists');
  });

  it('writes down what it signs before it signs it [itself], [a signer], [a refused request], [a list]', async () => {
    await initRoot(installation, PASSPHRASE, NOW);
    const root = await openRootFolder(installation, PASSPHRASE);
    root.certify(request(), { nowSeconds: NOW, issuerUrl: ISSUER });
    const broken = { ...request(), csr: Uint8Array.of(1) };
    expect(() => root.certify(broken, { nowSeconds: NOW, issuerUrl: ISSUER })).toThrow();
    for (const wrong of [
      { ...request(), toSeconds: NOW + 500 * 86_400 },
      { ...request(), toSeconds: NOW },
      request(NOW + 61 * 86_400),
    ])
      expect(() => root.certify(wrong, { nowSeconds: NOW, issuerUrl: ISSUER })).toThrow(TypeError);
    expect(nextListNumber(installation)).toBe(1);
    root.revocationList({ number: 1, nowSeconds: NOW, revoked: [] });
    expect(nextListNumber(installation)).toBe(2);
    expect(ledger().map(({ kind, use }) => use ?? kind)).toEqual(['root', 'document', 'revocation-list']);
  });

  it('has a passphrase of its own in a demo, and takes the operator’s first [file], [environment]', async () => {
    const made = ensurePassphrase(installation, {});
    expect(made.length).toBeGreaterThan(30);
    expect(statSync(installation.files.rootPassphrase).mode & 0o077).toBe(0);
    expect(ensurePassphrase(installation, {})).toBe(made);
    expect(readPassphrase(installation, { LANYARD_ROOT_PASSPHRASE: PASSPHRASE })).toBe(PASSPHRASE);
    rmSync(installation.files.rootPassphrase);
    expect(readPassphrase(installation, {})).toBeUndefined();
    expect(ensurePassphrase(installation, { LANYARD_ROOT_PASSPHRASE: PASSPHRASE })).toBe(PASSPHRASE);
    expect(existsSync(installation.files.rootPassphrase)).toBe(false);
  });
});
