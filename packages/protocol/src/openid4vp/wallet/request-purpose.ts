import { isJsonObject, type JsonObject } from '../../base64url/strict-json.js';
import { hasUnseenCharacters } from './distinguished-name.js';

/** What the asker says it needs the answer for, in its own words, signed by it. */
export type RequestPurpose = { readonly zh: string; readonly en: string };

/** Member of the request object; DCQL itself has no place for a purpose (OpenID4VP 1.0 §5 lets a request carry more). */
export const PURPOSE_MEMBER = 'lanyard_purpose';
const MAX_CHARACTERS = 200;

/** Undefined where it is missing in a language, too long, or holds characters nobody sees: then nothing was said. */
export function readRequestPurpose(payload: JsonObject): RequestPurpose | undefined {
  const purpose = payload[PURPOSE_MEMBER];
  if (!isJsonObject(purpose)) return undefined;
  const { zh, en } = purpose;
  return isReadable(zh) && isReadable(en) ? { zh, en } : undefined;
}

function isReadable(text: unknown): text is string {
  return typeof text === 'string' && text.trim() !== '' && text.length <= MAX_CHARACTERS && !hasUnseenCharacters(text);
}
