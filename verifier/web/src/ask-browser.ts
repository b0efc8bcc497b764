import { type Answer, answerDcRequest, makeDcRequest } from './calls.js';

/** Whether this browser can ask the person's wallets itself (W3C Digital Credentials API). */
export const canAskBrowser = 'DigitalCredential' in globalThis && 'credentials' in navigator;

/**
 * Asks the browser for a student ID and has the answer decided (OpenID4VP 1.0 Appendix A); undefined where the person
 * presented nothing. Needs a click: browsers ask wallets for nobody else.
 * @throws {ApiProblem}
 */
export async function askBrowser(purpose: string): Promise<Answer | undefined> {
  const { id, dc_request: digital } = await makeDcRequest(purpose);
  let data: unknown;
  try {
    const options = { digital, mediation: 'required' } as CredentialRequestOptions;
    ({ data } = (await navigator.credentials.get(options)) as unknown as { data: unknown });
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
  const answer = await answerDcRequest(id, typeof data === 'string' ? JSON.parse(data) : data);
  return { ...answer, freshness: { people_issued_at: null, age_seconds: null }, scheme: null, marks: [] };
}
