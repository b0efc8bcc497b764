import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { workbookToCsv } from '../../../issuer/src/domain/workbook/workbook-to-csv.js';
import { ROLES } from '../support/population.js';
import { JPEG, PDF } from './support/sample-files.js';
import { role, startCampus, type TestCampus } from './support/start-campus.js';

/** Also where the machine has much to do. */
const WAIT = { timeout: 20_000, interval: 50 };
/** Files in the log of an incident: who adds them, who reads them, and how many there are. */
const SMALL = {
  ...{ kind: 'network', severity: 'minor', place: '机房', seen_at: '2026-11-29T02:50:00+08:00' },
  ...{ people_hurt: 0, description: '断电' },
};
const CANARY = '金丝雀平面图';
let campus: TestCampus;
beforeAll(async () => {
  campus = await startCampus();
  await campus.enrol([{ number: '203500000001' }]);
}, 120_000);
afterAll(() => campus?.close());

type As = ReturnType<TestCampus['staff']>;
interface File {
  id: string;
  name: string;
}
let people = 0;
/** Somebody new, with nothing that waits. */
function guard(): As {
  people += 1;
  return campus.staff(`g${people}`, role('security-officer'));
}
const office = (name: string) => campus.staff(`o-${name}`.slice(0, 20), role(name));
const report = async (): Promise<string> => {
  const { body } = await office('dormitory-officer')('/v1/cases', {
    body: { service: 'campus-incident', form: SMALL },
  });
  return body.id;
};
const send = (as: As, options: { bytes?: Uint8Array; fileName?: string; key?: string } = {}) =>
  as('/v1/attachments', {
    ...{ method: 'POST', body: options.bytes ?? PDF, fileName: options.fileName ?? '现场.pdf' },
    ...(options.key === undefined ? {} : { key: options.key }),
  });
const uploaded = async (as: As, options: Parameters<typeof send>[1] = {}): Promise<File> => {
  const { status, body } = await send(as, options);
  expect(status).toBe(201);
  return body;
};
const note = (as: As, id: string, files: readonly string[], more: object = {}) =>
  as(`/v1/cases/${id}/actions`, { body: { verb: 'note', step: 'scene', files, ...more } });
const historyOf = async (as: As, id: string): Promise<{ kind: string; files: File[] }[]> =>
  (await as(`/v1/cases/${id}/history`)).body.history;
const logged = async (as: As, id: string) => (await historyOf(as, id)).filter(({ kind }) => kind === 'noted');
const caseOf = async (file: string): Promise<string | null | undefined> =>
  (await campus.database.run.raw('SELECT case_id FROM attachment WHERE id = ?', [file])).rows[0]?.case_id;

describe('a note with files', () => {
  it('keeps them with its line, without what a camera wrote, sealed, and names them nowhere else', async () => {
    const [as, id] = [guard(), await report()];
    const photo = await uploaded(as, { bytes: JPEG, fileName: `${CANARY}.jpg` });
    expect(photo).toMatchObject({ media_type: 'image/jpeg', bytes: JPEG.length - 14 });
    const plan = await uploaded(as, { fileName: `${CANARY}.pdf` });
    expect((await note(as, id, [photo.id, plan.id], { text: '三层走廊' })).status).toBe(200);
    const second = await uploaded(as);
    expect((await note(as, id, [second.id], { item: 'people-safe' })).status).toBe(200);
    const lines = await logged(as, id);
    expect(lines.map(({ files }) => files)).toEqual([[photo, plan], [second]]);
    expect((await historyOf(as, id))[0]).toMatchObject({ kind: 'submitted', files: [] });
    expect((await as(`/v1/cases/${id}`)).body.attachments).toEqual([]);
    const { bytes, headers } = await as(`/v1/cases/${id}/attachments/${photo.id}`, { isFile: true });
    expect(Object.fromEntries(headers ?? [])).toMatchObject({
      ...{ 'content-type': 'image/jpeg', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' },
      'content-disposition': expect.stringContaining('attachment;'),
      'content-security-policy': "default-src 'none'; sandbox",
    });
    expect(bytes?.includes('GPS!')).toBe(false);
    const { rows } = await campus.database.run.raw('SELECT body, name FROM attachment WHERE id = ?', [photo.id]);
    expect(rows[0].body.includes(bytes?.subarray(0, 20))).toBe(false);
    expect(rows[0].name.includes(CANARY)).toBe(false);
    const said = await campus.database.run.raw(
      "SELECT (SELECT string_agg(row_text, ' ') FROM audit) || (SELECT coalesce(string_agg(body::text, ' '), '') FROM idempotency_key) AS text",
    );
    expect(said.rows[0].text + campus.logLines.join(' ')).not.toContain(CANARY);
    const { state, folded } = await campus.rowsOf(id);
    expect(folded).toEqual(state);
  });
  it('is written by who may write there, who sees the case alone does not', async () => {
    const id = await report();
    for (const [as, status, code] of [
      [office('dormitory-officer'), 403, 'not-your-turn'],
      [office('community-lead'), 403, 'not-your-turn'],
      [office('psychologist'), 404, 'case-not-found'],
      [campus.student('203500000001'), 404, 'case-not-found'],
    ] as const) {
      const { id: file } = await uploaded(as);
      const answer = await note(as, id, [file]);
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      expect(await caseOf(file)).toBeNull();
    }
  });
  it('is not written once the incident is over; what is there is read on', async () => {
    const [as, id] = [guard(), await report()];
    const { id: file } = await uploaded(as);
    await note(as, id, [file]);
    const lead = office('community-lead');
    await lead(`/v1/cases/${id}/actions`, { body: { verb: 'void', reason: '误报' } });
    const { id: late } = await uploaded(as);
    expect((await note(as, id, [late])).body.code).toBe('case-closed');
    expect(await caseOf(late)).toBeNull();
    expect((await lead(`/v1/cases/${id}/attachments/${file}`, { isFile: true })).bytes).toEqual(PDF);
  });
  it.each<[string, (as: As, id: string) => Promise<readonly string[]>, number, string]>([
    ['somebody else uploaded', async () => [(await uploaded(guard())).id], 404, 'attachment-not-found'],
    ['there is none of', async () => ['A'.repeat(22)], 404, 'attachment-not-found'],
    [
      'is in the log already',
      async (as, id) => {
        const { id: file } = await uploaded(as);
        await note(as, id, [file]);
        return [file];
      },
      404,
      'attachment-not-found',
    ],
    [
      'is in another incident',
      async (as) => {
        const { id: file } = await uploaded(as);
        await note(as, await report(), [file]);
        return [file];
      },
      404,
      'attachment-not-found',
    ],
    [
      'is named twice',
      async (as) => {
        const { id: file } = await uploaded(as);
        return [file, file];
      },
      400,
      'input-invalid',
    ],
    ['is no id', async () => ['../x'], 400, 'input-invalid'],
  ])('is refused whole where one of its files %s', async (_, make, status, code) => {
    const [as, id] = [guard(), await report()];
    const bad = await make(as, id);
    const { id: good } = await uploaded(as);
    const before = await campus.rowsOf(id);
    const answer = await note(as, id, [good, ...bad], { item: 'people-safe' });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await caseOf(good)).toBeNull();
    expect(await campus.rowsOf(id)).toEqual(before);
    expect((await note(as, id, [good], { item: 'people-safe' })).status).toBe(200);
  });
  it.each([
    ['a script', { bytes: Buffer.from('<script>') }, 415],
    ['nothing', { bytes: Buffer.alloc(0) }, 415],
    ['more than 5 MB', { bytes: Buffer.concat([PDF, Buffer.alloc(5 * 1024 * 1024)]) }, 413],
    ['no name', { fileName: '' }, 400],
  ])('takes what forms take and no other file [%s]', async (_, options, status) =>
    expect((await send(guard(), options)).status).toBe(status),
  );
});

describe('a report with a photo', () => {
  const withPhoto = (as: As, photo: string) =>
    as('/v1/cases', { body: { service: 'campus-incident', form: { ...SMALL, photo } } });
  it('keeps it for who sees the incident, and it counts with those of the log', async () => {
    const warden = office('dormitory-officer');
    const photo = await uploaded(warden, { bytes: JPEG, fileName: '远景.jpg' });
    const { status, body } = await withPhoto(warden, photo.id);
    expect(status).toBe(201);
    const as = guard();
    expect((await as(`/v1/cases/${body.id}`)).body.attachments).toEqual([photo]);
    const path = `/v1/cases/${body.id}/attachments/${photo.id}`;
    expect((await as(path, { isFile: true })).bytes?.includes('GPS!')).toBe(false);
    expect((await office('psychologist')(path)).status).toBe(404);
    const files: string[] = [];
    for (let n = 0; n < 20; n += 1) files.push((await uploaded(as)).id);
    expect((await note(as, body.id, files)).body.code).toBe('files-at-most');
    expect((await note(as, body.id, files.slice(1))).status).toBe(200);
  });
  it.each([
    ['of somebody else', async () => (await uploaded(guard())).id, 404, 'attachment-not-found'],
    ['that is no id', async () => 'photo.jpg', 422, 'form-invalid'],
  ])('is not taken with one %s', async (_, make, status, code) => {
    const answer = await withPhoto(office('dormitory-officer'), await make());
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});

describe('twenty files an incident', () => {
  it('are the most, by forty notes of two officers at once; the others wait where they were', async () => {
    const id = await report();
    const officers = [guard(), guard()];
    const notes: (readonly [As, string])[] = [];
    for (const as of officers)
      for (let n = 0; n < 20; n += 1) notes.push([as, (await uploaded(as, { fileName: `${n}.pdf` })).id]);
    const answers = await Promise.all(notes.map(([as, file]) => note(as, id, [file])));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ status, body }) => `${status} ${body.code}`))).toEqual(
      new Set(['409 files-at-most']),
    );
    expect(refused[0]?.body.title).toContain('20');
    const { state, folded } = await campus.rowsOf(id);
    expect(folded).toEqual(state);
    const { rows } = await campus.database.run.raw('SELECT id FROM attachment WHERE case_id = ?', [id]);
    expect(rows.map((row: { id: string }) => row.id).sort()).toEqual([...(state.files ?? [])].sort());
    expect(rows).toHaveLength(20);
    expect((await note(guard(), id, [], { text: '其余照片在值班电脑' })).status).toBe(200);
  });
  it('are not passed by one note with many', async () => {
    const [as, id] = [guard(), await report()];
    const files: string[] = [];
    for (let n = 0; n < 21; n += 1) files.push((await uploaded(as)).id);
    expect((await note(as, id, files)).body.code).toBe('files-at-most');
    expect(await caseOf(files[0] ?? '')).toBeNull();
    expect((await note(as, id, files.slice(0, 20))).status).toBe(200);
    expect((await note(as, id, files.slice(20))).body.code).toBe('files-at-most');
  });
});

describe('the same again', () => {
  it('is one upload by its key, at once and later, also when it is in a case by then', async () => {
    const [as, id, key] = [guard(), await report(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(as, { key })));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    const file = answers[0]?.body;
    expect((await note(as, id, [file.id])).status).toBe(200);
    expect(await uploaded(as, { key })).toEqual(file);
    for (const other of [{ bytes: JPEG }, { fileName: 'b.pdf' }])
      expect((await send(as, { key, ...other })).body.code).toBe('idempotency-key-reused');
    expect((await uploaded(guard(), { key })).id).not.toBe(file.id);
  });
  it('is one note by its key, and one of five notes that name one file', async () => {
    const [as, id, key] = [guard(), await report(), randomUUID()];
    const { id: file } = await uploaded(as);
    const body = { verb: 'note', step: 'scene', text: '', files: [file] };
    const act = (more: object) => as(`/v1/cases/${id}/actions`, { body: { ...body, ...more }, key });
    const once = await Promise.all([act({}), act({}), act({})]);
    expect(once.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await logged(as, id)).toHaveLength(1);
    const { id: other } = await uploaded(as);
    const five = await Promise.all(Array.from({ length: 5 }, () => note(as, id, [other])));
    expect(five.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await logged(as, id)).toHaveLength(2);
  });
});

describe('who reads a file of an incident', () => {
  const readers = ['security-officer', 'community-lead'];
  let id: string;
  let file: string;
  beforeAll(async () => {
    const as = guard();
    id = await report();
    file = (await uploaded(as, { fileName: `${CANARY}.pdf` })).id;
    await note(as, id, [file]);
  });
  it.each([...new Set([...ROLES, 'guard', 'operator', 'data-protection-officer', 'window-clerk'])])(
    '%s, as far as the case is there',
    async (name) => {
      const as = campus.staff('r-reader', role(name));
      const isReader = readers.includes(name);
      const statuses = ['', '/history', `/attachments/${file}`].map(
        async (path) => (await as(`/v1/cases/${id}${path}`, { isFile: true })).status,
      );
      expect(await Promise.all(statuses)).toEqual(isReader ? [200, 200, 200] : [404, 404, 404]);
      for (const what of ['cases', 'statistics']) {
        const { body } = await as('/v1/exports', { body: { what } });
        let csv = '';
        await workbookToCsv(body, new Set(), (text) => {
          csv += text;
        });
        for (const trace of [id, file, CANARY]) expect(csv).not.toContain(trace);
      }
    },
  );
  it('who reported it does, and a student does not', async () => {
    const path = `/v1/cases/${id}/attachments/${file}`;
    expect((await office('dormitory-officer')(path, { isFile: true })).status).toBe(200);
    expect((await campus.student('203500000001')(path, { isFile: true })).status).toBe(404);
  });
  it('nobody by another case, before its note, or once it was taken back', async () => {
    const as = guard();
    const other = await report();
    expect((await as(`/v1/cases/${other}/attachments/${file}`)).status).toBe(404);
    const { id: loose } = await uploaded(as);
    expect((await as(`/v1/cases/${other}/attachments/${loose}`)).status).toBe(404);
    expect((await as(`/v1/attachments/${file}`, { method: 'DELETE' })).status).toBe(404);
    expect((await as(`/v1/attachments/${loose}`, { method: 'DELETE' })).status).toBe(204);
    expect((await note(as, other, [loose])).body.code).toBe('attachment-not-found');
  });
});

function signal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

describe('what is left', () => {
  it('nothing half of a note whose process is killed; the same again is written once', async () => {
    const [as, id, key] = [guard(), await report(), randomUUID()];
    const { id: file } = await uploaded(as);
    const before = await campus.rowsOf(id);
    const victim = await campus.startProcess();
    const [locked, freed] = [signal(), signal()];
    // The note has written its events and waits for the file's row when its process dies.
    const holder = campus.database.run.transaction(async (transaction) => {
      await transaction.raw('SELECT 1 FROM attachment WHERE id = ? FOR UPDATE', [file]);
      locked.give();
      await freed.given;
    });
    await locked.given;
    const body = { verb: 'note', step: 'scene', files: [file] };
    const lost = as(`/v1/cases/${id}/actions`, { body, key, url: victim.url });
    await vi.waitFor(async () => {
      const { rows } = await campus.database.run.raw(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE attachment%'",
      );
      expect(rows).toHaveLength(1);
    }, WAIT);
    await victim.kill();
    freed.give();
    await holder;
    expect((await lost).status).not.toBe(200);
    expect(await caseOf(file)).toBeNull();
    expect(await campus.rowsOf(id)).toEqual(before);
    for (let again = 0; again < 2; again += 1)
      expect((await as(`/v1/cases/${id}/actions`, { body, key })).status).toBe(200);
    expect((await logged(as, id)).map(({ files }) => files.length)).toEqual([1]);
  }, 60_000);
  it('nothing once the incident’s time is over, and of what no note took nothing after a week', async () => {
    const [as, id] = [guard(), await report()];
    const { id: file } = await uploaded(as);
    const { id: loose } = await uploaded(as);
    await note(as, id, [file]);
    await campus.retain();
    expect([await caseOf(file), await caseOf(loose)]).toEqual([id, null]);
    campus.clock.ms = 8 * 86_400_000;
    await campus.retain();
    campus.clock.ms = 0;
    expect([await caseOf(file), await caseOf(loose)]).toEqual([id, undefined]);
    const raw = campus.database.run.raw.bind(campus.database.run);
    await raw("UPDATE service_case SET keep_until = now() - interval '1 day' WHERE id = ?", [id]);
    await campus.retain();
    expect(await caseOf(file)).toBeUndefined();
  });
});
