import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJpegSize } from '@lanyard/platform';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createPortraitMaker } from '../../src/adapters/children/portrait-maker.js';
import { zipOf } from '../unit/workbook/support.js';
import { type Claimed, claimAt, requestBody, roster } from './support/claim.js';
import { flatPicture, hasExif, pictureOf, turnedPicture } from './support/pictures.js';
import { accessHash, dpopProof } from './support/software-wallet.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

let issuer: TestIssuer;
let numbers: string[];
beforeAll(async () => {
  issuer = await startIssuer();
  expect((await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' })).status).toBe(201);
  const listed = (await (await issuer.operator('/v1/students?limit=30&after=202302')).json()) as {
    students: { student_number: string }[];
  };
  numbers = listed.students.map((one) => one.student_number);
});
afterAll(() => issuer.close());

const ONE = '202301000001';
const picture = pictureOf;
const handIn = async (number: string, bytes: Buffer) => {
  const answer = await issuer.operator(`/v1/students/${number}/portrait-submissions`, {
    bytes,
    type: 'application/octet-stream',
  });
  return [answer.status, ((await answer.json()) as { code?: string }).code];
};
interface Queue {
  waiting: { id: number; student_number: string; has_portrait: boolean }[];
  total: number;
  next: number | null;
}
const queue = async (query = '') => (await (await issuer.operator(`/v1/portrait-submissions${query}`)).json()) as Queue;
const decide = async (id: number, body: object) =>
  (await issuer.operator(`/v1/portrait-submissions/${id}/decision`, { body })).status;
const waitingOf = async (number: string) =>
  (await queue('?limit=100')).waiting.find((one) => one.student_number === number)?.id ?? 0;
const inUse = async (number: string) => issuer.operator(`/v1/students/${number}/portrait`);
const holder = async (of: Claimed, method: 'GET' | 'POST', bytes?: Buffer) => {
  const url = `${issuer.url}/v1/holder/portrait`;
  const token = of.tokens.access_token;
  return fetch(url, {
    method,
    headers: {
      Authorization: `DPoP ${token}`,
      DPoP: dpopProof(of.wallet.dpop, method, url, { ath: await accessHash(token) }),
    },
    ...(bytes === undefined ? {} : { body: new Uint8Array(bytes) }),
  });
};

describe('a picture becomes a portrait', () => {
  it.each([
    ['jpeg', 600, 800],
    ['png', 240, 320],
    ['webp', 1000, 1000],
  ] as const)('%s of %i × %i: 240 × 320, at most 12,000 bytes, nothing but pixels', async (format, width, height) => {
    expect(await handIn(ONE, await picture(width, height, format, true))).toEqual([202, undefined]);
    const shown = await issuer.operator(`/v1/portrait-submissions/${await waitingOf(ONE)}/picture`);
    const jpeg = Buffer.from(await shown.arrayBuffer());
    expect(readJpegSize(jpeg)).toEqual({ width: 240, height: 320 });
    expect(jpeg.length).toBeLessThanOrEqual(12_000);
    expect(jpeg.includes('secret-place')).toBe(false);
    expect(await hasExif(jpeg)).toBe(false);
  });
  it('is turned as its camera says', async () => {
    const lying = await turnedPicture(await picture(800, 600));
    expect(await handIn(ONE, lying)).toEqual([202, undefined]);
  });
  it('is refused by its own code [type] [text] [too small] [lying] [too many pixels] [cut off] [too large]', async () => {
    const good = await picture(600, 800);
    const bomb = await flatPicture(9000, 9000);
    for (const [bytes, status, code] of [
      [await picture(300, 400, 'gif'), 415, 'portrait-type-unsupported'],
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 415, 'portrait-type-unsupported'],
      [await picture(239, 320), 422, 'portrait-too-small'],
      [await picture(800, 600), 422, 'portrait-ratio'],
      [bomb, 422, 'portrait-too-many-pixels'],
      [good.subarray(0, 3000), 422, 'portrait-unreadable'],
      [Buffer.from('ffd8ffe000104a464946', 'hex'), 422, 'portrait-unreadable'],
      [Buffer.concat([good, Buffer.alloc(9 << 20)]), 413, 'portrait-too-large'],
    ] as const)
      expect(await handIn(ONE, Buffer.from(bytes))).toEqual([status, code]);
    expect((await handIn('nobody', good))[0]).toBe(404);
  });
  it('is decoded in a process that is ended when it takes too long or too much memory', async () => {
    const maker = createPortraitMaker({ heapMb: 256, residentMb: 900, timeoutMs: 1 });
    const good = await picture(600, 800);
    expect(await maker.make(good)).toEqual({ ok: false, code: 'portrait-unreadable' });
    // A directory that ends the child is refused as the file's fault, not answered as ours.
    const archive = join(tmpdir(), `lanyard-test-${process.pid}.zip`);
    writeFileSync(archive, zipOf([{ name: '1.jpg', content: 'x' }]));
    const limits = { maxEntries: 10, maxEntryBytes: 100, maxTotalBytes: 1_000 };
    await expect(maker.list(archive, limits)).rejects.toMatchObject({ code: 'archive-unreadable' });
    rmSync(archive);
    // Too many at once: asked to come again, and nothing said of the picture.
    const many = Array.from({ length: 70 }, () => maker.make(good).catch((error: { code: string }) => error));
    expect(new Set((await Promise.all(many)).map((one) => ('code' in one ? one.code : undefined)))).toEqual(
      new Set(['portrait-unreadable', 'dependency-unavailable']),
    );
    await maker.close();
    const small = createPortraitMaker({ heapMb: 256, residentMb: 1, timeoutMs: 20_000 });
    expect(await small.make(await picture(2000, 2600))).toEqual({ ok: false, code: 'portrait-unreadable' });
    await small.close();
  });
});

describe('review', () => {
  it('accepts a portrait: in use, and copies that waited for it are delivered', async () => {
    const number = '202305000002';
    const claimed = await claimAt(issuer, number);
    await handIn(number, await picture(600, 800));
    expect((await inUse(number)).status).toBe(404);
    const asked = await claimed.wallet.call(
      '/credential',
      claimed.tokens.access_token,
      await requestBody(claimed.wallet, 'student-id-sd-jwt', 2),
    );
    expect(asked.status).toBe(202);
    const { transaction_id } = (await asked.json()) as { transaction_id: string };
    const id = await waitingOf(number);
    expect(await Promise.all([decide(id, { verdict: 'accepted' }), decide(id, { verdict: 'accepted' })])).toEqual(
      expect.arrayContaining([204, 409]),
    );
    expect((await inUse(number)).status).toBe(200);
    expect(
      (await claimed.wallet.call('/deferred-credential', claimed.tokens.access_token, { transaction_id })).status,
    ).toBe(200);
  });

  it('rejects with a reason that the wallet shows, and leaves the former portrait [no reason] [unknown reason]', async () => {
    const number = '202305000002';
    const claimed = await claimAt(issuer, number);
    const before = Buffer.from(await (await inUse(number)).arrayBuffer());
    expect((await holder(claimed, 'POST', await picture(480, 640))).status).toBe(202);
    expect(await (await holder(claimed, 'GET')).json()).toMatchObject({ state: 'waiting', reason_code: null });
    const id = await waitingOf(number);
    expect(await decide(id, { verdict: 'rejected' })).toBe(400);
    expect(await decide(id, { verdict: 'rejected', reason: 'ugly' })).toBe(400);
    expect(await decide(id, { verdict: 'rejected', reason: 'too-dark' })).toBe(204);
    expect(await (await holder(claimed, 'GET')).json()).toMatchObject({ state: 'rejected', reason_code: 'too-dark' });
    expect(Buffer.from(await (await inUse(number)).arrayBuffer()).equals(before)).toBe(true);
  });

  it('takes five pictures of a student a day, and the newest one waits', async () => {
    const number = '202305000003';
    const claimed = await claimAt(issuer, number);
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1)
      statuses.push((await holder(claimed, 'POST', await picture(300, 400))).status);
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429]);
    expect((await queue('?limit=100')).waiting.filter((one) => one.student_number === number)).toHaveLength(1);
    expect((await fetch(`${issuer.url}/v1/holder/portrait`)).status).toBe(401);
  });
});

describe('who has no photo', () => {
  const without = async (query = '') =>
    (await (await issuer.operator(`/v1/students?portrait=none&limit=200${query}`)).json()) as {
      students: { student_number: string }[];
      estimate: number;
    };
  it('is listed until one waits to be looked at or is in use, and again when it was refused', async () => {
    const number = numbers[20] ?? '';
    const isListed = async () =>
      (await without(`&q=${number}`)).students.some(({ student_number }) => student_number === number);
    expect(await isListed()).toBe(true);
    await handIn(number, await picture(620, 830));
    expect(await isListed()).toBe(false);
    await decide(await waitingOf(number), { verdict: 'rejected', reason: 'too-dark' });
    expect(await isListed()).toBe(true);
    await handIn(number, await picture(621, 830));
    await decide(await waitingOf(number), { verdict: 'accepted' });
    expect(await isListed()).toBe(false);
  });
  it('is nobody who has left, and narrows with the other filters', async () => {
    for (const left of ['graduated', 'withdrawn', 'transferred-out'])
      expect((await without(`&enrolment_status=${left}`)).students).toEqual([]);
    const { rows } = await issuer.database.run.raw(
      `SELECT college, count(*)::int AS n FROM student WHERE portrait_id IS NULL AND pending_portrait_id IS NULL
         AND enrolment_status IN ('enrolled', 'not-registered') GROUP BY 1 ORDER BY 2 LIMIT 1`,
    );
    const { college, n } = rows[0] as { college: string; n: number };
    const found = await Promise.all(
      ['enrolled', 'not-registered'].map((status) =>
        without(`&college=${encodeURIComponent(college)}&enrolment_status=${status}`),
      ),
    );
    expect(found.reduce((sum, { estimate }) => sum + estimate, 0)).toBe(n);
  });
  it.each(['all', 'None', ''])('is asked for by that one word [%j is 400]', async (word) => {
    expect((await issuer.operator(`/v1/students?portrait=${word}`)).status).toBe(400);
  });
});

describe('a batch', () => {
  const settled = (id: number) =>
    vi.waitFor(
      async () => {
        const run = (await (await issuer.operator(`/v1/bulk-runs/${id}`)).json()) as { state: string };
        expect(run.state).toBe('applied');
        return run;
      },
      { timeout: 60_000, interval: 50 },
    );
  const send = async (bytes: Buffer) => {
    const answer = await issuer.operator('/v1/portrait-batches', { bytes, type: 'application/zip' });
    return [answer.status, await answer.json()] as [
      number,
      { id: number; code?: string; detail?: string; accepted: number; findings: object[] },
    ];
  };

  it('goes by file name, in pieces with progress; the others are listed with a reason', async () => {
    const good = await picture(300, 400);
    const at = (index: number) => numbers[index] ?? '';
    const names = [
      `${at(0)}.jpg`,
      `照片/${at(1)}.PNG`,
      `${at(2)}.jpeg`,
      `${at(3)}.webp`,
      `a/${at(4)}.jpg`,
      `${at(5)}.jpg`,
    ];
    const bytes = zipOf([
      ...names.map((name) => ({ name, content: good })),
      { name: `${numbers[6]}.jpg`, content: await picture(100, 100) },
      { name: `x/${numbers[0]}.jpg`, content: good },
      { name: '999999999999.jpg', content: good },
      { name: '张三.jpg', content: good },
      { name: `${numbers[7]}.pdf`, content: 'x' },
      { name: `__MACOSX/._${numbers[0]}.jpg`, content: 'x' },
    ]);
    const [status, opened] = await send(bytes);
    expect([status, opened.accepted]).toEqual([202, 7]);
    expect(opened.findings).toMatchObject([
      { line: 8, code: 'student-number-duplicate' },
      { line: 9, code: 'student-not-found' },
      { line: 10, code: 'student-number-malformed' },
      { line: 11, code: 'file-type-unsupported' },
    ]);
    expect(await settled(opened.id)).toMatchObject({ kind: 'portraits', total: 7, done: 7, refused: 1 });
    const { rows } = (await (await issuer.operator(`/v1/bulk-runs/${opened.id}/refused`)).json()) as { rows: object[] };
    expect(rows).toMatchObject([{ student_number: `${numbers[6]}`, code: 'portrait-too-small' }]);
    expect((await issuer.database.run.raw('SELECT 1 FROM portrait_upload')).rowCount).toBe(0);
    const first = await queue('?limit=3');
    expect([first.waiting.length, first.next]).toEqual([3, first.waiting[2]?.id]);
    expect((await queue(`?limit=100&after=${first.next}`)).waiting).toHaveLength(first.total - 3);
  });

  it('is refused where it is no archive, lies, or names nobody', async () => {
    expect((await send(Buffer.from('no zip at all')))[1]).toMatchObject({
      code: 'portrait-archive-invalid',
      detail: 'archive-unreadable',
    });
    const big = zipOf([{ name: `${numbers[0]}.jpg`, content: 'x', states: 100_000_000 }]);
    expect((await send(big))[1]).toMatchObject({ code: 'portrait-archive-invalid', detail: 'archive-too-large' });
    expect((await send(zipOf([{ name: '1.jpg', content: 'x' }])))[1].code).toBe('portrait-batch-empty');
    const lying = await send(zipOf([{ name: `${numbers[8]}.jpg`, content: Buffer.alloc(5000), states: 10 }]));
    expect(lying[0]).toBe(202);
    expect(await settled(lying[1].id)).toMatchObject({ total: 1, refused: 1 });
  });
});

describe('pictures that are nobody\u2019s portrait', () => {
  const pictures = async () => Number((await issuer.database.run.raw('SELECT count(*) AS n FROM portrait')).rows[0].n);
  const unused = async () =>
    Number(
      (await issuer.database.run.raw('SELECT count(*) AS n FROM portrait WHERE unused_since IS NOT NULL')).rows[0].n,
    );
  const daysPass = (days: number) =>
    issuer.database.run.raw("UPDATE portrait SET unused_since = unused_since - ?::int * interval '1 day'", [days]);

  it('go 30 days after they were rejected or replaced, counted; those in use or waiting stay', async () => {
    await daysPass(31);
    await issuer.retain();
    const [, rejected = '', kept = '', waits = ''] = numbers.slice(10);
    const start = await pictures();
    expect(await unused()).toBe(0);
    for (const [number, width] of [
      [rejected, 611],
      [kept, 612],
      [waits, 613],
    ] as const)
      expect((await handIn(number, await picture(width, 820)))[0]).toBe(202);
    expect(await decide(await waitingOf(rejected), { verdict: 'rejected', reason: 'too-dark' })).toBe(204);
    expect(await decide(await waitingOf(kept), { verdict: 'accepted' })).toBe(204);
    expect([await pictures(), await unused()]).toEqual([start + 3, 1]);
    await daysPass(29);
    await issuer.retain();
    expect(await pictures()).toBe(start + 3);
    await daysPass(2);
    await issuer.retain();
    expect([await pictures(), await unused()]).toEqual([start + 2, 0]);
    expect((await inUse(kept)).status).toBe(200);
    expect(await decide(await waitingOf(waits), { verdict: 'accepted' })).toBe(204);
    const { rows } = await issuer.database.run.raw(
      "SELECT row_text::jsonb AS row FROM audit WHERE action = 'retention.applied' ORDER BY id DESC LIMIT 1",
    );
    expect(rows[0].row).toMatchObject({ subject: 'table:portrait', detail: { rows: 1 } });
  });
  it('are taken back when the same picture is handed in again', async () => {
    const [, , , , number = ''] = numbers.slice(10);
    const bytes = await picture(614, 820);
    await handIn(number, bytes);
    await decide(await waitingOf(number), { verdict: 'rejected', reason: 'too-dark' });
    await daysPass(31);
    await handIn(number, bytes);
    expect(await unused()).toBe(0);
    await issuer.retain();
    expect(await decide(await waitingOf(number), { verdict: 'accepted' })).toBe(204);
    expect((await inUse(number)).status).toBe(200);
  });
});
