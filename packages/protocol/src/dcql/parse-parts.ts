import type { JsonObject } from '../base64url/strict-json.js';
import { DcqlQueryError, type DcqlQueryErrorCode } from './errors.js';

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** A non-empty array of at most `max` elements. @throws DcqlQueryError `dcql-malformed`, `dcql-too-large` */
export function arrayOf(value: unknown, name: string, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new DcqlQueryError('dcql-malformed', `${name} is a non-empty array`);
  if (value.length > max) throw new DcqlQueryError('dcql-too-large', `${name} has more than ${max} elements`);
  return value;
}

/** An identifier (§6.1, §6.3): letters, digits, `_`, `-`. @throws DcqlQueryError `dcql-id-malformed` */
export function idOf(value: unknown): string {
  // The name of an object's prototype would be lost wherever answers are kept by id.
  if (typeof value !== 'string' || !ID.test(value) || value === '__proto__')
    throw new DcqlQueryError('dcql-id-malformed', 'an id is 1 to 64 letters, digits, _ or -');
  return value;
}

/** @throws DcqlQueryError `dcql-malformed` */
export function optionalBoolean(object: JsonObject, name: string): boolean | undefined {
  const value = object[name];
  if (value !== undefined && typeof value !== 'boolean')
    throw new DcqlQueryError('dcql-malformed', `${name} is a boolean`);
  return value;
}

/** @throws DcqlQueryError with `code` */
export function requireUnique(texts: readonly string[], code: DcqlQueryErrorCode, message: string): void {
  if (new Set(texts).size !== texts.length) throw new DcqlQueryError(code, message);
}
