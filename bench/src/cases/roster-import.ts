import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createFieldSealer } from '@lanyard/issuer/internal/storage/roster/field-sealer.js';
import { createRosterImportStore } from '@lanyard/issuer/internal/storage/roster/roster-import-store.js';
import { rosterColumnNames, rosterRow } from '@lanyard/launcher/internal/demo/demo-roster.js';
import { migrationsOf } from '@lanyard/launcher/internal/installation/prepare-databases.js';
import { startCluster } from '@lanyard/launcher/internal/postgres/start-cluster.js';
import { connectDatabase, PLATFORM_MIGRATIONS, prepareSchema } from '@lanyard/platform';
import iconv from 'iconv-lite';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { freePort, median, round3, timed } from '../measure.js';

const ROWS = 1_000_000;
const ROUNDS = 3;
const UNIVERSITY = '4199090001';

/** A dry run of a million rows (validated, difference computed) beside COPY of the same file, wall time, in turns. */
export async function rosterImportFigure(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-bench-'));
  const cluster = await startCluster({ folder, port: await freePort() });
  try {
    const file = join(folder, 'roster.csv');
    await writeRoster(file);
    const urls = await prepareSchema(cluster.url, {
      service: 'issuer',
      migrationFolders: [PLATFORM_MIGRATIONS, migrationsOf('issuer')],
    });
    const db = connectDatabase({ url: urls.runUrl });
    const imports = createRosterImportStore(db, {
      context: { universityCode: UNIVERSITY, decodeGb18030: () => iconv.getDecoder('gb18030') as never },
      sealer: createFieldSealer({ encryptionKey: randomBytes(32), hashKey: randomBytes(32) }),
      onChanged: async () => {},
      now: () => new Date(),
    });
    const subjects: number[] = [];
    const floors: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      floors.push(await timed(() => copyFile(urls.runUrl, file)));
      subjects.push(
        await timed(async () => {
          const report = await imports.importRoster({
            chunks: createReadStream(file, { highWaterMark: 256 * 1024 }),
            actor: 'bench',
            dryRun: true,
          });
          if (report.importable !== ROWS) throw new Error(`${report.importable} of ${ROWS} importable`);
        }),
      );
    }
    await db.destroy();
    const subject = median(subjects);
    const floor = median(floors);
    return {
      bench: 'roster-import',
      subject_per_cpu_s: Math.round(ROWS / subject),
      floor_per_cpu_s: Math.round(ROWS / floor),
      ratio: round3(floor / subject),
      note: `wall time of ${ROWS} rows of 25 columns, ${round3(subject)} s beside ${round3(floor)} s of COPY; target 0.25, aim 0.5`,
    };
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeRoster(path: string): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    yield `${rosterColumnNames}\r\n`;
    for (let seat = 1; seat <= ROWS; ) {
      let piece = '';
      for (let count = 0; count < 5000 && seat <= ROWS; count += 1, seat += 1)
        piece += `${rosterRow(seat, UNIVERSITY)}\r\n`;
      yield piece;
    }
  }
  await pipeline(lines, createWriteStream(path));
}

async function copyFile(url: string, path: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const columns = Array.from({ length: 25 }, (_, index) => `c${index} text`).join(', ');
  await client.query(`CREATE TEMP TABLE roster_copy (${columns})`);
  await pipeline(
    createReadStream(path),
    client.query(copyFrom('COPY roster_copy FROM STDIN WITH (FORMAT csv, HEADER)')),
  );
  await client.end();
}
