import {
  type CardTap,
  type IssuerTapResult,
  ServiceCallError,
  type ServiceClient,
  zIssuerTapResults,
} from '@lanyard/platform';
import { ENROLMENT_STATES } from '@lanyard/protocol';
import { z } from 'zod';
import type { EntitledStudent } from '../domain/entitlements/entitlement.js';
import type { IssuerSigner } from '../domain/mirror/mirror-state.js';
import type { NamedBy } from '../domain/partners/check.js';
import type { Passenger } from '../domain/partners/passenger.js';

/** The issuer is another university's than this verifier was set up for. */
export class OtherUniversityError extends Error {
  constructor(readonly universityCode: string) {
    super(`the issuer answers for university ${universityCode}`);
  }
}

const bytes = (length: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .transform((text) => Buffer.from(text, 'base64url'))
    .refine((value) => value.length === length);
const zSigner = z.object({
  use: z.enum(['pass', 'status', 'package', 'document', 'audit']),
  kid: bytes(8),
  key: bytes(33),
  from: z.number().int(),
  to: z.number().int(),
});
const zSigners = z.object({
  university_code: z.string(),
  signers: z.array(zSigner).max(200),
  retired: z
    .array(zSigner.extend({ since: z.number().int() }))
    .max(200)
    .default([]),
});
const zChanges = z.object({
  changes: z.array(z.object({ n: z.number().int(), kind: z.string() })),
  last: z.number().int(),
});
const zLists = z.object({ lists: z.array(z.object({ list: z.number().int(), cose: z.string() })).max(200) });
const zCertificates = z.object({ certificates: z.tuple([z.base64().max(16_384), z.base64().max(16_384)]) });
const zFace = z.object({ name: z.string(), student_number: z.string(), portrait_id: z.string().nullable() });

const zPerson = z.object({
  look: z.string(),
  row: z.number().int().nullable(),
  name: z.string(),
  student_number: z.string(),
  college: z.string(),
  class: z.string(),
  credential_state: z.enum(['valid', 'suspended', 'revoked']),
  registered: z.boolean(),
  portrait_id: z.string().nullable(),
});
/** A student as a guard finds him; `look` names this finding, for whoever made it. */
export type FoundPerson = z.output<typeof zPerson>;
const zByte = z.number().int().min(0).max(255);
const zRowState = z.object({ row: z.number().int(), state: zByte, policy_class: zByte });
/** What a window may ask for; the issuer's list (`issuer/src/domain/people/nod-purposes.ts`). */
export const NOD_PURPOSES = ['affairs', 'documents', 'card', 'other'] as const;
const zAskedNod = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/), expires_at: z.iso.datetime() });
const zNod = z.object({
  state: z.enum(['asked', 'agreed', 'refused', 'nothing']),
  expires_at: z.iso.datetime(),
  person: zPerson.optional(),
});
const zPeople = z.object({ people: z.array(zPerson).max(8), more: z.boolean() });
const zDay = z.string().regex(/^\d{4}-\d\d-\d\d$/);
const zPartnerSubject = z.object({
  subject: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  enrolment_status: z.enum(ENROLMENT_STATES.map(({ code }) => code)),
  study_form: z.enum(['full-time', 'part-time']),
  level: z.string(),
  entry_date: zDay,
  registered_until: zDay.nullable(),
  interval: z.object({ from: z.string(), to: z.string() }).nullable(),
  passenger: z.enum(['match', 'mismatch']).optional(),
});
/** Whom a check is about, and for whom it asks. */
export interface SubjectLookup {
  readonly partner: string;
  readonly purpose: string;
  readonly by: NamedBy;
  readonly act: 'check' | 'follow-up' | 'passenger';
  readonly passenger?: Passenger;
}
export type FoundSubject = EntitledStudent & { readonly passenger?: 'match' | 'mismatch' };
const zLook = z.object({ row: z.number().int().nullable() });
const zPaperPass = z.object({
  code: z.string(),
  name: z.string(),
  portrait: z.string(),
  valid_until: z.iso.datetime(),
});

const zInTwo = z.object({ zh: z.string().max(500), en: z.string().max(500) });
const zCaseDocument = z.object({
  ...{ number: z.string().max(20), state: z.enum(['valid', 'revoked', 'expired']), title: zInTwo },
  ...{ university: z.string().max(200), issued_on: zDay, expires_on: zDay },
  facts: z.array(z.object({ title: zInTwo, value: zInTwo })).max(30),
});

/** The issuer's routes for the verifier (docs/services.md), each answer checked for its form. */
export function createIssuerClient(client: ServiceClient, universityCode: string) {
  return {
    /** @throws OtherUniversityError */
    async fetchSigners(): Promise<IssuerSigner[]> {
      const answer = zSigners.parse(await client.json('/v1/signers'));
      if (answer.university_code !== universityCode) throw new OtherUniversityError(answer.university_code);
      const common = ({ use, kid, key, from, to }: z.output<typeof zSigner>) => ({
        ...{ use, kid, key, fromSeconds: from, toSeconds: to },
      });
      return [
        ...answer.signers.map(common),
        ...answer.retired.map((signer) => ({ ...common(signer), retiredSinceSeconds: signer.since })),
      ];
    },
    async fetchChanges(after: number, waitSeconds: number, signal: AbortSignal) {
      const path = `/v1/changes?after=${after}&wait=${waitSeconds}`;
      return zChanges.parse(await client.json(path, { signal, timeoutMs: (waitSeconds + 10) * 1000 }));
    },
    /** The signed part, or undefined where `have` is the newest. */
    async fetchPeoplePart(have: number | undefined): Promise<Uint8Array | undefined> {
      const path = have === undefined ? '/v1/people-part' : `/v1/people-part?have=${have}`;
      const response = await client.raw(path, { timeoutMs: 60_000 });
      if (response.status === 304) return undefined;
      return new Uint8Array(await response.arrayBuffer());
    },
    async fetchPassLists(): Promise<Uint8Array[]> {
      const answer = zLists.parse(await client.json('/v1/pass-lists', { timeoutMs: 60_000 }));
      return answer.lists.map((list) => new Uint8Array(Buffer.from(list.cose, 'base64url')));
    },
    async fetchPortrait(portraitId: string): Promise<Buffer> {
      return Buffer.from(await (await client.raw(`/v1/portraits/${portraitId}`, { timeoutMs: 5_000 })).arrayBuffer());
    },
    /** A certificate for the key of a PKCS #10 request, and the root above it, DER. */
    async requestCertificate(csr: Uint8Array): Promise<{ leaf: Buffer; root: Buffer }> {
      const body = { csr: Buffer.from(csr).toString('base64'), use: 'request' };
      const answer = zCertificates.parse(
        await client.json('/v1/certificates', { method: 'POST', body, timeoutMs: 5_000 }),
      );
      const [leaf, root] = answer.certificates;
      return { leaf: Buffer.from(leaf, 'base64'), root: Buffer.from(root, 'base64') };
    },
    /** Asked once more with the same ids where the line tore: a read counts once. */
    async checkCards(taps: readonly CardTap[]): Promise<IssuerTapResult[]> {
      const ask = () => client.json('/v1/card-taps', { method: 'POST', body: { taps }, timeoutMs: 4_000 });
      const answer = await ask().catch((error: unknown) => {
        if (error instanceof ServiceCallError && error.status === 0) return ask();
        throw error;
      });
      return zIssuerTapResults.parse(answer).results;
    },
    /** Students by number or name; each is audited as looked at by `actor`. */
    async findPeople(q: string, actor: string) {
      const options = { method: 'POST', body: { q }, timeoutMs: 3_000, actor } as const;
      return zPeople.parse(await client.json('/v1/people-searches', options));
    },
    /** The student of a row that was just proved at a window. */
    async lookAtRow(rowNumber: number, actor: string) {
      const options = { method: 'POST', body: {}, timeoutMs: 1_500, actor } as const;
      return zPerson.parse(await client.json(`/v1/people/${rowNumber}/looks`, options));
    },
    /** What a policy looks at of a row, as the register has it now: who has a card and no phone is not in the mirror. */
    async readRowState(rowNumber: number) {
      return zRowState.parse(await client.json(`/v1/people/${rowNumber}/state`, { timeoutMs: 1_500 }));
    },
    /** Asks the student of a row, on his own phone, whether the clerk may open the page. */
    async askNod(
      question: { row: number; place_zh: string; place_en: string; purpose: (typeof NOD_PURPOSES)[number] },
      actor: string,
    ) {
      const options = { method: 'POST', body: question, timeoutMs: 3_000, actor } as const;
      return zAskedNod.parse(await client.json('/v1/nods', options));
    },
    /** What came of it, and the page once it was agreed to. */
    async readNod(nod: string, waitSeconds: number, actor: string) {
      const options = { timeoutMs: (waitSeconds + 5) * 1000, actor };
      return zNod.parse(await client.json(`/v1/nods/${nod}?wait=${waitSeconds}`, options));
    },
    /** The page of somebody who has not answered, for a reason. */
    async goAroundNod(nod: string, reason: string, actor: string) {
      const options = { method: 'POST', body: { reason }, timeoutMs: 3_000, actor } as const;
      return zPerson.parse(await client.json(`/v1/nods/${nod}/without`, options));
    },
    /** Who was shown to a partner: facts without a name, and a subject for this partner alone. */
    async findPartnerSubject(lookup: SubjectLookup): Promise<FoundSubject> {
      const options = { method: 'POST', body: lookup, timeoutMs: 3_000 } as const;
      const found = zPartnerSubject.parse(await client.json('/v1/partner-subjects', options));
      return {
        ...{ subject: found.subject, enrolmentStatus: found.enrolment_status, studyForm: found.study_form },
        ...{ level: found.level, entryDate: found.entry_date },
        registeredUntil: found.registered_until ?? undefined,
        interval: found.interval ?? undefined,
        ...(found.passenger === undefined ? {} : { passenger: found.passenger }),
      };
    },
    /** The row behind a look of the same actor. */
    async openLook(look: string, actor: string) {
      return zLook.parse(await client.json(`/v1/people-looks/${look}`, { timeoutMs: 3_000, actor }));
    },
    /** A signed pass on paper, with the portrait as base64. */
    async makePaperPass(look: string, reason: string, actor: string) {
      const options = { method: 'POST', body: { look, reason }, timeoutMs: 5_000, actor } as const;
      return zPaperPass.parse(await client.json('/v1/paper-passes', options));
    },
    /** A document of a case, for whoever has its code. */
    async checkDocument(code: string) {
      const options = { method: 'POST', body: { code }, timeoutMs: 4_000 } as const;
      return zCaseDocument.parse(await client.json('/v1/case-documents/check', options));
    },
    /** Audited at the issuer under `actor`. */
    async fetchFace(rowNumber: number, actor: string) {
      return zFace.parse(await client.json(`/v1/people/${rowNumber}/face`, { timeoutMs: 1_500, actor }));
    },
  };
}
export type IssuerClient = ReturnType<typeof createIssuerClient>;
