import { hasTrustListKey, TRUST_LIST_SETTINGS } from '@lanyard/platform';
import { z } from 'zod';

const DAY_SECONDS = 86_400;

/** Configuration of the verifier, from the environment the launcher gives (docs/services.md). */
export const zVerifierConfig = z
  .object({
    LANYARD_PORT: z.coerce.number().int().min(1).max(65_535).describe('Port on the loopback'),
    LANYARD_DATABASE_URL: z.string().startsWith('postgres').describe('Run-time role of schema verifier'),
    LANYARD_DATABASE_SEAL_URL: z.string().startsWith('postgres').describe('Role that seals the audit'),
    LANYARD_STORE: z.string().min(1).describe('Folder of sealed files'),
    LANYARD_KEY_FILE: z.string().min(1).describe('Key file that opens the sealed files, mode 0600'),
    LANYARD_OPERATOR_TOKEN_DIGEST_FILE: z
      .string()
      .default('')
      .describe('File with the hex SHA-256 of the operator token; may be missing'),
    LANYARD_CALLERS: z.string().min(1).describe('Folder with the public client keys of the services'),
    LANYARD_UNIVERSITY_CODE: z
      .string()
      .regex(/^\d{10}$/)
      .describe('学校标识码, ten digits'),
    LANYARD_PUBLIC_URL_ISSUER: z.url().describe('Credential issuer identifier, and where the issuer is called'),
    LANYARD_PUBLIC_URL_VERIFIER: z.url().describe('Origin of the staff page, and the host requests are signed for'),
    LANYARD_UNIVERSITY_NAME: z.string().default('').describe('Who asks, as wallets show it'),
    LANYARD_PUBLIC_URL_WALLET: z.url().default('http://localhost:8080').describe('Wallet that links lead to'),
    LANYARD_PUBLIC_URL_IDP: z.url().optional().describe('A presentation may return to this origin'),
    LANYARD_PUBLIC_URL_ADMIN: z.url().optional().describe('A presentation may return to this origin'),
    LANYARD_PUBLIC_URL_CAMPUS: z.url().optional().describe('A presentation may return to this origin'),
    LANYARD_TRUSTED_PROXIES: z.coerce
      .number()
      .int()
      .min(0)
      .max(5)
      .default(0)
      .describe('Reverse proxies in front whose X-Forwarded-For counts'),
    LANYARD_TAP_SECONDS: z.coerce
      .number()
      .int()
      .min(5)
      .max(60)
      .default(10)
      .describe('How long the tap of a door tag may be answered'),
    LANYARD_PUBLIC_PAGE_PER_MINUTE: z.coerce
      .number()
      .int()
      .min(1)
      .default(60)
      .describe('How often one address may open the public pages of cards and tags in a minute'),
    ...TRUST_LIST_SETTINGS,
    LANYARD_TRUST_REFRESH_SECONDS: z.coerce
      .number()
      .int()
      .min(1)
      .max(3_600)
      .default(60)
      .describe('How often the list and what its universities publish are looked at'),
    LANYARD_TRUST_ANCHORS: z
      .string()
      .default('')
      .describe('PEM file of further issuer roots, entitled to codes that the trust list does not hold'),
    LANYARD_AGENT_TLS_PORT: z
      .union([z.literal(''), z.coerce.number().int().min(1).max(65_535)])
      .default('')
      .describe('Port of the listener that asks agents for a client certificate; empty: none'),
    LANYARD_AGENT_TLS_HOST: z
      .string()
      .min(1)
      .default('localhost')
      .describe('Interface of that listener; 0.0.0.0 where agents run on other machines'),
    LANYARD_AGENT_TLS_CERTIFICATE: z
      .string()
      .default('')
      .describe('PEM file of a certificate for that listener; empty: one of the fleet’s own CA'),
    LANYARD_AGENT_TLS_KEY: z.string().default('').describe('PEM file of the key of that certificate'),
    LANYARD_AGENT_MUTUAL_TLS: z
      .enum(['optional', 'required'])
      .default('optional')
      .describe('required: without a client certificate an agent may do nothing but enrol'),
    LANYARD_PARTNER_TLS_PORT: z
      .union([z.literal(''), z.coerce.number().int().min(1).max(65_535)])
      .default('')
      .describe('Port of the listener for partners with client certificates; empty: none'),
    LANYARD_PARTNER_TLS_HOST: z.string().min(1).default('localhost').describe('Interface of that listener'),
    LANYARD_PARTNER_TLS_CERTIFICATE: z
      .string()
      .default('')
      .describe('PEM file of a certificate for that listener; empty: one of the CA for partners'),
    LANYARD_PARTNER_TLS_KEY: z.string().default('').describe('PEM file of the key of that certificate'),
    LANYARD_PARTNER_TLS_URL: z
      .union([z.literal(''), z.url()])
      .default('')
      .describe('Origin partners reach that listener under; empty: the verifier’s host with its port'),
    LANYARD_PACKAGE_FRESH_SECONDS: z.coerce
      .number()
      .int()
      .min(1)
      .max(DAY_SECONDS)
      .default(DAY_SECONDS)
      .describe('How long data counts as fresh after the issuer confirmed it; may be shortened'),
    LANYARD_PACKAGE_LIFE_SECONDS: z.coerce
      .number()
      .int()
      .min(1)
      .max(8 * DAY_SECONDS)
      .default(8 * DAY_SECONDS)
      .describe('When data expires after the issuer confirmed it; may be shortened'),
  })
  .refine((config) => config.LANYARD_PACKAGE_LIFE_SECONDS >= config.LANYARD_PACKAGE_FRESH_SECONDS, {
    message: 'must not be shorter than LANYARD_PACKAGE_FRESH_SECONDS',
    path: ['LANYARD_PACKAGE_LIFE_SECONDS'],
  })
  .refine((config) => config.LANYARD_AGENT_MUTUAL_TLS === 'optional' || config.LANYARD_AGENT_TLS_PORT !== '', {
    message: 'is needed where LANYARD_AGENT_MUTUAL_TLS is required',
    path: ['LANYARD_AGENT_TLS_PORT'],
  })
  .refine((config) => (config.LANYARD_AGENT_TLS_CERTIFICATE === '') === (config.LANYARD_AGENT_TLS_KEY === ''), {
    message: 'belongs to LANYARD_AGENT_TLS_CERTIFICATE: name both or neither',
    path: ['LANYARD_AGENT_TLS_KEY'],
  })
  .refine((config) => (config.LANYARD_PARTNER_TLS_CERTIFICATE === '') === (config.LANYARD_PARTNER_TLS_KEY === ''), {
    message: 'belongs to LANYARD_PARTNER_TLS_CERTIFICATE: name both or neither',
    path: ['LANYARD_PARTNER_TLS_KEY'],
  })
  .refine(...hasTrustListKey);
export type VerifierConfig = z.output<typeof zVerifierConfig>;

/** Origins of our own services, as far as they are configured. */
export function ownOriginsOf(config: VerifierConfig): ReadonlySet<string> {
  const urls = [
    ...[config.LANYARD_PUBLIC_URL_VERIFIER, config.LANYARD_PUBLIC_URL_IDP],
    ...[config.LANYARD_PUBLIC_URL_ADMIN, config.LANYARD_PUBLIC_URL_CAMPUS],
  ];
  return new Set(urls.flatMap((url) => (url === undefined ? [] : [new URL(url).origin])));
}
