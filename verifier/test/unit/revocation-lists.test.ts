import { type GuardedFetch, GuardedFetchError } from '@lanyard/platform';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { parseCertificate, type VerifiedCertificate, verifyCertificateChain } from '@lanyard/protocol/x509';
import { expect, it } from 'vitest';
import { createRevocationLists } from '../../src/adapters/revocation-lists.js';
import type { ForeignIssuer } from '../../src/domain/trust/trusted-issuer.js';
import { makeAuthority, makeSigner } from '../service/support/stand-in-issuer.js';

const URL_OF_ISSUER = 'https://issuer.example';
const local: ForeignIssuer = { kind: 'local', anchors: [], issuerUrl: URL_OF_ISSUER };
const listed = { kind: 'listed', entry: { anchors: [], issuerUrl: 'https://other.example' } } as never as ForeignIssuer;
const authority = makeAuthority();
const signer = makeSigner('document');
const leafOf = (of = authority): VerifiedCertificate =>
  verifyCertificateChain({
    ...{ leaf: of.certifySigner(signer), chain: [], anchors: [of.root], usage: {}, crypto: nodeCrypto },
    atSeconds: Math.floor(Date.now() / 1000),
  });
const mine = leafOf();
const listing = (number: number, ...serials: Uint8Array[]) => authority.revocationList(number, serials);

/** Lists over a network that answers with `served`, and a clock that is moved by hand. */
function stage() {
  const at = {
    seconds: Math.floor(Date.now() / 1000),
    served: undefined as Uint8Array | undefined,
    asked: [] as string[],
  };
  const guardedFetch: GuardedFetch = async (address) => {
    at.asked.push(address);
    if (at.served === undefined) throw new GuardedFetchError('address-unreachable');
    return { status: 200, headers: {}, body: Buffer.from(at.served) };
  };
  const clock = { nowSeconds: () => at.seconds, nowMs: () => at.seconds * 1000 };
  return { at, lists: createRevocationLists({ guardedFetch, clock }) };
}

it('knows what its CA has taken back [on the list], [another serial]', async () => {
  const { at, lists } = stage();
  at.served = listing(1, mine.serial);
  expect(await lists.isRevoked(mine, local)).toBe(true);
  expect(await lists.isRevoked(leafOf(), local)).toBe(false);
  expect(at.asked).toEqual([`${URL_OF_ISSUER}/crl`]);
});

it('says nothing of a list that cannot be had [unreachable], [no list], [of another CA]', async () => {
  const { at, lists } = stage();
  expect(await lists.isRevoked(mine, local)).toBe(false);
  at.seconds += 60;
  at.served = Uint8Array.of(1, 2, 3);
  expect(await lists.isRevoked(mine, local)).toBe(false);
  at.seconds += 60;
  at.served = makeAuthority().revocationList(1, [mine.serial]);
  expect(await lists.isRevoked(mine, local)).toBe(false);
  at.seconds += 59;
  at.served = listing(1, mine.serial);
  expect(await lists.isRevoked(mine, local)).toBe(false);
  at.seconds += 1;
  expect(await lists.isRevoked(mine, local)).toBe(true);
});

it('keeps what was taken back [list gone], [older list put in its place], and takes a newer one after an hour', async () => {
  const { at, lists } = stage();
  at.served = listing(5, mine.serial);
  expect(await lists.isRevoked(mine, local)).toBe(true);
  at.seconds += 3_600;
  at.served = undefined;
  expect(await lists.isRevoked(mine, local)).toBe(true);
  at.seconds += 60;
  at.served = listing(4);
  expect(await lists.isRevoked(mine, local)).toBe(true);
  at.seconds += 60;
  at.served = listing(6);
  expect(await lists.isRevoked(mine, local)).toBe(false);
});

it('asks once for all who wait, each CA for itself', async () => {
  const { at, lists } = stage();
  at.served = listing(1, mine.serial);
  expect(await Promise.all([1, 2, 3].map(() => lists.isRevoked(mine, local)))).toEqual([true, true, true]);
  expect(at.asked).toHaveLength(1);
  const another = leafOf(makeAuthority());
  expect(await lists.isRevoked(another, local)).toBe(false);
  expect(at.asked).toHaveLength(2);
});

it('is asked below the address of a listed university only', async () => {
  const { at, lists } = stage();
  at.served = listing(1, mine.serial);
  expect(await lists.isRevoked(mine, listed)).toBe(false);
  expect(at.asked).toEqual([]);
  expect(parseCertificate(mine.der).revocationListUris).toEqual([`${URL_OF_ISSUER}/crl`]);
});
