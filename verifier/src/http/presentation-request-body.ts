import { CLIENT_ID_PREFIXES, CONFIRM_TRANSACTION_TYPE, DC_API_RESPONSE_MODES, RESPONSE_MODES } from '@lanyard/protocol';
import { z } from 'zod';

const MAX_SESSION = 128;
const zReason = z.string().trim().min(1).max(200);
const zText = z.string().trim().min(1).max(500);
/** Types of transaction data are a closed list (docs/formats.md): what no wallet of ours can show is not asked for. */
const zTransaction = z.strictObject({
  type: z.literal(CONFIRM_TRANSACTION_TYPE),
  credential_ids: z.tuple([z.string().min(1).max(64)]),
  text_zh: zText,
  text_en: zText,
});

export const zSession = z
  .string()
  .min(1)
  .max(MAX_SESSION)
  .regex(/^[\x21-\x7e]+$/);

/** What a caller may ask for; which options go together is `planRequest`'s to say. */
export const zPresentationRequest = z
  .strictObject({
    dcql_query: z.unknown().optional(),
    purpose: z.string().min(1).max(64).optional(),
    profile: z.literal('haip').optional(),
    response_mode: z.enum([...RESPONSE_MODES, ...DC_API_RESPONSE_MODES]).optional(),
    client_id_prefix: z.enum(CLIENT_ID_PREFIXES).optional(),
    request_uri_method: z.enum(['get', 'post']).optional(),
    flow: z.enum(['cross-device', 'same-device', 'dc-api']).default('cross-device'),
    expires_in: z.number().int().min(30).max(600).default(300),
    return_url: z.string().max(2_048).optional(),
    /** Opaque to us: a hash of the caller's browser session. */
    session: zSession.optional(),
    /** Of the page that calls the Digital Credentials API. */
    origin: z.string().max(512).optional(),
    transaction_data: z.array(zTransaction).min(1).max(4).optional(),
    /** What the wallet shows as the reason; a purpose of ours brings its own. */
    purpose_text: z.strictObject({ zh: zReason, en: zReason }).optional(),
  })
  .refine((body) => (body.dcql_query === undefined) !== (body.purpose === undefined), {
    message: 'either dcql_query or purpose',
  });
export type PresentationRequestBody = z.output<typeof zPresentationRequest>;
