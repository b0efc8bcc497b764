import { type DecidedScheme, reasonTexts, type Verdict } from '@lanyard/protocol';
import { z } from 'zod';

/** Longest code text and presentation in characters. A longer code is answered `malformed`, not refused. */
const MAX_CODE = 2_048;
const MAX_PRESENTATION = 131_072;
export const MAX_VERIFICATIONS = 64;

const place = {
  checkpoint: z.string().min(1).max(64).optional(),
  purpose: z.string().min(1).max(64).optional(),
};
/** A challenge the caller has shown, where it wants the code to answer it. */
const zChallenge = z.string().regex(/^LYC1:[0-9A-Z $%*+\-./:]{44}$/);
const zCode = z.strictObject({ code: z.string().max(MAX_CODE), challenge: zChallenge.optional(), ...place });
const zPresentation = z.strictObject({
  presentation: z.string().max(MAX_PRESENTATION),
  nonce: z.string().min(1).max(512).optional(),
  audience: z.string().min(1).max(512).optional(),
  ...place,
});
export const zVerification = z
  .union([zCode, zPresentation])
  .refine((item) => item.checkpoint === undefined || item.purpose === undefined, {
    message: 'checkpoint and purpose exclude each other',
  });
/** One verification or a list of at most 64. */
export const zVerificationRequest = z.union([zVerification, z.array(zVerification).min(1).max(MAX_VERIFICATIONS)]);
export type VerificationItem = z.output<typeof zVerification>;

/** Answer to one verification. Times are RFC 3339, ages seconds. */
export interface VerificationAnswer {
  verdict: Verdict['verdict'];
  reason?: string;
  title_zh: string;
  title_en: string;
  freshness: { people_issued_at: string | null; age_seconds: number | null };
  scheme: DecidedScheme | 'sd-jwt-vc' | null;
  marks: readonly string[];
  /** The issuer is known by a root of this installation alone (LANYARD_TRUST_ANCHORS). */
  trust?: 'local';
  /** Only on the staff page, where the checkpoint shows portraits and the holder was proved. */
  face?: { name: string; portrait: string | null };
  /** Only for a clerk at a checkpoint in window mode: the student whose code was accepted. */
  person?: object;
  /** Only for a clerk at a window that asks for a nod: what he names to ask the student. */
  arrival?: string;
}

const ACCEPTED = { title_zh: '通过', title_en: 'Pass' };
const titles = new Map(
  Object.entries(reasonTexts).map(([reason, { zh, en }]) => [reason, { title_zh: zh.title, title_en: en.title }]),
);

/** What stands over a verdict. */
export function titlesOf(reason: string | undefined): { title_zh: string; title_en: string } {
  return (reason === undefined ? undefined : titles.get(reason)) ?? ACCEPTED;
}
