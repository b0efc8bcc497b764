import { XMLParser, XMLValidator } from 'fast-xml-parser';

const MAX_CHARACTERS = 64 * 1024;
const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  processEntities: true,
  trimValues: true,
});

/**
 * User and attributes of a CAS 2.0 or 3.0 answer (CAS protocol §2.5.2), or undefined for a failure and for anything
 * that is not exactly one success. Document types are refused before parsing: entities can be bombs.
 */
export function readCasAnswer(text: string): { user: string; attributes: Record<string, string[]> } | undefined {
  if (text.length > MAX_CHARACTERS || /<!DOCTYPE|<!ENTITY/i.test(text) || XMLValidator.validate(text) !== true)
    return undefined;
  const response = recordOf(recordOf(parser.parse(text))['serviceResponse']);
  if ('authenticationFailure' in response || Array.isArray(response['authenticationSuccess'])) return undefined;
  const success = recordOf(response['authenticationSuccess']);
  const user = success['user'];
  if (typeof user !== 'string' || user === '') return undefined;
  const attributes: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(recordOf(success['attributes'])))
    attributes[name] = (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');
  return { user, attributes };
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
