import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBulkRunStore } from '@lanyard/issuer/internal/storage/bulk/bulk-run-store.js';
import { createLinkKeySealer } from '@lanyard/issuer/internal/storage/people/gate-key-store.js';
import { createPeoplePublisher } from '@lanyard/issuer/internal/storage/people/people-publisher.js';
import { createFieldSealer } from '@lanyard/issuer/internal/storage/roster/field-sealer.js';
import { createRosterImportStore } from '@lanyard/issuer/internal/storage/roster/roster-import-store.js';
import { createSemesterStore } from '@lanyard/issuer/internal/storage/semester/semester-store.js';
import { rosterColumnNames, rosterRow } from '@lanyard/launcher/internal/demo/demo-roster.js';
import { migrationsOf } from '@lanyard/launcher/internal/installation/prepare-databases.js';
import { startCluster } from '@lanyard/launcher/internal/postgres/start-cluster.js';
import { connectDatabase, type Database, PLATFORM_MIGRATIONS, prepareSchema, systemClock } from '@lanyard/platform';
import { keyDay } from '@lanyard/protocol';
import { freePort, median, round3, timed } from '../measure.js';

const UNIVERSITY = '4199090001';
/** What everybody is registered until, to undo and to do again. */
const SEMESTER = { id: '2026-2027-2', registeredUntil: '2027-08-31' };

/**
 * A semester's registration of everybody, and its undo: register, audit rows, holders' versions and feeds in pieces of
 * one transaction each, then the people table published anew. Beside it the floor: one UPDATE of the same dates with
 * one audit row each, in one statement. Undone, the register and the people table are the same bytes again.
 */
export const semesterFigure = (people: number, rounds: number) => async (): Promise<object> => {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-bench-'));
  const cluster = await startCluster({ folder, port: await freePort() });
  try {
    const { runUrl } = await prepareSchema(cluster.url, {
      service: 'issuer',
      migrationFolders: [PLATFORM_MIGRATIONS, migrationsOf('issuer')],
    });
    const db = connectDatabase({ url: runUrl });
    const work = await fill(db, people);
    const subjects: number[] = [];
    const undos: number[] = [];
    const floors: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      floors.push(await timed(() => floorOf(db)));
      const before = await digestOf(db);
      let run = 0;
      subjects.push(
        await timed(async () => {
          run = await work.register();
          await work.publish();
        }),
      );
      undos.push(
        await timed(async () => {
          await work.undo(run);
          await work.publish();
        }),
      );
      if ((await digestOf(db)) !== before) throw new Error('the undo did not restore register and people table');
    }
    await db.destroy();
    const [subject, floor] = [median(subjects), median(floors)];
    return {
      bench: `semester-${people >= 1_000_000 ? `${people / 1_000_000}m` : `${people / 1000}k`}`,
      subject_per_cpu_s: Math.round(work.registered / subject),
      floor_per_cpu_s: Math.round(work.registered / floor),
      ratio: round3(floor / subject),
      note: `wall time of ${work.registered} registrations: ${round3(subject)} s, undone in ${round3(median(undos))} s to the same bytes; one UPDATE with audit rows ${round3(floor)} s; target 8 s for 50,000, aim 4`,
    };
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

async function fill(db: Database, people: number) {
  const imports = createRosterImportStore(db, {
    context: { universityCode: UNIVERSITY, decodeGb18030: () => new TextDecoder('gb18030') as never },
    sealer: createFieldSealer({ encryptionKey: randomBytes(32), hashKey: randomBytes(32) }),
    onChanged: async () => {},
    now: () => new Date(),
  });
  await imports.importRoster({ chunks: roster(people), actor: 'bench', dryRun: false });
  const sealer = createLinkKeySealer(randomBytes(32));
  await enrolEverybody(db, sealer);
  const semesters = createSemesterStore(db, systemClock, { open: (transaction, run) => runs.open(transaction, run) });
  const runs = createBulkRunStore(db, systemClock, {
    'semester-registration': semesters.piece,
    'status-changes': () => Promise.reject(new Error('none here')),
  });
  const publisher = createPeoplePublisher(db, {
    ...{ sealer, universityCode: UNIVERSITY, clock: systemClock, announced: () => [] },
    signer: () => ({ kid: randomBytes(8), sign: () => new Uint8Array(64) }) as never,
  });
  const today = new Date().toISOString().slice(0, 10);
  const window = { opens: today, closes: '2027-03-31' };
  await semesters.put({ ...SEMESTER, ...window, needsFee: false, presence: 'none' }, 'bench');
  await publisher.give(undefined);
  const { rows } = await db.raw(
    "SELECT count(*)::int AS n FROM student WHERE enrolment_status IN ('enrolled', 'exchange')",
  );
  return {
    registered: rows[0].n as number,
    async register(): Promise<number> {
      const run = await semesters.register(SEMESTER.id, {}, { actor: 'bench', dryRun: false });
      await runs.work();
      return run.id ?? 0;
    },
    async undo(run: number): Promise<void> {
      await runs.undo(run, undefined, 'bench');
      await runs.work();
    },
    publish: () => publisher.give(undefined),
  };
}

async function* roster(people: number): AsyncGenerator<Buffer> {
  yield Buffer.from(`${rosterColumnNames}\r\n`);
  for (let seat = 1; seat <= people; ) {
    let piece = '';
    for (let count = 0; count < 2000 && seat <= people; count += 1, seat += 1)
      piece += `${rosterRow(seat, UNIVERSITY)}\r\n`;
    yield Buffer.from(piece);
  }
}

/** A wallet, a row number and a gate key for each, as if everybody had claimed an ID. Keys no curve has ever seen do here. */
async function enrolEverybody(db: Database, sealer: ReturnType<typeof createLinkKeySealer>): Promise<void> {
  const { rows } = await db.raw('SELECT id FROM student ORDER BY id');
  const ids = (rows as { id: number }[]).map((row) => row.id);
  const day = keyDay(systemClock.nowSeconds());
  for (let start = 0; start < ids.length; start += 5000) {
    const piece = ids.slice(start, start + 5000);
    const keys = piece.map(() => Buffer.concat([Buffer.from([2]), randomBytes(32)]));
    await db.raw(
      `INSERT INTO holder (student_id, row_number) SELECT * FROM unnest(?::bigint[], ?::bigint[])
       ON CONFLICT (student_id) DO UPDATE SET row_number = excluded.row_number`,
      [piece, piece.map((_, index) => start + index)],
    );
    await db.raw(
      `WITH w AS (INSERT INTO wallet (student_id, offer_id, created_at)
         SELECT id, 'bench-' || id, now() FROM unnest(?::bigint[]) AS t (id) RETURNING id, student_id)
       INSERT INTO gate_key (student_id, wallet_id, public_key, link_key_encrypted, link_key_day, created_at, renew_after)
       SELECT w.student_id, w.id, t.key, t.sealed, ?, now(), now() + interval '150 days'
       FROM unnest(?::bigint[], ?::bytea[], ?::bytea[]) AS t (student, key, sealed) JOIN w ON w.student_id = t.student`,
      [piece, day, piece, keys, keys.map((key) => sealer.seal(randomBytes(16), key))],
    );
  }
  await db.raw('INSERT INTO people_mark (student_id) SELECT id FROM student');
  await db.raw('ANALYZE');
}

/** The least that has to be written: each date, and an audit row for each. Put back afterwards, outside the time. */
async function floorOf(db: Database): Promise<void> {
  await db
    .transaction(async (transaction) => {
      await transaction.raw(
        `WITH changed AS (UPDATE student SET registered_until = '2027-08-31'
           WHERE enrolment_status IN ('enrolled', 'exchange') RETURNING id)
         INSERT INTO audit (at, row_text, salt, action)
         SELECT now(), '{"action":"semester-registration.changed","subject":"student:' || id || '"}', decode(md5(id::text), 'hex'), 'bench' FROM changed`,
      );
      throw new RolledBack();
    })
    .catch((error) => {
      if (!(error instanceof RolledBack)) throw error;
    });
}
class RolledBack extends Error {}

/** Everything a registration may touch and an undo has to restore: the register's rows and the published states. */
async function digestOf(db: Database): Promise<string> {
  const hash = createHash('sha256');
  const tables = [
    'SELECT md5(string_agg(s::text, chr(10) ORDER BY id)) AS all FROM student s',
    "SELECT md5(string_agg(student_id || encode(public_key, 'hex') || published_state, chr(10) ORDER BY id)) AS all FROM gate_key",
  ];
  for (const sql of tables) hash.update((await db.raw(sql)).rows[0].all);
  return hash.digest('hex');
}
