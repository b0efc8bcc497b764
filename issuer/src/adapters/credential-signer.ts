import { randomBytes } from 'node:crypto';
import {
  type CheckedP256Jwk,
  createPassIssuer,
  createSaltSource,
  createStudentIdSdJwt,
  createStudentIdSigner,
  encodeBase64url,
  encodeStudentIdClaims,
  type PassLevel,
  passLevels,
} from '@lanyard/protocol';
import { nodeDigestText, nodeRandomBytes } from '@lanyard/protocol/node-crypto';
import { type ConfigurationId, STUDENT_ID } from '../domain/credentials/configurations.js';
import type { TakenEntry } from '../storage/credentials/credential-store.js';
import type { StudentRecord } from '../storage/students/record-store.js';
import type { Signers } from './signers.js';

export interface SigningBatch {
  configurationId: ConfigurationId;
  record: StudentRecord;
  keys: readonly CheckedP256Jwk[];
  entries: readonly TakenEntry[];
  issuedAtSeconds: number;
  expiresAtSeconds: number;
}

/** Signs batches whose entries have been written down. */
export interface CredentialSigner {
  sign(batch: SigningBatch): string[];
}

export const statusListUri = (issuerUrl: string, listId: number) => `${issuerUrl}/status-lists/${listId}`;

export function createCredentialSigner(parts: {
  signers: Signers;
  issuerUrl: string;
  universityCode: string;
}): CredentialSigner {
  const salts = createSaltSource(nodeRandomBytes);
  return {
    sign(batch) {
      return batch.configurationId === STUDENT_ID ? signStudentIds(batch) : signPasses(batch);
    },
  };

  function signStudentIds(batch: SigningBatch): string[] {
    const document = parts.signers.active('document');
    const signer = createStudentIdSigner({ issuer: parts.issuerUrl, kid: document.kidText });
    const claims = encodeStudentIdClaims(batch.record.claims);
    return pair(batch).map(([key, entry]) =>
      createStudentIdSdJwt({
        claims,
        holderJwk: key,
        signer,
        validity: {
          issuedAtSeconds: batch.issuedAtSeconds,
          notBeforeSeconds: batch.issuedAtSeconds,
          expiresAtSeconds: batch.expiresAtSeconds,
        },
        status: { uri: statusListUri(parts.issuerUrl, entry.listId), index: entry.listIndex },
        salts,
        digestText: nodeDigestText,
        sign: document.sign,
      }),
    );
  }

  function signPasses(batch: SigningBatch): string[] {
    const signer = parts.signers.active('pass');
    const issuePass = createPassIssuer({ universityCode: parts.universityCode, kid: signer.kid, sign: signer.sign });
    const { record } = batch;
    return pair(batch).map(([key, entry]) =>
      encodeBase64url(
        issuePass({
          validFromSeconds: batch.issuedAtSeconds,
          expiresSeconds: batch.expiresAtSeconds,
          passNumber: randomBytes(8),
          kind: record.enrolmentStatus === 'exchange' ? 'exchange' : 'student',
          level: record.level in passLevels ? (record.level as PassLevel) : 'unstated',
          registeredUntilDay:
            record.registeredUntil === undefined ? 0 : Date.parse(record.registeredUntil) / 86_400_000,
          listNumber: entry.listId,
          listIndex: entry.listIndex,
          holderKey: key.compressed,
        }),
      ),
    );
  }
}

function pair(batch: SigningBatch): [CheckedP256Jwk, TakenEntry][] {
  return batch.keys.map((key, index) => {
    const entry = batch.entries[index];
    if (entry === undefined) throw new TypeError('every copy needs an entry that was written down');
    return [key, entry];
  });
}
