import { z } from 'zod';

const zPrefix = z.string().regex(/^\/[a-z0-9][a-z0-9./-]{0,63}$/, 'a path such as /cas');

/** Configuration of the identity layer, from the environment the launcher gives (docs/services.md). */
export const zIdpConfig = z.object({
  LANYARD_PORT: z.coerce.number().int().min(1).max(65_535).describe('Port on the loopback'),
  LANYARD_DATABASE_URL: z.string().startsWith('postgres').describe('Run-time role of schema idp'),
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
  LANYARD_UNIVERSITY_NAME: z.string().min(1).describe('Name of the university'),
  LANYARD_UNIVERSITY_DOMAIN: z
    .string()
    .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*)?$/)
    .max(253)
    .default('')
    .describe('DNS domain that eduPerson and SCHAC names are scoped by; empty: the host of the identity layer'),
  LANYARD_PUBLIC_URL_IDP: z.url().describe('Issuer identifier of OpenID Connect, without path'),
  LANYARD_PUBLIC_URL_ISSUER: z.url().describe('Where the issuer is called'),
  LANYARD_PUBLIC_URL_VERIFIER: z.url().describe('Where the verifier is called'),
  LANYARD_PUBLIC_URL_WALLET: z.url().describe('Origin of the wallet'),
  LANYARD_PUBLIC_URL_ADMIN: z.url().describe('Origin of the console'),
  LANYARD_PUBLIC_URL_CAMPUS: z.url().default('http://localhost:8084').describe('Origin of the five modules'),
  LANYARD_FETCH_ALLOW: z
    .string()
    .default('')
    .describe('Hosts that calls to given addresses may reach although private'),
  LANYARD_CAS_PREFIXES: z
    .string()
    .default('/cas,/authserver')
    .transform((text) => text.split(','))
    .pipe(z.array(zPrefix).min(1).max(8))
    .refine((prefixes) => prefixes[0] === '/cas', 'begins with /cas')
    .describe('Path prefixes under which CAS is spoken'),
  LANYARD_UPSTREAMS: z
    .string()
    .default('')
    .describe('JSON file with the CAS and OpenID Connect servers people may go on signing in at'),
  LANYARD_PASSWORDS: z
    .enum(['none', 'allowed'])
    .default('none')
    .describe('Sign-in by password, only where the university insists on it'),
  LANYARD_BREACHED_PASSWORDS: z
    .string()
    .default('')
    .describe('Sorted file of SHA-1 digests of leaked passwords, refused besides the built-in list'),
  LANYARD_TRUSTED_PROXIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(4)
    .default(0)
    .describe('Reverse proxies in front whose X-Forwarded-For is believed'),
});
export type IdpConfig = z.output<typeof zIdpConfig>;
