import { z } from 'zod';

/** Configuration of the wallet's server, from the environment the launcher gives (docs/services.md). */
export const zWalletConfig = z.object({
  LANYARD_PORT: z.coerce.number().int().min(1).max(65_535).describe('Port on the loopback'),
  LANYARD_UNIVERSITY_CODE: z
    .string()
    .regex(/^\d{10}$/)
    .describe('学校标识码, ten digits'),
  LANYARD_UNIVERSITY_NAME: z.string().min(1).describe('Name of the university'),
  LANYARD_PUBLIC_URL_ISSUER: z.url().describe('Address of the issuer'),
  LANYARD_PUBLIC_URL_VERIFIER: z.url().describe('Address of the verifier'),
  LANYARD_PUBLIC_URL_IDP: z.url().describe('Address of the identity layer'),
});
