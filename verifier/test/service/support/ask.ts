import { type AuthorizationRequest, STUDENT_ID_VCT } from '@lanyard/protocol';
import { STUDENT_ID_DOC_TYPE, STUDENT_ID_NAMESPACE } from '@lanyard/protocol/mdoc';
import type { StandInIssuer } from './stand-in-issuer.js';
import type { TestVerifier } from './start-verifier.js';
import { answer, fetchRequest, presentFor, presentMdoc, transcriptOf } from './wallet.js';

export interface Made {
  id: string;
  authorization_request: string;
  haip_authorization_request?: string;
  wallet_link: string;
  request_uri: string;
  expires_at: string;
  dc_request: { requests: [{ protocol: string; data: { request: string } }, { protocol: string; data: object }] };
}
export interface Read {
  state: string;
  verdict?: string;
  reason?: string;
  trust?: string;
  claims?: Record<string, unknown>;
  credentials?: Record<string, { verdict: string; reason?: string; trust?: string; claims?: object }>;
  code?: string;
  check?: string;
}

export const sdJwtQuery = (
  more: object = {},
  claims: object[] = [{ path: ['student_number'] }, { path: ['name'] }],
) => ({
  credentials: [{ id: 'id', format: 'dc+sd-jwt', meta: { vct_values: [STUDENT_ID_VCT] }, claims, ...more }],
});
export const element = (name: string, more: object = {}) => ({ path: [STUDENT_ID_NAMESPACE, name], ...more });
export const mdocQuery = (more: object = {}, claims: object[] = [element('student_number'), element('name')]) => ({
  credentials: [{ id: 'id', format: 'mso_mdoc', meta: { doctype_value: STUDENT_ID_DOC_TYPE }, claims, ...more }],
});

export type HeldSdJwt = ReturnType<StandInIssuer['makeStudentId']>;
export type HeldMdoc = ReturnType<StandInIssuer['makeStudentIdMdoc']>;

/** One who asks, and the wallet that answers, over HTTP. */
export function createAsker(verifier: TestVerifier, issuer: StandInIssuer) {
  const post = async (body: object): Promise<Response> => verifier.operator('/v1/presentation-requests', { body });
  const ask = async (body: object = {}) => {
    const asked = await post({ dcql_query: sdJwtQuery(), ...body });
    if (asked.status !== 201) throw new Error(`${asked.status} ${await asked.text()}`);
    return (await asked.json()) as Made;
  };
  const begin = async (body: object = {}) => {
    const made = await ask(body);
    return { made, request: await fetchRequest(made.authorization_request, issuer.authority.root) };
  };
  const read = async (id: string, parameters = '') =>
    (await (await verifier.operator(`/v1/presentation-requests/${id}${parameters}`)).json()) as Read;
  /** What an answer that is taken comes to: the reason, or the claims. */
  const outcome = async (body: object, present: (request: AuthorizationRequest) => string) => {
    const { made, request } = await begin(body);
    const sent = await answer(request, { id: [present(request)] });
    if (sent.status !== 200) throw new Error(`${sent.status} ${await sent.text()}`);
    const { verdict, reason, claims } = await read(made.id);
    return verdict === 'accepted' ? claims : reason;
  };
  return {
    ask,
    begin,
    read,
    outcome,
    /** Status and code of what is refused at once. */
    refusal: async (body: object) => {
      const refused = await post(body);
      return [refused.status, ((await refused.json()) as Read).code];
    },
    sdJwt: (
      held: HeldSdJwt = issuer.makeStudentId(),
      change: Parameters<typeof presentFor>[2] = {},
      body: object = {},
      edit = (text: string) => text,
    ) => outcome(body, (request) => edit(presentFor(request, held, change))),
    mdoc: (
      held: HeldMdoc = issuer.makeStudentIdMdoc(),
      change: Parameters<typeof presentMdoc>[2] & { session?: Parameters<typeof transcriptOf>[1] } = {},
      body: object = {},
      edit = (text: string) => text,
    ) =>
      outcome({ dcql_query: mdocQuery(), ...body }, (request) =>
        edit(presentMdoc(held, transcriptOf(request, change.session), change)),
      ),
  };
}
export type Asker = ReturnType<typeof createAsker>;

/** A refusal as OAuth says it; answers the description. */
export async function oauthError(sent: Response): Promise<[number, string]> {
  const { error } = (await sent.json()) as { error: string };
  return [sent.status, error];
}
