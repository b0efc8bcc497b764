/**
 * Client of the Lanyard partner API (docs/partner-api.md): "is this a student, and is the discount left?" Begin with
 * {@link createPartnerClient}. One dependency, jose; Node 20 and later. What is exported here stays compatible within a
 * major version, as `/partner/v1` does.
 */
export type { Credentials } from './access-tokens.js';
export type * from './answers.js';
export { createPartnerClient, type PartnerClient, type PartnerClientOptions } from './partner-client.js';
export { PartnerError, SignedTextError } from './partner-error.js';
export type { Receipt } from './receipts.js';
export type { SendRequest } from './send.js';
export { createEventMemory, type EventMemory, type PartnerEvent } from './webhooks.js';
