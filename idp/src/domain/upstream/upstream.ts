import { ACR_LADDER } from '@lanyard/platform';
import { z } from 'zod';

const zCommon = {
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{1,30}$/),
  name_zh: z.string().min(1).max(60),
  name_en: z.string().min(1).max(60),
  /** How sure the university is of a sign-in there. A wallet presentation it never is. */
  level: z.enum(ACR_LADDER).exclude(['wallet-presentation']).default('password'),
};

/** A server of the university that people may go on signing in at (上游认证): CAS or OpenID Connect. */
export const zUpstream = z.discriminatedUnion('kind', [
  z.strictObject({
    ...zCommon,
    kind: z.literal('cas'),
    /** Address of the server with its path, `https://cas.example.edu.cn/cas`. */
    server: z.url(),
    /** Attribute that holds student or staff number; without it the user name is the number. */
    number_attribute: z.string().max(64).optional(),
  }),
  z.strictObject({
    ...zCommon,
    kind: z.literal('oidc'),
    issuer: z.url(),
    client_id: z.string().min(1).max(200),
    /** Name of the environment variable that holds the secret; files of settings hold none. */
    client_secret_variable: z.string().regex(/^LANYARD_UPSTREAM_SECRET_[A-Z0-9_]{1,40}$/),
    scope: z.string().max(200).default('openid profile'),
    /** Claim that holds student or staff number. */
    number_claim: z.string().min(1).max(64),
  }),
]);
export type Upstream = z.output<typeof zUpstream>;
export const zUpstreams = z
  .array(zUpstream)
  .max(8)
  .refine((list) => new Set(list.map((one) => one.id)).size === list.length, 'each id once');

/** Why an answer of an upstream server was not taken. */
export type UpstreamRefusalCode =
  | 'upstream-answer-invalid'
  | 'upstream-refused'
  | 'upstream-away'
  | 'upstream-account-unknown';

export class UpstreamRefusal extends Error {
  constructor(
    readonly code: UpstreamRefusalCode,
    options?: { cause?: unknown },
  ) {
    super(code, options);
  }
}

/** What we remember while the browser is there. */
export interface UpstreamRequest {
  id: string;
  callback: string;
  codeVerifier: string | undefined;
  nonce: string | undefined;
}

/** One kind of server: where to send the browser, and who came back. */
export interface UpstreamConnector {
  begin(request: { id: string; callback: string }): Promise<{ address: string; codeVerifier?: string; nonce?: string }>;
  /** The student or staff number that the server vouches for. @throws UpstreamRefusal */
  complete(request: UpstreamRequest, query: URLSearchParams): Promise<string>;
}
