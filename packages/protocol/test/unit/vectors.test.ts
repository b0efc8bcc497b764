import { describe, expect, it } from 'vitest';
import {
  acceptPackage,
  decideCode,
  decideDataOf,
  decodeCbor,
  decodeGaps,
  encodeCbor,
  encodeGaps,
  fromHex,
  handleOf,
  keyDay,
  linkKeyOfDay,
  maskOf,
  type PackageState,
  parseChallenge,
  parsePass,
  toHex,
  verifyPass,
} from '../../src/index.js';
import { context, crypto } from '../fixtures.js';
import { writeVectors } from '../make-vectors.js';
import { readVector } from '../vectors.js';

if (process.env['LANYARD_WRITE_VECTORS'] === '1') writeVectors();

const hex = (text: string) => fromHex(text)!;

interface Pinned {
  readonly people: { readonly kid: string; readonly key: string };
  readonly checkpoint: { readonly kid: string; readonly key: string };
}
function accept(file: { checkpoint_id: string; now: number; pinned: Pinned }, envelope: string, have?: PackageState) {
  const signer = ({ kid, key }: { kid: string; key: string }) => [{ kid: hex(kid), key: hex(key) }];
  const pinned = { people: signer(file.pinned.people), checkpoint: signer(file.pinned.checkpoint) };
  return acceptPackage(crypto, {
    have,
    envelope: hex(envelope),
    pinned,
    checkpointId: file.checkpoint_id,
    nowSeconds: file.now,
  });
}
function state(file: { checkpoint_id: string; now: number; pinned: Pinned }, envelope: string): PackageState {
  const result = accept(file, envelope);
  if (!result.ok) throw new Error(result.refusal);
  return result.state;
}

describe('vectors of our own: codes', () => {
  const file = readVector<{
    checkpoint_id: string;
    now: number;
    pinned: Pinned;
    package: string;
    challenge: { text: string; bytes: string };
    cases: { title: string; text: string; verdict: string; reason?: string; now?: number; challenges?: string[] }[];
  }>('lanyard/codes.json');
  const accepted = state(file, file.package);

  it.each(file.cases.map((entry) => [entry.title, entry] as const))('give the verdict in the file [%s]', (_, entry) => {
    const nowSeconds = entry.now ?? file.now;
    const challenges = (entry.challenges ?? []).map(hex);
    const decision = decideCode(entry.text, decideDataOf(accepted, nowSeconds), context({ nowSeconds, challenges }));
    expect({ verdict: decision.verdict, reason: decision.reason }).toEqual({
      verdict: entry.verdict,
      reason: entry.reason,
    });
  });

  it('open the challenge', () => {
    expect(toHex(parseChallenge(file.challenge.text).bytes)).toBe(file.challenge.bytes);
  });
});

describe('vectors of our own: packages', () => {
  const file = readVector<{
    checkpoint_id: string;
    now: number;
    pinned: Pinned;
    first: string;
    rows_after_first: string;
    rows_after_delta: string;
    cases: { title: string; envelope: string; refusal: string | null }[];
  }>('lanyard/packages.json');
  const have = state(file, file.first);

  it('give the table in the file', () => {
    expect(toHex(have.people.table.rows)).toBe(file.rows_after_first);
  });

  it.each(file.cases.map((entry) => [entry.title, entry] as const))(
    'are accepted or refused as in the file [%s]',
    (_, entry) => {
      const result = accept(file, entry.envelope, have);
      expect(result.ok ? null : result.refusal).toBe(entry.refusal);
      if (result.ok) expect(toHex(result.state.people.table.rows)).toBe(file.rows_after_delta);
    },
  );
});

describe('vectors of our own: parts', () => {
  it('gate keys of days', () => {
    const file = readVector<{
      starts: { time: number; day: number }[];
      days: { day: number; link_key: string; handle: string; mask: string }[];
    }>('lanyard/gate-key.json');
    for (const { time, day } of file.starts) expect(keyDay(time)).toBe(day);
    const [first] = file.days;
    for (const entry of file.days) {
      const key = linkKeyOfDay(crypto, hex(first!.link_key), first!.day, entry.day);
      expect([key, handleOf(crypto, key), maskOf(crypto, key)].map(toHex)).toEqual([
        entry.link_key,
        entry.handle,
        entry.mask,
      ]);
    }
  });

  it('a pass', () => {
    const file = readVector<{ pass: string; issuer_key: string; claims: Record<string, unknown> }>('lanyard/pass.json');
    const parsed = parsePass(hex(file.pass));
    const { passNumber, holderKey, ...rest } = parsed.claims;
    expect({ ...rest, passNumber: toHex(passNumber), holderKey: toHex(holderKey) }).toEqual(file.claims);
    expect(verifyPass(crypto, parsed, crypto.importVerifyKey(hex(file.issuer_key))!)).toBeDefined();
  });

  it('gap codes', () => {
    const file = readVector<{ size: number; valid: { indices: number[]; bytes: string }[]; invalid: string[] }>(
      'lanyard/gap-code.json',
    );
    for (const { indices, bytes } of file.valid) {
      expect([...decodeGaps(hex(bytes), file.size, 100)]).toEqual(indices);
      expect(toHex(encodeGaps(Uint32Array.from(indices), file.size))).toBe(bytes);
    }
    for (const bytes of file.invalid) expect(() => decodeGaps(hex(bytes), file.size, 100), bytes).toThrow();
  });

  it('CBOR', () => {
    const file = readVector<{ valid: string[]; invalid: string[] }>('lanyard/cbor.json');
    for (const bytes of file.valid) expect(toHex(encodeCbor(decodeCbor(hex(bytes), { maxBytes: 100 })))).toBe(bytes);
    for (const bytes of file.invalid) expect(() => decodeCbor(hex(bytes), { maxBytes: 100 }), bytes).toThrow();
  });
});
