import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import knex from 'knex';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  COMMON_PROBLEMS,
  ConfigurationError,
  createLogger,
  dayInShanghai,
  openSealedStore,
  parseConfig,
  parseFormBody,
  parseJsonBody,
  problemAnswer,
  type Refusal,
  readBody,
  zDay,
  zInstant,
} from '../../src/index.js';

const codeOf = (work: () => unknown) => {
  try {
    work();
    return 'accepted';
  } catch (error) {
    return (error as Refusal).code;
  }
};
const bytes = (text: string) => new TextEncoder().encode(text);

describe('configuration', () => {
  const schema = z.object({ PORT: z.coerce.number().int(), NAME: z.string() });
  it('reports every problem at once', () => {
    expect(() => parseConfig('x', schema, { PORT: 'a', NAME: '' })).toThrow(ConfigurationError);
    try {
      parseConfig('x', schema, { PORT: 'a', NAME: '' });
    } catch (error) {
      expect((error as ConfigurationError).problems).toHaveLength(2);
    }
  });
  it('takes a whole one', () =>
    expect(parseConfig('x', schema, { PORT: '1', NAME: 'n' })).toEqual({ PORT: 1, NAME: 'n' }));
});

describe('bodies', () => {
  it.each([
    ['not JSON', '{'],
    ['NUL', '\0'],
  ])('refuses JSON [%s]', (_, text) => expect(codeOf(() => parseJsonBody(bytes(text)))).toBe('body-malformed'));
  it.each([
    ['NUL', '{"a":"x\\u0000"}'],
    ['half a character', '{"a":["\\ud83d"]}'],
    ['the other half', '"x\\uDE00"'],
    ['halves in the wrong order', '"\\ude00\\ud83d"'],
    ['half a character in a name', '{"\\ud83d":1}'],
  ])('refuses JSON whose texts are none [%s]', (_, text) =>
    expect(codeOf(() => parseJsonBody(bytes(text)))).toBe('input-invalid'),
  );
  it('takes a character written as two halves, and one that only looks like an escape', () =>
    expect(parseJsonBody(bytes('["\\ud83d\\ude00","\\\\ud83d"]'))).toEqual(['😀', '\\ud83d']));
  it('refuses JSON [invalid UTF-8]', () =>
    expect(codeOf(() => parseJsonBody(Uint8Array.of(0x22, 0xff, 0x22)))).toBe('body-malformed'));
  it('refuses JSON [33 deep] before parsing, brackets in texts not counted', () => {
    expect(codeOf(() => parseJsonBody(bytes(`${'['.repeat(33)}${']'.repeat(33)}`)))).toBe('body-too-deep');
    expect(parseJsonBody(bytes(JSON.stringify('['.repeat(100))))).toHaveLength(100);
  });
  it('refuses a form with a parameter sent twice', () =>
    expect(codeOf(() => parseFormBody(bytes('a=1&a=2')))).toBe('body-malformed'));
  it('refuses a body above its limit [announced, streamed]', async () => {
    const request = (text: string, headers = {}) =>
      Object.assign(Readable.from([Buffer.from(text)]), { headers }) as unknown as IncomingMessage;
    await expect(readBody(request('abc', { 'content-length': '999' }), 10)).rejects.toMatchObject({
      code: 'body-too-large',
    });
    await expect(readBody(request('a'.repeat(11)), 10)).rejects.toMatchObject({ code: 'body-too-large' });
    expect((await readBody(request('abc'), 10)).toString()).toBe('abc');
  });
});

describe('what was thrown', () => {
  const log = createLogger(
    'x',
    () => undefined,
    () => 0,
  );
  it.each([
    ['no connection came free', new knex.KnexTimeoutError('x'), 503, 'busy', '2'],
    ['anything else', new Error('select secret'), 500, 'internal', undefined],
    ['a bad percent escape', new URIError('x'), 400, 'input-invalid', undefined],
  ])('becomes a problem without its text [%s]', (_, thrown, status, code, retryAfter) => {
    const answer = problemAnswer(thrown, COMMON_PROBLEMS, log, 'id');
    expect([answer.status, JSON.parse(answer.body).code, answer.headers['Retry-After']]).toEqual([
      status,
      code,
      retryAfter,
    ]);
    expect(answer.body).not.toContain('secret');
  });
});

describe('log', () => {
  it('blanks what a log must not hold, by name and by look', () => {
    const lines: string[] = [];
    createLogger(
      'x',
      (line) => lines.push(line),
      () => 0,
    ).info('event', {
      access_token: 'secret',
      student_number: '202301000001',
      detail: 'failed for 202301000001 with eyJhbGciOiJFUzI1NiJ9.e30.abc and LYG1:ABC',
    });
    expect(lines[0]).not.toMatch(/secret|2023|eyJ|ABC/);
  });
});

describe('sealed store', () => {
  const folders: string[] = [];
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'sealed-'));
    folders.push(made);
    return made;
  };
  afterEach(() => {
    for (const made of folders.splice(0)) rmSync(made, { recursive: true });
  });
  it('opens what it sealed, also after a restart', () => {
    const home = folder();
    openSealedStore(join(home, 's'), join(home, 'key')).write('a', bytes('hello'));
    expect(openSealedStore(join(home, 's'), join(home, 'key')).read('a')?.toString()).toBe('hello');
    expect(statSync(join(home, 'key')).mode & 0o777).toBe(0o600);
  });
  it('opens nothing [other key file, changed file, file under another name, key file gone]', () => {
    const home = folder();
    const store = openSealedStore(join(home, 's'), join(home, 'key'));
    store.write('a', bytes('hello'));
    writeFileSync(join(home, 'other'), 'ab'.repeat(32), { mode: 0o600 });
    expect(() => openSealedStore(join(home, 's'), join(home, 'other')).read('a')).toThrow();
    writeFileSync(join(home, 's', 'b'), readFileSync(join(home, 's', 'a')));
    expect(() => store.read('b')).toThrow();
    const sealed = readFileSync(join(home, 's', 'a'));
    sealed[30] = (sealed[30] ?? 0) ^ 1;
    writeFileSync(join(home, 's', 'a'), sealed);
    expect(() => store.read('a')).toThrow();
    rmSync(join(home, 'key'));
    expect(() => openSealedStore(join(home, 's'), join(home, 'key'))).toThrow(/key file/);
  });
});

describe('a day or an instant somebody sends', () => {
  it('is taken as it stands [first, last, with an offset]', () => {
    expect(['1900-01-01', '2199-12-31', '2028-02-29'].every((day) => zDay.safeParse(day).success)).toBe(true);
    expect(zInstant.safeParse('2199-12-31T23:59:59+08:00').success).toBe(true);
  });
  it.each(['0001-01-01', '1899-12-31', '2200-01-01', '2026-02-29', '2026-2-1', '+275760-09-13', ''])(
    'is refused [%s]',
    (day) => {
      expect(zDay.safeParse(day).success).toBe(false);
      expect(zInstant.safeParse(`${day}T00:00:00Z`).success).toBe(false);
    },
  );
  it('is refused without its offset', () => expect(zInstant.safeParse('2026-11-30T08:00:00').success).toBe(false));
});

it('takes the calendar day of Shanghai [before and after midnight there]', () => {
  expect(dayInShanghai(Date.parse('2026-11-23T15:59:59Z'))).toBe('2026-11-23');
  expect(dayInShanghai(Date.parse('2026-11-23T16:00:00Z'))).toBe('2026-11-24');
});
