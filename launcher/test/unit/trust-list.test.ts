import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { assembleCertificate, pointOfJwk, prepareCertificate } from '@lanyard/protocol/x509';
import { describe, expect, it } from 'vitest';
import { CommandRefusal } from '../../src/client/call-service.js';
import { describeUniversities } from '../../src/trust-list/describe-universities.js';
import { openOperatorKey } from '../../src/trust-list/operator-key.js';
import { checkTrustList, entriesOf, signNextTrustList } from '../../src/trust-list/sign-trust-list.js';

const NOW = 1_790_000_000;
const folder = mkdtempSync(join(tmpdir(), 'lanyard-trust-list-'));
const rootKey = generateKeyPair();
const name = { commonName: '示例理工大学 root' };
const point = pointOfJwk(rootKey.jwk);
const prepared = prepareCertificate(
  {
    ...{ serial: Uint8Array.of(1), subject: name, issuer: name, publicPoint: point, issuerPoint: point },
    ...{ notBeforeSeconds: NOW - 100, notAfterSeconds: NOW + 86_400, profile: { kind: 'ca' } },
  },
  nodeCrypto,
);
const anchor = Buffer.from(
  assembleCertificate(prepared, createSigner(rootKey.privateKey)(prepared.toBeSigned)),
).toString('base64');
const university = {
  university_code: '4199090002',
  names: { 'zh-CN': '示例理工大学', en: 'Example Tech' },
  issuer: 'https://tech.example',
  anchors: [anchor],
};
const codeOf = (work: () => unknown) => {
  try {
    work();
    return 'done';
  } catch (error) {
    if (error instanceof CommandRefusal) return error.code;
    throw error;
  }
};

describe('trust list of an operator', () => {
  const file = join(folder, 'list.jwt');
  const key = openOperatorKey(join(folder, 'operator.pem'));
  const next = openOperatorKey(join(folder, 'next.pem'));
  const sign = async (more: { key?: typeof key; nextKey?: typeof key } = {}) => {
    const { entries } = await describeUniversities([university], NOW);
    return signNextTrustList({ file, entries, key: more.key ?? key, nextKey: more.nextKey, nowSeconds: NOW });
  };

  it('shows what has to be compared before it is signed', async () => {
    const { anchors } = await describeUniversities([university], NOW);
    expect(anchors).toEqual([
      {
        universityCode: '4199090002',
        subject: 'CN=示例理工大学 root',
        fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}/),
      },
    ]);
  });

  it('counts up, names the one before, and is taken by a reader that pinned the key', async () => {
    const one = await sign();
    const two = await sign({ nextKey: next });
    expect([one.sequence, two.sequence]).toEqual([1, 2]);
    expect(readFileSync(file, 'utf8').trim()).toBe(two.compact);
    expect(checkTrustList(two.compact, key.compressed, one.compact, NOW).entries).toHaveLength(1);
    const three = await sign({ key: next });
    expect(codeOf(() => checkTrustList(three.compact, key.compressed, two.compact, NOW))).toBe('done');
    expect(codeOf(() => checkTrustList(three.compact, key.compressed, one.compact, NOW))).toBe(
      'trust-list-key-unknown',
    );
    expect(codeOf(() => checkTrustList(one.compact, key.compressed, two.compact, NOW))).toBe('trust-list-rolled-back');
  });

  it('goes on announcing the next key in later lists, until that key signs itself', async () => {
    const file = join(folder, 'announced.jwt');
    const { entries } = await describeUniversities([university], NOW);
    const sign = (who: typeof key, nextKey?: typeof key) =>
      signNextTrustList({ file, entries, key: who, nextKey, nowSeconds: NOW }).nextKeyDigest;
    expect(sign(key)).toBeUndefined();
    const announced = sign(key, next);
    expect(announced).toEqual(nodeCrypto.sha256(next.compressed));
    expect(sign(key)).toEqual(announced);
    expect(sign(next)).toBeUndefined();
    expect(entriesOf(file)).toEqual(entries);
    expect(entriesOf(join(folder, 'no-list.jwt'))).toEqual([]);
  });

  it('keeps its key to its account, and takes the same one again', () => {
    expect(statSync(join(folder, 'operator.pem')).mode & 0o077).toBe(0);
    expect(openOperatorKey(join(folder, 'operator.pem'))).toMatchObject({ made: false, jwk: key.jwk });
  });

  it.each([
    ['an anchor that is no certificate', { anchors: ['AAAA'] }, 'anchor-unreadable'],
    ['a code of nine digits', { university_code: '419909000' }, 'trust-list-malformed'],
    ['an issuer with a path', { issuer: 'https://tech.example/issuer' }, 'trust-list-malformed'],
    ['an issuer that does not answer', { issuer: 'http://127.0.0.1:1', anchors: undefined }, 'issuer-unreachable'],
  ])('is not signed with %s', async (_, change, code) => {
    const work = describeUniversities([{ ...university, ...change } as typeof university], NOW).then(({ entries }) =>
      signNextTrustList({ file: join(folder, 'none.jwt'), entries, key, nextKey: undefined, nowSeconds: NOW }),
    );
    await expect(work).rejects.toMatchObject({ code });
  });

  it('refuses a key file that holds no key of ours', () => {
    const odd = join(folder, 'odd.pem');
    writeFileSync(odd, 'hello');
    expect(codeOf(() => openOperatorKey(odd))).toBe('operator-key-unreadable');
  });
});
