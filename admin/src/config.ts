import { z } from 'zod';

/** Configuration of the console, from the environment the launcher gives (docs/services.md). */
export const zAdminConfig = z.object({
  LANYARD_PORT: z.coerce.number().int().min(1).max(65_535).describe('Port on the loopback'),
  LANYARD_STORE: z.string().min(1).describe('Folder of sealed files: client key and sessions'),
  LANYARD_KEY_FILE: z.string().min(1).describe('Key file that opens the sealed files, mode 0600'),
  LANYARD_OPERATOR_TOKEN_DIGEST_FILE: z
    .string()
    .default('')
    .describe('File with the hex SHA-256 of the operator token; may be missing'),
  LANYARD_CALLERS: z.string().min(1).describe('Folder for the public half of the client key'),
  LANYARD_UNIVERSITY_NAME: z.string().min(1).describe('Name of the university'),
  LANYARD_PUBLIC_URL_ADMIN: z.url().describe('Address of the console'),
  LANYARD_PUBLIC_URL_ISSUER: z.url().describe('Address of the issuer'),
  LANYARD_PUBLIC_URL_VERIFIER: z.url().describe('Address of the verifier'),
  LANYARD_PUBLIC_URL_IDP: z.url().optional().describe('Address of the identity layer; without it, links only'),
  LANYARD_PUBLIC_URL_CAMPUS: z.url().optional().describe('Address of the five modules; without it, no inbox'),
  LANYARD_PUBLIC_URL_READER_AGENT: z
    .url()
    .optional()
    .describe('Agent of this machine, whose card desk writes cards; without it none are written from the console'),
  LANYARD_PUBLIC_URL_WALLET: z.url().default('http://localhost:8080').describe('Wallet that printed letters name'),
});
export type AdminConfig = z.output<typeof zAdminConfig>;
