import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type * as Pkcs11Module from 'pkcs11js';
import { afterAll, describe, expect, it } from 'vitest';
import { createFileCustody } from '../../src/keys/key-custody.js';
import { openCustody } from '../../src/keys/open-custody.js';
import { CustodyError, openPkcs11Custody } from '../../src/keys/pkcs11-custody.js';
import { openSealedStore } from '../../src/keys/sealed-store.js';
import { custodyContract } from '../support/custody-contract.js';

const MODULE = '/usr/lib/softhsm/libsofthsm2.so';
const PIN = '493817';
const TOKEN = 'lanyard test';
const home = mkdtempSync(join(tmpdir(), 'lanyard-softhsm-'));
mkdirSync(join(home, 'tokens'));
writeFileSync(join(home, 'softhsm2.conf'), `directories.tokendir = ${join(home, 'tokens')}\nlog.level = ERROR\n`);
process.env['SOFTHSM2_CONF'] = join(home, 'softhsm2.conf');
const made = ['--init-token', '--free', '--label', TOKEN, '--so-pin', '12345678', '--pin', PIN];
execFileSync('softhsm2-util', made, { stdio: 'ignore' });
afterAll(() => rmSync(home, { recursive: true, force: true }));

const open = () => openPkcs11Custody({ module: MODULE, token: TOKEN, pin: PIN });
const js = createRequire(import.meta.url)('pkcs11js') as typeof Pkcs11Module;
const binding = () => {
  const pkcs11 = new js.PKCS11();
  pkcs11.load(MODULE);
  return pkcs11;
};
const slotOf = (pkcs11: Pkcs11Module.PKCS11) =>
  pkcs11.C_GetSlotList(true).find((slot) => pkcs11.C_GetTokenInfo(slot).label.trim() === TOKEN)!;
const codeOf = (work: () => unknown) => {
  try {
    work();
    return 'done';
  } catch (error) {
    if (error instanceof CustodyError) return error.code;
    throw error;
  }
};
const data = Uint8Array.of(1, 2, 3);
const verifies = (compressed: Uint8Array, signature: Uint8Array) =>
  nodeCrypto.verifyEs256(nodeCrypto.importVerifyKey(compressed)!, data, signature);

custodyContract('a PKCS#11 token', open);

describe('a PKCS#11 token', () => {
  it('never gives a private key away [its value], [made extractable]', () => {
    const custody = open();
    const { handle } = custody.generate();
    const pkcs11 = binding();
    const session = pkcs11.C_OpenSession(slotOf(pkcs11), js.CKF_SERIAL_SESSION | js.CKF_RW_SESSION);
    pkcs11.C_FindObjectsInit(session, [
      { type: js.CKA_CLASS, value: js.CKO_PRIVATE_KEY },
      { type: js.CKA_ID, value: Buffer.from(handle, 'hex') },
    ]);
    const [key] = pkcs11.C_FindObjects(session, 1);
    pkcs11.C_FindObjectsFinal(session);
    expect(() => pkcs11.C_GetAttributeValue(session, key!, [{ type: js.CKA_VALUE }])).toThrow(/SENSITIVE/);
    expect(() => pkcs11.C_SetAttributeValue(session, key!, [{ type: js.CKA_EXTRACTABLE, value: true }])).toThrow();
    pkcs11.C_CloseSession(session);
    custody.close();
  });

  it('signs on when its sessions were lost [signing], [making], [looking up]', () => {
    const custody = open();
    const { handle, compressed } = custody.generate();
    const sign = custody.signer(handle)!;
    const pkcs11 = binding();
    const lose = () => pkcs11.C_CloseAllSessions(slotOf(pkcs11));
    lose();
    expect(verifies(compressed, sign(data))).toBe(true);
    lose();
    expect(custody.generate().handle).toHaveLength(16);
    lose();
    expect(custody.publicKey(handle)).toEqual(compressed);
    custody.close();
  });

  it('says what is wrong [no such module], [no such token], [PIN], [key taken out]', () => {
    expect(codeOf(() => openPkcs11Custody({ module: '/nowhere.so', token: TOKEN, pin: PIN }))).toBe('pkcs11-missing');
    expect(codeOf(() => openPkcs11Custody({ module: MODULE, token: 'other', pin: PIN }))).toBe('pkcs11-token-missing');
    expect(codeOf(() => openPkcs11Custody({ module: MODULE, token: TOKEN, pin: '000000' }))).toBe('pkcs11-pin-wrong');
    const custody = open();
    const { handle } = custody.generate();
    const sign = custody.signer(handle)!;
    custody.destroy(handle);
    expect(codeOf(() => sign(data))).toBe('pkcs11-failed');
    custody.close();
  });
});

describe('the custody a service opens', () => {
  const store = openSealedStore(join(home, 'store'), join(home, 'key'));
  const pinFile = (content: string, mode = 0o600) => {
    const path = join(home, `pin-${Math.random()}`);
    writeFileSync(path, content, { mode });
    return path;
  };
  const token = { module: MODULE, label: TOKEN, pinFile: '' };

  it('is the sealed store without a module, and the token with one, where older keys sign on', () => {
    const before = openCustody(store, { ...token, module: '' }).generate();
    const custody = openCustody(store, { ...token, pinFile: pinFile(`${PIN}\n`) });
    expect(verifies(before.compressed, custody.signer(before.handle)!(data))).toBe(true);
    const after = custody.generate();
    expect(createFileCustody(store).signer(after.handle)).toBeUndefined();
    expect(verifies(after.compressed, custody.signer(after.handle)!(data))).toBe(true);
    custody.destroy(before.handle);
    expect(custody.publicKey(before.handle)).toBeUndefined();
    custody.close();
  });

  it('does not start with a PIN file that is [missing], [empty], [open to others]', () => {
    expect(codeOf(() => openCustody(store, { ...token, pinFile: join(home, 'none') }))).toBe('pkcs11-pin-wrong');
    expect(codeOf(() => openCustody(store, { ...token, pinFile: pinFile('\n') }))).toBe('pkcs11-pin-wrong');
    expect(codeOf(() => openCustody(store, { ...token, pinFile: pinFile(PIN, 0o644) }))).toBe('pkcs11-pin-wrong');
  });
});
