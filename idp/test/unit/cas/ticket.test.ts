import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeTicket, randomText, ticketPrefixOf } from '../../../src/domain/cas/ticket.js';

describe('a ticket', () => {
  it.each(['ST', 'PT', 'PGT', 'PGTIOU'] as const)('has 32 random letters and digits [%s]', (prefix) => {
    const ticket = makeTicket(prefix, randomBytes);
    expect(ticket).toMatch(new RegExp(`^${prefix}-[A-Za-z0-9]{32}$`));
    expect(makeTicket(prefix, randomBytes)).not.toBe(ticket);
  });

  it('takes no letter more often than another', () => {
    const all = randomText((length) => Uint8Array.from({ length }, (_, place) => place % 256), 248);
    const counts = new Map<string, number>();
    for (const letter of all) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(62);
    expect(new Set(counts.values())).toEqual(new Set([4]));
  });

  it('is known by its form', () => {
    expect(ticketPrefixOf(`ST-${'a'.repeat(32)}`)).toBe('ST');
    expect(ticketPrefixOf(`PT-${'a'.repeat(20)}`)).toBe('PT');
    expect(ticketPrefixOf(`PGT-${'a'.repeat(256)}`)).toBe('PGT');
  });

  it.each([
    ['[too short]', `ST-${'a'.repeat(19)}`],
    ['[too long]', `ST-${'a'.repeat(257)}`],
    ['[attack 17: a parameter inside]', `ST-${'a'.repeat(32)}&service=https://evil.cn/`],
    ['[markup]', `ST-${'a'.repeat(32)}</cas:user>`],
    ['[line end]', `ST-${'a'.repeat(32)}\n`],
    ['[IOU]', `PGTIOU-${'a'.repeat(32)}`],
    ['[other prefix]', `TGT-${'a'.repeat(32)}`],
    ['[lower case]', `st-${'a'.repeat(32)}`],
    ['[empty]', ''],
  ])('is no other text %s', (_variant, text) => {
    expect(ticketPrefixOf(text)).toBeUndefined();
  });
});
