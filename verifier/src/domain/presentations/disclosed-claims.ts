import {
  type DcqlClaimsPath,
  type DcqlClaimsQuery,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@lanyard/protocol';
import { STUDENT_ID_NAMESPACE } from '@lanyard/protocol/mdoc';

/**
 * The part of an mdoc that was asked for, flat and in the shape an SD-JWT has it, so that callers know one shape. An
 * element of the namespace that is no claim of ours comes as JSON.
 */
export function askedElements(elements: JsonObject, claims: JsonObject, asked: readonly DcqlClaimsQuery[]): JsonObject {
  const inNamespace = elements[STUDENT_ID_NAMESPACE];
  const json = isJsonObject(inNamespace) ? inNamespace : {};
  const names = asked.map(({ path: [, name] }) => ({ path: [String(name)] }));
  return askedClaims({ ...json, ...claims }, names);
}

/**
 * The part of verified claims that was asked for, with its place: a wallet that disclosed more has not told more. From
 * an array on, the path's whole array is taken.
 */
export function askedClaims(claims: JsonObject, asked: readonly DcqlClaimsQuery[]): JsonObject {
  return asked.reduce<JsonObject>((taken, { path }) => takePath(taken, claims, path), {});
}

function takePath(taken: JsonObject, claims: JsonObject, path: DcqlClaimsPath): JsonObject {
  const [name, ...rest] = path;
  if (typeof name !== 'string' || !Object.hasOwn(claims, name)) return taken;
  const value = claims[name] as JsonValue;
  const known = taken[name];
  if (rest.length === 0 || typeof rest[0] !== 'string' || !isJsonObject(value)) return { ...taken, [name]: value };
  return { ...taken, [name]: takePath(isJsonObject(known) ? known : {}, value, rest) };
}
