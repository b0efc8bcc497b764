import type { Transaction } from '@lanyard/platform';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { FieldSealer } from './field-sealer.js';

/** What the register already holds, small enough to compare a file with while it is read. */
export interface KnownStudents {
  /** Digest of the row last imported for this student, hexadecimal; undefined for a student not in the register. */
  find(studentNumber: string): string | undefined;
  /** False when no student can have this identity number; true needs the database's answer. */
  mayHoldIdentity(identityNumber: string): boolean;
  /** Numbers of the register that were never asked for: the first `limit` in order. */
  neverFound(limit: number): readonly string[];
}

/** Reads number, digest and the beginning of the identity hash of every student: about 150 bytes of memory each. */
export async function loadKnownStudents(tx: Transaction, sealer: FieldSealer): Promise<KnownStudents> {
  const connection: pg.Client = await tx.client.acquireConnection();
  const stream = connection.query(
    copyTo(
      `COPY (SELECT student_number, encode(row_digest, 'hex'), encode(substr(identity_number_hash, 1, 8), 'hex')
       FROM student) TO STDOUT`,
    ),
  );
  const digests = new Map<string, string>();
  const identities = new Set<string>();
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    // Numbers and hexadecimal digits: ASCII, so a piece may end anywhere.
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [number = '', digest = '', identity = ''] = line.split('\t');
      digests.set(number, digest);
      identities.add(identity);
    }
  }
  const found = new Set<string>();
  return {
    find(studentNumber) {
      const digest = digests.get(studentNumber);
      if (digest !== undefined) found.add(studentNumber);
      return digest;
    },
    mayHoldIdentity: (identityNumber) =>
      identities.size > 0 && identities.has(sealer.hash(identityNumber).toString('hex', 0, 8)),
    neverFound(limit) {
      const absent: string[] = [];
      if (found.size === digests.size) return absent;
      for (const number of digests.keys()) if (!found.has(number)) absent.push(number);
      return absent.sort().slice(0, limit);
    },
  };
}
