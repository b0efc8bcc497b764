import { randomBytes } from 'node:crypto';
import {
  ALUMNI_ID_CLAIMS,
  type CheckedP256Jwk,
  createAlumniIdSdJwt,
  createDocumentSdJwt,
  createPassIssuer,
  createSaltSource,
  createStudentIdSdJwt,
  createStudentIdSigner,
  encodeAlumniIdClaims,
  encodeBase64url,
  encodeDocumentClaims,
  encodeStudentIdClaims,
  type PassLevel,
  passLevels,
  type StudentDocumentClaims,
  type StudentIdSigner,
} from '@lanyard/protocol';
import {
  createMdocRandomSource,
  createMdocSigner,
  createStudentIdMdoc,
  encodeStudentIdElements,
  type MdocSigner,
} from '@lanyard/protocol/mdoc';
import { nodeCrypto, nodeDigestText, nodeRandomBytes } from '@lanyard/protocol/node-crypto';
import {
  ALUMNI_ID,
  type ConfigurationId,
  DOCUMENT,
  STUDENT_ID,
  STUDENT_ID_MDOC,
  STUDENT_PASS,
} from '../domain/credentials/configurations.js';
import type { TakenEntry } from '../storage/credentials/credential-store.js';
import type { StudentRecord } from '../storage/students/record-store.js';
import { type ActiveSigner, type Signers, x5cHeaderOf } from './signers.js';

export interface SigningBatch {
  record: StudentRecord;
  /** Of a document alone. */
  document?: { readonly claims: StudentDocumentClaims } | undefined;
  keys: readonly CheckedP256Jwk[];
  entries: readonly TakenEntry[];
  issuedAtSeconds: number;
  expiresAtSeconds: number;
}

/** Signs batches whose entries have been written down, together with the signer they will be signed by. */
export interface CredentialSigner {
  /** Where not, nothing is advertised: an mdoc carries the certificate of its signer. */
  canIssue(configurationId: ConfigurationId): boolean;
  choose(configurationId: ConfigurationId): { signerKid: Uint8Array; sign(batch: SigningBatch): string[] };
}

export const statusListUri = (issuerUrl: string, listId: number) => `${issuerUrl}/status-lists/${listId}`;

export function createCredentialSigner(parts: {
  signers: Signers;
  issuerUrl: string;
  universityCode: string;
}): CredentialSigner {
  const salts = createSaltSource(nodeRandomBytes);
  const random = createMdocRandomSource(nodeRandomBytes);
  const headers = new WeakMap<ActiveSigner, StudentIdSigner>();
  const mdocSigners = new WeakMap<ActiveSigner, MdocSigner>();
  const SIGNING: Record<
    ConfigurationId,
    { use: 'document' | 'pass'; signBatch: (batch: SigningBatch, signer: ActiveSigner) => string[] }
  > = {
    [STUDENT_ID]: { use: 'document', signBatch: signStudentIds },
    [STUDENT_ID_MDOC]: { use: 'document', signBatch: signMdocs },
    [STUDENT_PASS]: { use: 'pass', signBatch: signPasses },
    [ALUMNI_ID]: { use: 'document', signBatch: signAlumniIds },
    [DOCUMENT]: { use: 'document', signBatch: signDocuments },
  };
  return {
    canIssue: (configurationId) =>
      configurationId !== STUDENT_ID_MDOC || parts.signers.active('document').certificates.length > 0,
    choose(configurationId) {
      const { use, signBatch } = SIGNING[configurationId];
      const signer = parts.signers.active(use);
      return { signerKid: signer.kid, sign: (batch) => signBatch(batch, signer) };
    },
  };

  function signMdocs(batch: SigningBatch, document: ActiveSigner): string[] {
    const signer = mdocSignerOf(document);
    const elements = encodeStudentIdElements(batch.record.claims);
    return pair(batch).map(([key, entry]) =>
      encodeBase64url(
        createStudentIdMdoc({
          ...{ elements, holderJwk: key, signer, random, sha256: nodeCrypto.sha256, sign: document.sign },
          validity: {
            signedSeconds: batch.issuedAtSeconds,
            validFromSeconds: batch.issuedAtSeconds,
            validUntilSeconds: batch.expiresAtSeconds,
          },
          status: { uri: statusListUri(parts.issuerUrl, entry.listId), index: entry.listIndex },
        }),
      ),
    );
  }

  /** The chain is the same for all that one signer signs. */
  function mdocSignerOf(document: ActiveSigner): MdocSigner {
    const known = mdocSigners.get(document);
    if (known !== undefined) return known;
    const made = createMdocSigner({ x5chain: document.certificates });
    mdocSigners.set(document, made);
    return made;
  }

  /** Header and issuer are the same for all that one signer signs under one certificate. */
  function headerOf(document: ActiveSigner): StudentIdSigner {
    const known = headers.get(document);
    if (known !== undefined) return known;
    const made = createStudentIdSigner({ issuer: parts.issuerUrl, kid: document.kidText, ...x5cHeaderOf(document) });
    headers.set(document, made);
    return made;
  }

  function signStudentIds(batch: SigningBatch, document: ActiveSigner): string[] {
    const claims = encodeStudentIdClaims(batch.record.claims);
    return pair(batch).map((copy) => createStudentIdSdJwt({ claims, ...copyOf(copy, batch, document) }));
  }

  function signAlumniIds(batch: SigningBatch, document: ActiveSigner): string[] {
    const claims = encodeAlumniIdClaims(alumniClaimsOf(batch.record));
    return pair(batch).map((copy) => createAlumniIdSdJwt({ claims, ...copyOf(copy, batch, document) }));
  }

  function signDocuments(batch: SigningBatch, document: ActiveSigner): string[] {
    if (batch.document === undefined) throw new TypeError('copies of which document');
    const claims = encodeDocumentClaims(batch.document.claims);
    return pair(batch).map((copy) => createDocumentSdJwt({ claims, ...copyOf(copy, batch, document) }));
  }

  function copyOf([key, entry]: [CheckedP256Jwk, TakenEntry], batch: SigningBatch, document: ActiveSigner) {
    return {
      holderJwk: key,
      signer: headerOf(document),
      validity: {
        issuedAtSeconds: batch.issuedAtSeconds,
        notBeforeSeconds: batch.issuedAtSeconds,
        expiresAtSeconds: batch.expiresAtSeconds,
      },
      status: { uri: statusListUri(parts.issuerUrl, entry.listId), index: entry.listIndex },
      salts,
      digestText: nodeDigestText,
      sign: document.sign,
    };
  }

  function signPasses(batch: SigningBatch, signer: ActiveSigner): string[] {
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

const ALUMNI_FROM_RECORD = ALUMNI_ID_CLAIMS.filter((claim) => claim !== 'left_on' && claim !== 'outcome');

/** What an alumni ID says: who it was, what was studied, when and how it ended; nothing of the present. */
function alumniClaimsOf(record: StudentRecord): Record<string, unknown> {
  const kept = ALUMNI_FROM_RECORD.filter((claim) => record.claims[claim] !== undefined);
  return {
    ...Object.fromEntries(kept.map((claim) => [claim, record.claims[claim]])),
    left_on: record.leftOn,
    outcome: record.enrolmentStatus,
  };
}

function pair(batch: SigningBatch): [CheckedP256Jwk, TakenEntry][] {
  return batch.keys.map((key, index) => {
    const entry = batch.entries[index];
    if (entry === undefined) throw new TypeError('every copy needs an entry that was written down');
    return [key, entry];
  });
}
