import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpeningStore } from '../../../../issuer/src/storage/rights/opening-store.js';
import { claimWallet, type HeldWallet, OTHER, type Pair, passAt, STUDENT, startPair } from './support.js';

interface Opening {
  id: string;
  state: string;
  approvals: { role: string; actor: string }[];
  readable_until: number | null;
}
interface Passages {
  passages: { checkpoint: { id: string }; verdict: string; person: { student_number: string; name: string } | null }[];
  more: boolean;
}
const OFFICES = ['data-protection-officer', 'security-auditor', 'registrar'] as const;
const ASKER = 'account:asker';
const people: Record<(typeof OFFICES)[number], string> = {
  'data-protection-officer': 'account:dpo',
  'security-auditor': 'account:auditor',
  registrar: 'account:registrar',
};
let pair: Pair;
let student: HeldWallet;
let other: HeldWallet;

beforeAll(async () => {
  pair = await startPair(7905);
  student = await claimWallet(pair.issuer, STUDENT);
  other = await claimWallet(pair.issuer, OTHER);
  await passAt(pair.verifier, 'south-gate', [student.row, other.row, null, student.row]);
}, 120_000);
afterAll(() => pair?.close());

const now = () => Math.floor(Date.now() / 1000);
const request = (change: object = {}, actor = ASKER) =>
  pair.console('/v1/passage-openings', actor, {
    ...{ target: { checkpoint: 'south-gate' }, reason: '宿舍失窃调查', document_number: '保卫〔2026〕7号' },
    ...{ from: now() - 3600, to: now() + 60 },
    ...change,
  });
const asked = async (change: object = {}, actor = ASKER) => ((await request(change, actor)).body as Opening).id;
const approve = (id: string, office: (typeof OFFICES)[number], actor: string = people[office]) =>
  pair.console(`/v1/passage-openings/${id}/approvals/${office}`, actor, {});
const open = (id: string, actor = ASKER) => pair.console(`/v1/passage-openings/${id}/open`, actor, {});
const read = (id: string, actor = ASKER) => pair.console(`/v1/passage-openings/${id}/passages`, actor);
async function approved(change: object = {}): Promise<string> {
  const id = await asked(change);
  for (const office of OFFICES) expect((await approve(id, office)).status).toBe(200);
  return id;
}
const audited = async (id: string) => {
  const { rows } = await pair.issuer.database.run.raw(
    "SELECT action, row_text::jsonb->>'actor' AS actor FROM audit WHERE row_text::jsonb->>'subject' = ? ORDER BY id",
    [`opening:${id}`],
  );
  return rows.map(({ action, actor }: { action: string; actor: string }) => `${action} ${actor}`);
};

describe('passages are read with names', () => {
  it('after three offices agreed, opened once, by who asked; each step audited', async () => {
    const id = await approved();
    expect((await read(id)).code).toBe('opening-not-readable');
    const opened = (await open(id)).body as Opening;
    expect(opened).toMatchObject({ state: 'opened' });
    expect(opened.readable_until! - now()).toBeGreaterThan(3_590);
    const { passages, more } = (await read(id)).body as Passages;
    expect(more).toBe(false);
    expect(passages.map(({ person }) => person?.student_number ?? null)).toEqual([STUDENT, OTHER, null, STUDENT]);
    expect((await open(id)).code).toBe('opening-over');
    expect(await audited(id)).toEqual([
      `passage-opening.requested ${ASKER}`,
      ...OFFICES.map((office) => `passage-opening.approved ${people[office]}`),
      `passage-opening.opened ${ASKER}`,
      `passage-opening.read ${ASKER}`,
    ]);
    const there = await pair.verifier.operator('/v1/audit?action=passages.opened');
    expect(await there.json()).toMatchObject({ rows: [{ content: { actor: ASKER, subject: `opening:${id}` } }] });
  });

  it('for an hour from one instant, however fast the clock goes', async () => {
    const id = await approved();
    let ticks = Date.now();
    const clock = { nowMs: () => (ticks += 7), nowSeconds: () => Math.floor(ticks / 1000) };
    const openings = createOpeningStore(pair.issuer.database.run, { verifier: undefined, clock });
    expect(await openings.open(id, ASKER)).toMatchObject({ state: 'opened' });
  });

  it('of one student alone', async () => {
    const id = await approved({ target: { student_number: STUDENT } });
    await open(id);
    const { passages } = (await read(id)).body as Passages;
    expect(passages.map(({ person }) => person?.student_number)).toEqual([STUDENT, STUDENT]);
  });

  it('for an hour: then no more, and who was in it reads of it [at once] [after days]', async () => {
    const kindsOf = async (wallet: HeldWallet) =>
      (
        await wallet.read<{ verifications: { kind: string; reason: string | null }[] }>('/v1/holder/verifications')
      ).verifications
        .filter(({ kind }) => kind === 'opening')
        .map(({ reason }) => reason);
    const reason = '本人申请核对出入记录';
    const later = await approved({ tell_after_days: 30, reason: '侦查中', target: { student_number: OTHER } });
    await open(later);
    await read(later);
    const id = await approved({ target: { student_number: OTHER }, reason });
    await open(id);
    await read(id);
    expect(await kindsOf(other)).toContain(reason);
    expect(await kindsOf(other)).not.toContain('侦查中');
    await pair.issuer.database.run.raw(
      "UPDATE passage_opening SET opened_at = opened_at - interval '2 hours', readable_until = readable_until - interval '2 hours' WHERE id = ?",
      [id],
    );
    expect((await read(id)).code).toBe('opening-not-readable');
    await pair.issuer.database.run.raw("UPDATE opened_person SET visible_from = visible_from - interval '31 days'");
    expect(await kindsOf(other)).toContain('侦查中');
  });

  it('not before all three [none] [two]', async () => {
    const id = await asked();
    expect(await open(id)).toMatchObject({ status: 409, code: 'opening-not-approved' });
    await approve(id, 'registrar');
    await approve(id, 'security-auditor');
    expect(await open(id)).toMatchObject({ status: 409, code: 'opening-not-approved' });
  });

  it('not by another than who asked [open] [read]', async () => {
    const id = await approved();
    expect(await open(id, people.registrar)).toMatchObject({ status: 403, code: 'opening-not-yours' });
    await open(id);
    expect(await read(id, people.registrar)).toMatchObject({ status: 403, code: 'opening-not-yours' });
  });

  it('once, though opened twenty times at once', async () => {
    const id = await approved();
    const answers = await Promise.all(Array.from({ length: 20 }, () => open(id)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await audited(id)).filter((line: string) => line.startsWith('passage-opening.opened'))).toHaveLength(1);
  });
});

describe('an approval', () => {
  it('is not the requester’s own, not a second one of a person, not a second one of an office', async () => {
    const id = await asked();
    expect(await approve(id, 'registrar', ASKER)).toMatchObject({ status: 403, code: 'opening-own-request' });
    expect((await approve(id, 'registrar')).status).toBe(200);
    expect(await approve(id, 'security-auditor', people.registrar)).toMatchObject({ code: 'opening-approved-by-you' });
    expect(await approve(id, 'registrar', 'account:second')).toMatchObject({ code: 'opening-approved-by-office' });
    expect(await open(id)).toMatchObject({ code: 'opening-not-approved' });
  });

  it('counts once under parallel fire: one person in three offices at once is one approval', async () => {
    const id = await asked();
    const fire = OFFICES.flatMap((office) => Array.from({ length: 10 }, () => approve(id, office, 'account:all')));
    const answers = await Promise.all(fire);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const twice = Array.from({ length: 10 }, (_, n) => approve(id, 'registrar', `account:r${n}`));
    await Promise.all(twice);
    const { rows } = await pair.issuer.database.run.raw(
      'SELECT count(DISTINCT actor) AS people, count(DISTINCT role) AS roles, count(*) AS n FROM passage_opening_approval WHERE opening_id = ?',
      [id],
    );
    expect(Number(rows[0].people)).toBe(Number(rows[0].n));
    expect(Number(rows[0].roles)).toBe(Number(rows[0].n));
  });

  it('is too late after a day, and after an office declined', async () => {
    const late = await asked();
    await pair.issuer.database.run.raw(
      "UPDATE passage_opening SET created_at = created_at - interval '25 hours', approve_until = approve_until - interval '25 hours' WHERE id = ?",
      [late],
    );
    expect(await approve(late, 'registrar')).toMatchObject({ status: 409, code: 'opening-over' });
    const declined = await asked();
    const answer = await pair.console(`/v1/passage-openings/${declined}/decline`, people.registrar, {
      reason: '没有必要',
    });
    expect(answer.body as Opening).toMatchObject({ state: 'declined' });
    expect(await approve(declined, 'registrar')).toMatchObject({ status: 409, code: 'opening-over' });
    expect(await open(declined)).toMatchObject({ code: 'opening-over' });
  });

  it('is nothing for the operator token, nor for the operator’s link in the console', async () => {
    const id = await asked();
    for (const path of ['', `/${id}/open`, `/${id}/approvals/registrar`, `/${id}/decline`]) {
      const answer = await pair.issuer.operator(`/v1/passage-openings${path}`, { body: {} });
      expect(answer.status).toBe(403);
    }
    expect((await pair.issuer.operator(`/v1/passage-openings/${id}/passages`)).status).toBe(403);
    expect(await approve(id, 'registrar', 'operator')).toMatchObject({ status: 403, code: 'person-needed' });
    expect(await request({}, 'operator')).toMatchObject({ status: 403, code: 'person-needed' });
    expect(await open('A'.repeat(22))).toMatchObject({ status: 404, code: 'opening-not-found' });
  });
});

describe('a request', () => {
  it.each([
    ['a span of nine days', { from: now() - 9 * 86_400 }, 422, 'opening-span-invalid'],
    ['a span that ends before it begins', { from: now(), to: now() - 1 }, 422, 'opening-span-invalid'],
    ['a span in the future', { from: now() + 3_600, to: now() + 7_200 }, 422, 'opening-span-invalid'],
    ['nobody’s number', { target: { student_number: '999' } }, 404, 'student-not-found'],
    ['everybody everywhere', { target: {} }, 400, 'input-invalid'],
    ['both', { target: { student_number: STUDENT, checkpoint: 'south-gate' } }, 400, 'input-invalid'],
    ['no document', { document_number: ' ' }, 400, 'input-invalid'],
    ['silence for good', { tell_after_days: 91 }, 400, 'input-invalid'],
  ])('is refused for %s', async (_, change, status, code) => {
    expect(await request(change)).toMatchObject({ status, code });
  });

  it('is listed for all who decide, the newest first, page by page', async () => {
    const first = (await pair.console('/v1/passage-openings?limit=2', people.registrar)).body as {
      openings: Opening[];
      next: string;
    };
    expect(first.openings).toHaveLength(2);
    const second = (await pair.console(`/v1/passage-openings?limit=2&before=${first.next}`, people.registrar)).body as {
      openings: Opening[];
    };
    expect(second.openings.map(({ id }) => id)).not.toContain(first.openings[1]?.id);
  });
});

describe('the verifier', () => {
  it('opens passages to the issuer alone, for a person, and never everybody everywhere', async () => {
    const path = `/v1/passage-openings/${'A'.repeat(22)}/passages`;
    const body = { checkpoint: 'south-gate', from: 0, to: now(), limit: 10 };
    expect((await pair.verifier.operator(path, { body })).status).toBe(403);
    await expect(pair.verifier.admin.json(path, { method: 'POST', body, actor: 'account:x' })).rejects.toMatchObject({
      status: 403,
    });
  });
});
