import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { parseCertificate, verifyCertificateList } from '@lanyard/protocol/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOperatorClient } from '../../../launcher/src/client/call-service.js';
import type { Command } from '../../../launcher/src/commands/command.js';
import { keysInit, keysList, keysRetire, keysRotate } from '../../../launcher/src/commands/keys.js';
import { type KeysAnswer, keepCertified } from '../../../launcher/src/installation/certify-signers.js';
import { type Installation, readInstallation } from '../../../launcher/src/installation/read-installation.js';
import { OPERATOR_TOKEN, startIssuer, type TestIssuer } from './support/start-issuer.js';

let issuer: TestIssuer;
let installation: Installation;
let environment: NodeJS.ProcessEnv = { LANYARD_ROOT_PASSPHRASE: 'correct horse battery' };
beforeAll(async () => {
  issuer = await startIssuer('http://localhost:8080', { withoutRoot: true });
  writeFileSync(join(issuer.folder, 'operator.token'), OPERATOR_TOKEN);
  const portBase = String(Number(new URL(issuer.url).port) - 2);
  installation = readInstallation({ LANYARD_HOME: issuer.folder, LANYARD_PORT_BASE: portBase });
});
afterAll(() => issuer.close());

const run = async (command: Command, positional: string[] = [], options: Record<string, string> = {}) => {
  const client = createOperatorClient(installation);
  return command.run({ installation, client, positional, options, environment, say: () => {} });
};
const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );
const list = async () => (await run(keysList)).data as KeysAnswer;
const active = async (use: string) => (await list()).keys.find((key) => key.use === use && key.state === 'active')!;
const crl = async () => {
  const [root] = ((await (await fetch(`${issuer.url}/v1/anchors`)).json()) as { issuer: string[] }).issuer;
  const der = new Uint8Array(await (await fetch(`${issuer.url}/crl`)).arrayBuffer());
  const issuerCertificate = parseCertificate(new Uint8Array(Buffer.from(root!, 'base64')));
  const read = verifyCertificateList(der, issuerCertificate, {
    ...{ crypto: nodeCrypto, atSeconds: Math.floor(Date.now() / 1000) },
  });
  return read.serials.map((serial) => Buffer.from(serial).toString('hex'));
};

describe('./lanyard keys', { timeout: 60_000 }, () => {
  it('init makes the root, rotate certifies every signer, list tells it without anything private', async () => {
    expect(await codeOf(run(keysRotate))).toBe('root-missing');
    expect((await list()).warnings).toHaveLength(4);
    expect((await run(keysInit)).data).toMatchObject({ subject: 'C=CN\nCN=示例大学 root' });
    expect(await codeOf(run(keysInit))).toBe('root-exists');
    const rotated = (await run(keysRotate)).data as { made: string[]; certified: { use: string }[] };
    expect(rotated.made).toEqual([]);
    expect(rotated.certified.map(({ use }) => use).sort()).toEqual(['document', 'package', 'pass', 'status']);
    const told = await list();
    expect(told).toMatchObject({ warnings: [], revocation_list: { number: 1 } });
    expect(Object.keys(told.keys[0]!).sort()).toEqual([
      ...['certificate_fingerprint', 'certificate_serial', 'from', 'kid', 'state', 'to', 'use'],
    ]);
    expect((await run(keysList)).text).toContain('document');
    expect(await crl()).toEqual([]);
  });

  it('rotate --use makes and certifies one, which signs at once', async () => {
    const before = await active('document');
    const { made } = (await run(keysRotate, [], { use: 'document' })).data as { made: string[] };
    expect(made).toEqual([(await active('document')).kid]);
    expect(made).not.toEqual([before.kid]);
    expect(await codeOf(run(keysRotate, [], { use: 'root' }))).toBe('input-invalid');
  });

  it('rotate leaves nothing behind under a wrong passphrase', async () => {
    const before = (await list()).keys.length;
    environment = { LANYARD_ROOT_PASSPHRASE: 'correct horse batteries' };
    expect(await codeOf(run(keysRotate, [], { use: 'document' }))).toBe('root-passphrase-wrong');
    environment = { LANYARD_ROOT_PASSPHRASE: 'correct horse battery' };
    expect((await list()).keys).toHaveLength(before);
  });

  it('retire is the whole drill in one command: refused, replaced, certified, revoked', async () => {
    const { kid, certificate_serial: serial } = await active('document');
    const { data } = await run(keysRetire, [kid], { reason: 'compromised' });
    expect(data).toMatchObject({ kid, certified: true, successor: (await active('document')).kid });
    expect(await crl()).toEqual([serial]);
    expect(await codeOf(run(keysRetire, [kid], { reason: 'compromised' }))).toBe('signer-retired');
    await expect(run(keysRetire, [kid])).rejects.toThrow('--reason');
  });

  it('retire does not wait for a root in a safe: the certificate and the list follow by rotate', async () => {
    const { kid, certificate_serial: serial } = await active('document');
    renameSync(installation.files.rootFolder, `${installation.files.rootFolder}.safe`);
    const answer = await run(keysRetire, [kid], { reason: 'compromised' });
    expect(answer.data).toMatchObject({ certified: false });
    expect(answer.text).toContain('keys rotate');
    expect((await active('document')).certificate_fingerprint).toBeNull();
    const said: string[] = [];
    const client = createOperatorClient(installation);
    (await keepCertified(installation, environment, client, (line) => said.push(line)))();
    expect(said).toEqual(['signers are not certified (root-missing): run ./lanyard keys rotate']);
    renameSync(`${installation.files.rootFolder}.safe`, installation.files.rootFolder);
    await run(keysRotate);
    expect((await active('document')).certificate_fingerprint).not.toBeNull();
    expect(await crl()).toContain(serial);
  });

  it('the launcher does the same by itself where the passphrase is at hand', async () => {
    const { kid } = (await (await issuer.operator('/v1/keys', { body: { use: 'status' } })).json()) as { kid: string };
    const said: string[] = [];
    const client = createOperatorClient(installation);
    (await keepCertified(installation, environment, client, (line) => said.push(line)))();
    expect(said).toEqual(['certified: status']);
    expect((await active('status')).kid).toBe(kid);
    expect(existsSync(installation.files.rootPassphrase)).toBe(false);
  });
});
