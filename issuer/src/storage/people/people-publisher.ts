import { type Clock, type Database, dayInShanghai, readAuditHead } from '@lanyard/platform';
import {
  concatBytes,
  createPeopleDelta,
  createPeoplePart,
  encodePeopleRows,
  encodeRowState,
  keyDay,
  linkKeyOfDay,
  type PeopleRow,
  peopleTableDigest,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { ActiveSigner } from '../../adapters/signers.js';
import type { LinkKeySealer } from './gate-key-store.js';
import * as store from './people-store.js';

/** A signed part for a reader that has `have`, or nothing where it has the newest. */
export interface GivenPart {
  sequence: number;
  cose: Uint8Array | undefined;
}

const ISSUED_AGAIN_AFTER_MS = 3_600_000;
/** The day changes for the table a little after it changes for codes, so codes of the last minutes still fit. */
const DAY_MARGIN_SECONDS = 300;
const NO_PORTRAIT = new Uint8Array(8);
const MAX_DELTA_DAYS = 30;

interface Table {
  sequence: number;
  keyDay: number;
  rows: Map<string, PeopleRow>;
  encoded: Uint8Array;
}

/**
 * The people part of offline packages (docs/formats.md). Changes are gathered, written down as a publication with the
 * table's digest, and only then signed. Deltas are made from the rows that changed since their base.
 */
export function createPeoplePublisher(
  db: Database,
  parts: {
    sealer: LinkKeySealer;
    signer: () => ActiveSigner;
    announced: () => { kid: Uint8Array; key: Uint8Array }[];
    universityCode: string;
    clock: Clock;
  },
) {
  const { clock } = parts;
  let table: Table | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  function toRow(person: store.StoredPerson, day: number): PeopleRow {
    const linkKey = parts.sealer.open(person.linkKeyEncrypted, person.gateKey);
    return {
      rowNumber: person.rowNumber,
      key: person.gateKey,
      // A key enrolled in the margin after the change of day is already of the next day: its row waits for that day.
      linkKey: linkKeyOfDay(nodeCrypto, linkKey, person.linkKeyDay, Math.max(day, person.linkKeyDay)),
      state: {
        registered: person.registered,
        suspended: person.credentialState === 'suspended',
        revoked: person.credentialState === 'revoked',
        stopped: person.stopped,
        enrolmentState: person.enrolmentStatus,
      },
      policyClass: person.policyClass,
      portraitId: person.portraitId ?? NO_PORTRAIT,
    };
  }

  function tableOf(sequence: number, day: number, rows: Map<string, PeopleRow>): Table {
    return { sequence, keyDay: day, rows, encoded: encodePeopleRows([...rows.values()]) };
  }

  function moveOn(rows: Map<string, PeopleRow>, fromDay: number, day: number): Map<string, PeopleRow> {
    if (fromDay === day) return new Map(rows);
    return new Map(
      [...rows].map(([name, row]) => [name, { ...row, linkKey: linkKeyOfDay(nodeCrypto, row.linkKey, fromDay, day) }]),
    );
  }

  async function publish(): Promise<{ publication: store.Publication; table: Table }> {
    const now = clock.nowMs();
    const today = dayInShanghai(now);
    return db.transaction(async (transaction) => {
      await transaction.raw("SELECT pg_advisory_xact_lock(hashtext('people publication'))");
      const last = await store.lastPublication(transaction);
      // Never a day back: a clock that was set back must not make a table that agents refuse.
      const day = Math.max(keyDay(clock.nowSeconds() - DAY_MARGIN_SECONDS), last?.keyDay ?? 0, await newestKeyDay());
      await store.markDueRows(transaction, new Date(now), today, last === undefined || last.keyDay !== day);
      const current =
        table !== undefined && table.sequence === (last?.sequence ?? 0) ? table : await load(last, now, today);
      const sequence = (last?.sequence ?? 0) + 1;
      const marked = await store.takeMarkedRows(transaction, new Date(now), today);
      if (
        last !== undefined &&
        marked.length === 0 &&
        last.keyDay === day &&
        now - last.issuedAt.getTime() < ISSUED_AGAIN_AFTER_MS
      ) {
        table = current;
        return { publication: last, table: current };
      }
      const rows = moveOn(current.rows, current.keyDay, day);
      const written = marked.map((person) => {
        const name = person.gateKey.toString('base64url');
        if (person.removed) {
          rows.delete(name);
          return { id: person.id, state: null, removed: true };
        }
        const row = toRow(person, day);
        rows.set(name, row);
        return { id: person.id, state: encodeRowState(row.state), removed: false };
      });
      const made = tableOf(sequence, day, rows);
      await store.recordPublishedRows(transaction, sequence, new Date(now), written);
      const publication: store.Publication = {
        sequence,
        keyDay: day,
        digest: Buffer.from(peopleTableDigest(nodeCrypto, made.encoded)),
        rows: rows.size,
        auditHead: (await readAuditHead(transaction)).link,
        issuedAt: new Date(Math.floor(now / 1000) * 1000),
      };
      await store.recordPublication(transaction, publication);
      return { publication, table: made };
    });

    async function newestKeyDay(): Promise<number> {
      const { rows } = await db.raw('SELECT max(link_key_day) AS day FROM gate_key WHERE removed_at IS NULL');
      return rows[0]?.day ?? 0;
    }
  }

  async function load(last: store.Publication | undefined, now: number, today: string): Promise<Table> {
    if (last === undefined) return tableOf(0, 0, new Map());
    const people = await store.readPublishedPeople(db, new Date(now), today);
    const rows = new Map(people.map((person) => [person.gateKey.toString('base64url'), toRow(person, last.keyDay)]));
    return tableOf(last.sequence, last.keyDay, rows);
  }

  async function give(have: number | undefined): Promise<GivenPart> {
    const published = await publish();
    table = published.table;
    const { publication } = published;
    if (have === publication.sequence) return { sequence: publication.sequence, cose: undefined };
    const signer = parts.signer();
    const head = {
      universityCode: parts.universityCode,
      keyDay: publication.keyDay,
      sequence: publication.sequence,
      issuedAtSeconds: publication.issuedAt.getTime() / 1000,
      auditHead: publication.auditHead,
      signers: parts.announced(),
    };
    const delta = have === undefined ? undefined : await deltaFrom(have, publication, published.table);
    const cose =
      delta === undefined
        ? createPeoplePart(nodeCrypto, { ...head, rows: published.table.encoded }, signer)
        : createPeopleDelta({ ...head, digest: publication.digest, ...delta }, signer);
    return { sequence: publication.sequence, cose };
  }

  async function deltaFrom(have: number, publication: store.Publication, current: Table) {
    const base = await store.findPublication(db, have);
    if (base === undefined || base.keyDay > publication.keyDay || publication.keyDay - base.keyDay > MAX_DELTA_DAYS)
      return undefined;
    const changed = await store.readChangedKeys(db, have);
    // A delta that carries most of the table is no shorter than the table.
    if (changed.length * 2 > current.rows.size + 100) return undefined;
    const put = changed
      .flatMap(({ key, removed }) => (removed ? [] : [current.rows.get(key.toString('base64url'))]))
      .filter((row) => row !== undefined);
    return {
      baseSequence: have,
      removedKeys: concatBytes(...changed.filter((entry) => entry.removed).map((entry) => entry.key)),
      rows: encodePeopleRows(put),
    };
  }

  return {
    /** One after the other: a publication builds on the one before. */
    give(have: number | undefined): Promise<GivenPart> {
      const next = queue.then(() => give(have));
      queue = next.catch(() => {});
      return next;
    },
    /** Students behind row numbers, for the person itself or after three approvals. */
    async findPerson(rowNumber: number): Promise<{ studentId: number } | undefined> {
      const { rows } = await db.raw('SELECT student_id FROM holder WHERE row_number = ?', [rowNumber]);
      return rows[0] === undefined ? undefined : { studentId: rows[0].student_id };
    },
  };
}
export type PeoplePublisher = ReturnType<typeof createPeoplePublisher>;
