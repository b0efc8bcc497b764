import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAgentHome, startAgent } from '../../../reader-agent/test/support/agent-process.js';
import type { PassageEntry } from '../../../verifier/src/domain/passages/passage-entry.js';
import {
  claimWallet,
  type HeldWallet,
  OTHER,
  type Pair,
  STUDENT,
} from '../../../verifier/test/service/rights/support.js';
import { nowSeconds } from '../../../verifier/test/service/support/stand-in-issuer.js';
import { until } from '../../../verifier/test/service/support/start-verifier.js';
import { createWindowReader } from '../../../verifier/test/service/support/window-reader.js';
import { startRealWindow } from './support/real-window.js';
import { LEAVE, role, type TestCampus, WINDOW } from './support/start-campus.js';

/** Reader's journal, verifier, issuer and campus as they run: what a tap does at a window. */
let hall: Awaited<ReturnType<typeof startRealWindow>>;
let pair: Pair;
let campus: TestCampus;
let wallet: HeldWallet;
let other: HeldWallet;
type Reader = ReturnType<typeof createWindowReader>;
let tapAtHall: Reader;
let tapAtCards: Reader;
let tapAtNod: Reader;

const clerk = (number = 'w1') => campus.staff(number, role('window-clerk'));
const operator = () => campus.staff('o1', role('operator'));
const put = (id: string, change: object, by = operator()) =>
  by(`/v1/windows/${id}`, { method: 'PUT', body: { ...WINDOW, services: ['leave'], ...change } });

beforeAll(async () => {
  hall = await startRealWindow(7876);
  ({ pair, campus } = hall);
  const readerAt = async (id: string, policy: object) => {
    await pair.verifier.putCheckpoint(id, { zone: id, ...policy });
    return createWindowReader(await pair.verifier.enrolAgent(id), wallet.row);
  };
  [wallet, other] = [await claimWallet(pair.issuer, STUDENT), await claimWallet(pair.issuer, OTHER)];
  tapAtHall = await readerAt('hall-reader', { window_mode: 'open' });
  tapAtCards = await readerAt('card-reader', { window_mode: 'open' });
  tapAtNod = await readerAt('nod-reader', { window_mode: 'nod' });
  await readerAt('gate', {});
  expect((await put('hall', { reader: 'hall-reader' })).status).toBe(200);
  expect((await put('cards', { reader: 'card-reader', card_confirms: true })).status).toBe(200);
  expect((await put('nod', { reader: 'nod-reader' })).status).toBe(200);
  expect((await put('bare', {})).status).toBe(200);
  expect((await put('gate', { reader: 'gate' })).status).toBe(200);
}, 180_000);
afterAll(async () => {
  await hall?.close();
});
/** What came before is nobody's concern. */
const heard: Record<string, number> = {};
beforeEach(async () => {
  for (const window of ['hall', 'cards']) heard[window] = (await tapsAt(window, 0)).body.last;
});

const tapsAt = (window: string, after = heard[window] ?? 0, wait = 0, by = clerk()) =>
  by(`/v1/windows/${window}/taps?after=${after}&wait=${wait}`);
/** The newest tap there, as the clerk's page hears it. */
const tapped = async (window: string, tap: Reader, change: Partial<PassageEntry> = {}): Promise<string> => {
  await tap(change);
  const { taps } = (await tapsAt(window)).body;
  return taps.at(-1)?.id ?? 'nothing-came-of-it-000';
};
const begin = (tap: string, window = 'hall', by = clerk()) => by(`/v1/windows/${window}/visits`, { body: { tap } });
const ask = async (visit: string, by = clerk()) => {
  const body = { verb: 'submit', service: 'leave', form: LEAVE };
  const answer = await by(`/v1/window-visits/${visit}/requests`, { body });
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 });
  return answer.body.id as string;
};
const confirm = (request: string, body: object, by = clerk()) => by(`/v1/window-requests/${request}/taps`, { body });
/** A journal says whole seconds: what is read in the second of the request is not yet after it. */
const nextSecond = async () => {
  const asked = nowSeconds();
  await until(() => nowSeconds() > asked);
};
const casesOf = async (number: string) => (await campus.student(number)('/v1/cases')).body.cases as { id: string }[];
const auditOf = async (action: string) => {
  const { rows } = await campus.database.run.raw('SELECT row_text FROM audit WHERE action = ? ORDER BY 1', [action]);
  return (rows as { row_text: string }[]).map(({ row_text }) => JSON.parse(row_text));
};
const looked = async () => {
  const { rows } = await pair.issuer.database.run.raw(
    "SELECT row_text FROM audit WHERE action = 'student.opened-at-window'",
  );
  return (rows as { row_text: string }[]).map(({ row_text }) => JSON.parse(row_text));
};

describe('a tap', () => {
  it.each([
    ['nfc-b', 'card-tap'],
    ['nfc-a', 'phone-tap'],
    ['gate-code', 'scan'],
  ] as const)('opens the visit with the prefilled form, and says how it was read [%s]', async (scheme, readBy) => {
    const before = (await looked()).length;
    const startedMs = performance.now();
    const hearing = tapsAt('hall', heard['hall'], 10);
    await tapAtHall({ scheme });
    const { taps } = (await hearing).body;
    expect(taps).toMatchObject([{ read_by: readBy }]);
    expect(JSON.stringify(taps)).not.toContain(STUDENT);
    const opened = await begin(taps[0].id);
    expect(opened, JSON.stringify(opened.body)).toMatchObject({
      ...{ status: 201, body: { verdict: 'accepted' } },
    });
    const { visit } = opened.body;
    expect(visit).toMatchObject({ state: 'open', read_by: readBy, person: { student_number: STUDENT } });
    const { known } = (await clerk()(`/v1/window-visits/${visit.id}/services/leave`)).body;
    process.stdout.write(`tap to prefilled form: ${Math.round(performance.now() - startedMs)} ms\n`);
    expect(known).toMatchObject({ student_number: STUDENT, name: visit.person.name });
    // The look is the clerk's, and the student reads in the wallet that a window looked.
    const looks = await looked();
    expect(looks).toHaveLength(before + 1);
    expect(looks.at(-1).actor).toBe('account:w1');
    const { looks: read } = await wallet.read<{ looks: { kind: string }[] }>('/v1/holder/looks');
    expect(read[0]?.kind).toBe('window');
    const audited = (await auditOf('window.visit-opened')).find(({ subject }) => subject.endsWith(visit.id));
    expect(audited.detail).toMatchObject({ window: 'hall', read_by: readBy });
  });
  it('opens one visit, whoever takes it [eight clerks at once] [again]', async () => {
    const tap = await tapped('hall', tapAtHall);
    const clerks = Array.from({ length: 8 }, (_, n) => clerk(`w${n + 1}`));
    const all = await Promise.all(clerks.map((by) => begin(tap, 'hall', by)));
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = all.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['tap-taken']));
    const taker = clerks[all.findIndex(({ status }) => status === 201)];
    expect((await begin(tap, 'hall', taker)).body.code).toBe('tap-taken');
    expect((await tapsAt('hall')).body.taps).toEqual([]);
    const { rows } = await campus.database.run.raw(
      'SELECT count(*)::int AS n FROM window_visit WHERE student = ? AND ended_at IS NULL',
      [`student:${STUDENT}`],
    );
    expect(rows[0].n).toBe(1);
  });
  it.each<[string, Partial<PassageEntry>]>([
    ['of a door tag, which can be passed on', { scheme: 'nfc-c' }],
    ['read too long ago', { at: nowSeconds() - 120 }],
    ['refused at the reader', { verdict: 'rejected', reason: 'suspended' }],
    ['let in by hand', { scheme: 'guard' }],
    ['a card that nobody was asked about', { marks: ['card-offline'] }],
  ])('is not heard of [%s]', async (_, change) => {
    await tapAtHall(change);
    expect((await tapsAt('hall')).body.taps).toEqual([]);
  });
  it('opens nothing once its minute is over, elsewhere, or for others [another window] [counsellor] [student]', async () => {
    const tap = await tapped('hall', tapAtHall);
    expect((await begin(tap, 'cards')).body.code).toBe('tap-not-found');
    expect((await begin('x'.repeat(22))).body.code).toBe('tap-not-found');
    const stranger = campus.staff('c1', role('counsellor'));
    expect((await begin(tap, 'hall', stranger)).body.code).toBe('window-not-found');
    expect((await tapsAt('hall', 0, 0, stranger)).body.code).toBe('window-not-found');
    expect((await campus.student(STUDENT)('/v1/windows/hall/visits', { body: { tap } })).status).toBe(403);
    await pair.verifier.database.run.raw(
      "UPDATE window_arrival SET at = now() - interval '61 seconds', read_at = now() - interval '61 seconds' WHERE id = ?",
      [tap],
    );
    expect((await begin(tap)).body.code).toBe('tap-not-found');
    expect((await tapsAt('hall')).body.taps).toEqual([]);
  });
  it.each([
    ['bare', 'window-without-reader'],
    ['gate', 'window-reader-off'],
    ['nod', 'window-reader-off'],
  ])('comes in only at a reader that opens at once [%s]', async (window, code) => {
    if (window === 'nod') await tapAtNod();
    expect((await tapsAt(window)).body.code).toBe(code);
    expect((await begin('x'.repeat(22), window)).body.code).toBe(code);
  });
  it.each([2 ** 31, -1, 0.5])('is asked for after a number there may be [%d]', async (after) => {
    expect((await tapsAt('hall', after)).status).toBe(400);
  });

  it('of the clerk’s own card opens nothing: nobody serves himself', async () => {
    const own = campus.staff(STUDENT, role('window-clerk'));
    expect((await begin(await tapped('hall', tapAtHall), 'hall', own)).body.code).toBe('visit-with-oneself');
  });
});

describe('a second tap', () => {
  const visitOf = async (window: string, tap: Reader, change: Partial<PassageEntry> = {}) => {
    const opened = await begin(await tapped(window, tap, change), window);
    expect(opened, JSON.stringify(opened.body)).toMatchObject({ status: 201 });
    return opened.body.visit.id as string;
  };
  it('of the phone confirms, once, and the case says so', async () => {
    const request = await ask(await visitOf('hall', tapAtHall, { scheme: 'nfc-a' }));
    await nextSecond();
    const tap = await tapped('hall', tapAtHall, { scheme: 'nfc-a' });
    const done = await confirm(request, { tap });
    expect(done.body, JSON.stringify(done.body)).toMatchObject({ verdict: 'accepted', case: { status: 'open' } });
    const seen = (await campus.student(STUDENT)(`/v1/cases/${done.body.case.id}`)).body;
    expect(seen.at_window).toEqual({ window: 'hall', confirmed: 'phone-tap' });
    const rows = await campus.rowsOf(done.body.case.id);
    expect(rows.folded).toEqual(rows.state);
    expect((await confirm(request, { tap })).body.code).toBe('window-request-over');
    const next = await ask(await visitOf('hall', tapAtHall));
    expect((await confirm(next, { tap })).body.code).toBe('tap-taken');
  });
  it('is a new one, read after what it confirms was shown [the first] [before] [sent late]', async () => {
    const first = await tapped('hall', tapAtHall, { scheme: 'nfc-a' });
    const visit = (await begin(first)).body.visit.id;
    const before = await tapped('hall', tapAtHall, { scheme: 'nfc-a' });
    await nextSecond();
    const request = await ask(visit);
    const cases = (await casesOf(STUDENT)).length;
    expect((await confirm(request, { tap: first })).body.code).toBe('tap-taken');
    expect((await confirm(request, { tap: before })).body.code).toBe('tap-too-early');
    // The journal came after the request; the reader read before it.
    const late = await tapped('hall', tapAtHall, { scheme: 'nfc-a', at: nowSeconds() - 5 });
    expect((await confirm(request, { tap: late })).body.code).toBe('tap-too-early');
    expect(await casesOf(STUDENT)).toHaveLength(cases);
    await nextSecond();
    const new_ = await tapped('hall', tapAtHall, { scheme: 'nfc-a' });
    expect((await confirm(request, { tap: new_ })).body.case).toMatchObject({ status: 'open' });
  });
  it('of somebody else confirms nothing, nor at another window, nor for another clerk', async () => {
    const request = await ask(await visitOf('hall', tapAtHall, { scheme: 'nfc-a' }));
    await nextSecond();
    const cases = (await casesOf(STUDENT)).length;
    const foreign = await tapped('hall', tapAtHall, { scheme: 'nfc-a', row: other.row });
    expect((await confirm(request, { tap: foreign })).body.code).toBe('window-request-of-another');
    const elsewhere = await tapped('cards', tapAtCards, { scheme: 'nfc-a' });
    expect((await confirm(request, { tap: elsewhere })).body.code).toBe('tap-not-found');
    const own = await tapped('hall', tapAtHall, { scheme: 'nfc-a' });
    expect((await confirm(request, { tap: own }, clerk('w2'))).body.code).toBe('window-request-not-found');
    expect(await casesOf(STUDENT)).toHaveLength(cases);
    expect((await confirm(request, { tap: own })).body.case).toMatchObject({ status: 'open' });
  });
  it('of a card confirms nothing where the window does not let it, whatever the clerk says', async () => {
    const request = await ask(await visitOf('hall', tapAtHall));
    await nextSecond();
    const tap = await tapped('hall', tapAtHall);
    for (const body of [{ tap }, { tap, portrait_compared: true }])
      expect((await confirm(request, body)).body.code).toBe('card-does-not-confirm');
    // Refused is not used up: the next student is served by it.
    expect((await begin(tap)).status).toBe(201);
  });
  it('of a card confirms where the window lets it, beside a clerk who has compared the portrait; both are audited', async () => {
    const request = await ask(await visitOf('cards', tapAtCards));
    await nextSecond();
    const tap = await tapped('cards', tapAtCards);
    expect((await confirm(request, { tap })).body.code).toBe('portrait-not-compared');
    const done = await confirm(request, { tap, portrait_compared: true });
    expect(done.body).toMatchObject({ verdict: 'accepted', case: { status: 'open' } });
    const seen = (await campus.student(STUDENT)(`/v1/cases/${done.body.case.id}`)).body;
    expect(seen.at_window).toEqual({ window: 'cards', confirmed: 'card-tap' });
    const audited = (await auditOf('window.confirmed-by-card')).find(({ subject }) => subject.endsWith(request));
    expect(audited.detail).toMatchObject({ window: 'cards', portrait_compared: true });
    expect(audited.detail['on_behalf_of']).toMatch(/^person:[0-9a-f]{32}$/);
  });
  it('is taken once by two requests at the same time', async () => {
    const visit = await visitOf('hall', tapAtHall, { scheme: 'nfc-a' });
    const request = await ask(visit);
    await nextSecond();
    const cases = (await casesOf(STUDENT)).length;
    const tap = await tapped('hall', tapAtHall, { scheme: 'nfc-a' });
    const all = await Promise.all(Array.from({ length: 8 }, () => confirm(request, { tap })));
    expect(all.filter(({ body }) => body.case)).toHaveLength(1);
    expect(await casesOf(STUDENT)).toHaveLength(cases + 1);
  });
});

it('what a real reader agent reads opens the visit, and what it reads next confirms', async () => {
  await pair.verifier.putCheckpoint('agent-reader', { zone: 'agent-reader', window_mode: 'open' });
  expect((await put('agent', { reader: 'agent-reader' })).status).toBe(200);
  const enrolment = await pair.verifier.operator('/v1/checkpoints/agent-reader/enrolments', { method: 'POST' });
  const { code } = (await enrolment.json()) as { code: string };
  const home = createAgentHome();
  const environment = { LANYARD_ENROLMENT_CODE: code };
  const agent = await startAgent({ port: 7877, home, verifierUrl: pair.verifier.url, environment });
  try {
    await agent.ready();
    await until(async () => (await agent.decide(wallet.gateCode())).verdict === 'accepted');
    const hears = async (after: number) => (await tapsAt('agent', after, 20)).body;
    const first = await hears(0);
    const opened = await begin(first.taps.at(-1).id, 'agent');
    expect(opened.body).toMatchObject({ verdict: 'accepted', visit: { read_by: 'scan' } });
    const request = await ask(opened.body.visit.id);
    await nextSecond();
    expect((await agent.decide(wallet.gateCode())).verdict).toBe('accepted');
    const { taps } = await hears(first.last);
    const done = await confirm(request, { tap: taps.at(-1).id });
    expect(done.body, JSON.stringify(done.body)).toMatchObject({ case: { status: 'open' } });
  } finally {
    await agent.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  }
}, 120_000);

describe('the reader of a window', () => {
  it('is named by who sets the window up, in its form, and stands at one window [taken] [no reader for cards]', async () => {
    expect((await put('hall-2', { reader: 'hall-reader' })).body.code).toBe('window-reader-taken');
    const both = await Promise.all(['hall-3', 'hall-4'].map((id) => put(id, { reader: 'new-reader' })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    for (const change of [{ reader: 'No Reader' }, { reader: 7 }, { reader: null, card_confirms: true }])
      expect((await put('hall-5', change)).status).toBe(400);
    expect((await put('hall', { reader: 'hall-reader' }, clerk())).status).toBe(403);
    const { windows } = (await operator()('/v1/window-settings')).body;
    expect(windows.find(({ id }: { id: string }) => id === 'cards')).toMatchObject({
      reader: 'card-reader',
      card_confirms: true,
    });
    const lines = (await clerk()('/v1/clerk-windows')).body.windows as { id: string }[];
    expect(lines.find(({ id }) => id === 'hall')).toMatchObject({ has_reader: true, card_confirms: false });
    expect(JSON.stringify(lines)).not.toContain('hall-reader');
  });
});

// The last one: it changes who these students are.
it('a tap of whoever is suspended or has graduated is refused with the reason, and no visit opens', async () => {
  const graduated = { kind: 'graduation', effective_date: today(), document_number: '校毕字〔2026〕2号' };
  for (const [path, body] of [
    [`/v1/students/${STUDENT}/suspend`, { reason_code: 'drill' }],
    [`/v1/students/${OTHER}/status-changes`, graduated],
  ] as const)
    expect((await pair.issuer.operator(path, { body })).status).toBeLessThan(300);
  // The reader let them pass by what it knew; what holds is what the register says now.
  for (const [held, reason] of [
    [wallet, 'suspended'],
    [other, 'revoked'],
  ] as const) {
    const opened = await begin(await tapped('hall', tapAtHall, { row: held.row }));
    expect(opened.body).toMatchObject({ verdict: 'rejected', reason, visit: null, portrait: null });
    expect(opened.body.next_en).toEqual(expect.any(String));
  }
});
const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
