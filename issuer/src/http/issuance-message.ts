import { parseJsonBody, Refusal, readBody } from '@lanyard/platform';
import { isJsonObject, type JsonObject } from '@lanyard/protocol';
import type { Context } from 'koa';
import {
  encryptMessage,
  type MessageEncryption,
  MessageEncryptionError,
  type ResponseEncryption,
  readResponseEncryption,
} from '../adapters/message-encryption.js';
import { OAuthRefusal } from './oauth-refusal.js';

/** A request of the credential or deferred credential endpoint, decrypted where it was encrypted (OpenID4VCI 1.0 §10). */
export interface IssuanceMessage {
  readonly body: JsonObject;
  /** How the answer has to be encrypted; never without an encrypted request, or it could have been slipped in. */
  readonly answerTo: ResponseEncryption | undefined;
}

const MAX_REQUEST_BYTES = 192 * 1024;

export async function readIssuanceMessage(context: Context, encryption: MessageEncryption): Promise<IssuanceMessage> {
  const encrypted = Boolean(context.is('application/jwt'));
  if (!encrypted && !context.is('application/json'))
    throw new OAuthRefusal('invalid_credential_request', 'Takes application/json or application/jwt.', { status: 415 });
  const bytes = await readBody(context.req, MAX_REQUEST_BYTES);
  const body = parse(encrypted ? await decrypt(bytes, encryption) : bytes);
  const wanted = body.credential_response_encryption;
  if (wanted === undefined) return { body, answerTo: undefined };
  if (!encrypted) throw badParameters('An encrypted answer needs an encrypted request.', 'request in the clear');
  return { body, answerTo: responseEncryption(wanted) };
}

export async function writeIssuanceMessage(
  context: Context,
  status: 200 | 202,
  message: object,
  answerTo: ResponseEncryption | undefined,
): Promise<void> {
  context.status = status;
  if (answerTo === undefined) {
    context.body = message;
    return;
  }
  context.body = await encryptMessage(message, answerTo);
  context.type = 'application/jwt';
}

function parse(bytes: Uint8Array): JsonObject {
  const body = parseJsonBody(bytes);
  if (isJsonObject(body)) return body;
  throw new Refusal('body-malformed');
}

async function decrypt(bytes: Uint8Array, encryption: MessageEncryption): Promise<Uint8Array> {
  try {
    return await encryption.decrypt(Buffer.from(bytes).toString('latin1').trim());
  } catch (error) {
    if (!(error instanceof MessageEncryptionError)) throw error;
    throw badParameters('The request cannot be decrypted.', error.message);
  }
}

function responseEncryption(wanted: unknown): ResponseEncryption {
  try {
    return readResponseEncryption(wanted);
  } catch (error) {
    if (!(error instanceof MessageEncryptionError)) throw error;
    throw badParameters('credential_response_encryption cannot be used.', error.message);
  }
}

const badParameters = (description: string, logDetail: string) =>
  new OAuthRefusal('invalid_encryption_parameters', description, { logDetail });
