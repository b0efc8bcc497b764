import { readFileSync } from 'node:fs';
import { hasTrustListKey, TRUST_LIST_SETTINGS } from '@lanyard/platform';
import { z } from 'zod';
import { NO_ATTESTERS, zWalletAttesters } from './domain/issuance/wallet-attesters.js';

/** Configuration of the issuer, from the environment the launcher gives (docs/services.md). */
export const zIssuerConfig = z
  .object({
    LANYARD_PORT: z.coerce.number().int().min(1).max(65_535).describe('Port on the loopback'),
    LANYARD_DATABASE_URL: z.string().startsWith('postgres').describe('Run-time role of schema issuer'),
    LANYARD_DATABASE_SEAL_URL: z.string().startsWith('postgres').describe('Role that seals the audit'),
    LANYARD_STORE: z.string().min(1).describe('Folder of sealed files'),
    LANYARD_KEY_FILE: z.string().min(1).describe('Key file that opens the sealed files, mode 0600'),
    LANYARD_OPERATOR_TOKEN_DIGEST_FILE: z
      .string()
      .default('')
      .describe('File with the hex SHA-256 of the operator token; may be missing'),
    LANYARD_CALLERS: z.string().min(1).describe('Folder with the public client keys of other services'),
    LANYARD_ROOT_CERTIFICATES: z
      .string()
      .default('')
      .describe('PEM file with the roots that certify our signers; may appear later'),
    LANYARD_PKCS11_MODULE: z
      .string()
      .default('')
      .describe('Library of a PKCS#11 module that keeps the private keys; empty: the sealed store keeps them'),
    LANYARD_PKCS11_TOKEN: z.string().default('').describe('Label of the token in that module'),
    LANYARD_PKCS11_PIN_FILE: z.string().default('').describe('File with the PIN of the token, mode 0600'),
    ...TRUST_LIST_SETTINGS,
    LANYARD_UNIVERSITY_CODE: z
      .string()
      .regex(/^\d{10}$/)
      .describe('学校标识码, ten digits'),
    LANYARD_UNIVERSITY_NAME: z.string().min(1).describe('Name of the university'),
    LANYARD_PUBLIC_URL_ISSUER: z.url().describe('Credential issuer identifier, without path'),
    LANYARD_PUBLIC_URL_WALLET: z.url().describe('Origin of the wallet'),
    LANYARD_PUBLIC_URL_IDP: z
      .url()
      .optional()
      .describe('Issuer identifier of the identity layer, the authorization server of the authorization code flow'),
    LANYARD_PUBLIC_URL_CAMPUS: z
      .url()
      .optional()
      .describe('The modules, asked for a copy of all that is kept of a student'),
    LANYARD_WALLET_ATTESTERS: z
      .string()
      .default('')
      .transform((path, check) => readAttesters(path, check))
      .describe(
        'JSON file with the providers whose attestations of wallets and keys count; without it none is asked for',
      ),
    LANYARD_NOTICE_GATEWAY_URL: z.url().optional().describe('Where messages to people are posted'),
    LANYARD_NOTICE_GATEWAY_TOKEN: z.string().default('').describe('Bearer token for the gateway'),
    LANYARD_NOTICE_FOLDER: z
      .string()
      .default('')
      .describe('Folder that messages are written to where there is no gateway: for the demo'),
    LANYARD_CASE_FINAL_ACTS_PER_DAY: z.coerce
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .default(1_000)
      .describe('How many students cases may graduate or withdraw in 24 hours; more wait'),
    LANYARD_PUBLIC_URL_VERIFIER: z
      .url()
      .optional()
      .describe('Address of the verifier; its host is what reader certificates name'),
  })
  .refine(...hasTrustListKey);
export type IssuerConfig = z.output<typeof zIssuerConfig>;

function readAttesters(path: string, check: z.RefinementCtx) {
  if (path === '') return NO_ATTESTERS;
  try {
    return zWalletAttesters.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    check.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'not readable' });
    return z.NEVER;
  }
}
