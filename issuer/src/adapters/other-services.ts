import type { ServiceClient } from '@lanyard/platform';
import { z } from 'zod';

const zWhole = z.number().int().min(0).max(4_294_967_295);
const zName = z.object({ id: z.string(), name_zh: z.string(), name_en: z.string() });
const zVerification = z.object({
  kind: z.enum(['passage', 'code', 'presentation', 'partner']),
  at: z.number().int(),
  by: z.union([
    z.strictObject({ row: zWhole }),
    z.strictObject({ entry: z.tuple([zWhole, zWhole]) }),
    z.strictObject({ subject: z.string() }),
  ]),
  place: zName.nullable(),
  asker: z.string().nullable(),
  partner: zName.nullable(),
  purpose: zName.nullable(),
  claims: z.array(z.string()),
  verdict: z.string(),
  reason: z.string().nullable(),
});
export type VerifierVerification = z.output<typeof zVerification>;
const zVerifications = z.object({ verifications: z.array(zVerification).max(15_000) });
const zPassages = z.object({
  passages: z
    .array(
      z.object({
        checkpoint: zName,
        at: z.number().int(),
        verdict: z.string(),
        reason: z.string().nullable(),
        scheme: z.string().nullable(),
        row: zWhole.nullable(),
      }),
    )
    .max(500),
  more: z.boolean(),
});
export type OpenedPassage = z.output<typeof zPassages>['passages'][number];
const zDisclosures = z.object({
  disclosures: z
    .array(
      z.object({
        at: z.number().int(),
        name_zh: z.string(),
        name_en: z.string(),
        purpose_zh: z.string(),
        purpose_en: z.string(),
        claims: z.array(z.string()),
        times: z.number().int(),
      }),
    )
    .max(2_000),
});
export type Disclosure = z.output<typeof zDisclosures>['disclosures'][number];

const ASK_MS = 8_000;
const post = (body: unknown) => ({ method: 'POST', body, timeoutMs: ASK_MS }) as const;

/** What the verifier has of people; it does not learn who they are. */
export function createVerifierPeople(client: ServiceClient) {
  return {
    async find(asked: {
      rows: readonly number[];
      entries: readonly (readonly [number, number])[];
      subjects: readonly string[];
    }): Promise<VerifierVerification[]> {
      return zVerifications.parse(await client.json('/v1/person-verifications', post(asked))).verifications;
    },
    async openPassages(
      openingId: string,
      asked: { rows?: readonly number[]; checkpoint?: string; from: number; to: number; limit: number },
      actor: string,
    ) {
      const path = `/v1/passage-openings/${openingId}/passages`;
      return zPassages.parse(await client.json(path, { ...post(asked), actor }));
    },
  };
}
export type VerifierPeople = ReturnType<typeof createVerifierPeople>;

/** What the identity layer has of a student: services entered, and for an export the account. */
export function createIdentityPeople(client: ServiceClient) {
  return {
    async disclosures(studentNumber: string): Promise<Disclosure[]> {
      const answer = await client.json('/v1/person-disclosures', post({ student_number: studentNumber }));
      return zDisclosures.parse(answer).disclosures;
    },
    async export(studentNumber: string): Promise<unknown> {
      return client.json('/v1/person-exports', { ...post({ student_number: studentNumber }), timeoutMs: 20_000 });
    },
  };
}
export type IdentityPeople = ReturnType<typeof createIdentityPeople>;

/** What campus has of a student: everything he asked for there, for an export. */
export const createCampusPeople = (client: ServiceClient) => ({
  export: (studentNumber: string): Promise<unknown> =>
    client.json('/v1/person-exports', { ...post({ student_number: studentNumber }), timeoutMs: 20_000 }),
});
export type CampusPeople = ReturnType<typeof createCampusPeople>;
