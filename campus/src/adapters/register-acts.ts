import { Refusal, ServiceCallError, type ServiceClient } from '@lanyard/platform';
import { z } from 'zod';
import type { EffectProblem } from '../domain/cases/case-state.js';
import type { EffectRequest } from '../domain/effects/effect-request.js';

export type ActOutcome =
  | { readonly is: 'done'; readonly answer: object }
  | { readonly is: 'refused'; readonly problem: EffectProblem }
  /** Whether it was done is not known, or it could not be asked: the same call again will say. */
  | { readonly is: 'open'; readonly trouble: string };

/** The door of campus to what the issuer does for a case. */
export interface RegisterActs {
  carryOut(caseId: string, request: EffectRequest, decidedBy: readonly string[]): Promise<ActOutcome>;
  /** A document as PDF. @throws Refusal `dependency-unavailable` where the issuer is away */
  document(caseId: string, step: string): Promise<Buffer>;
}

const zAnswer = z.record(z.string(), z.unknown());
const zProblem = z.object({ title: z.string().max(500), title_zh: z.string().max(500) });
/** Refusals of this service's standing, not of the case: they pass, or an operator mends them. */
const NOT_OF_THE_CASE = [401, 403, 408, 425, 429];

export function createRegisterActs(issuer: ServiceClient): RegisterActs {
  return {
    async carryOut(caseId, { step, service, studentNumber, asked }, decidedBy) {
      const body = { case: caseId, step, service, student_number: studentNumber, decided_by: decidedBy, asked };
      const headers = { 'Idempotency-Key': `${caseId}/${step}` };
      try {
        const answer = await issuer.json<unknown>('/v1/case-acts', { method: 'POST', headers, body });
        return { is: 'done', answer: zAnswer.parse(answer) };
      } catch (error) {
        if (!(error instanceof ServiceCallError)) return { is: 'open', trouble: 'answer-unreadable' };
        const { status, code } = error;
        if (status < 400 || status >= 500 || NOT_OF_THE_CASE.includes(status)) return { is: 'open', trouble: code };
        const words = zProblem.safeParse(error.problem);
        const [zh, en] = words.success ? [words.data.title_zh, words.data.title] : [code, code];
        return { is: 'refused', problem: { code, zh, en } };
      }
    },
    async document(caseId, step) {
      try {
        const answer = await issuer.raw(`/v1/case-acts/${caseId}/${step}/document`);
        return Buffer.from(await answer.arrayBuffer());
      } catch (cause) {
        if (cause instanceof ServiceCallError && cause.status === 404) throw new Refusal('document-not-found');
        throw new Refusal('dependency-unavailable', { cause });
      }
    },
  };
}
