import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** A request for the person behind a ticket. */
export interface SamlRequest {
  /** Not yet known to have the form of a ticket. */
  artifact: string;
  /** Where it is an xs:NCName; some clients send others, which cannot stand in an answer. */
  requestId: string | undefined;
}

export const MAX_SAML_BYTES = 16 * 1024;
const MAX_TAGS = 64;
const NAME = /^[A-Za-z_][A-Za-z0-9._-]{0,127}$/;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
});

/**
 * Reads a SAML 1.1 request in SOAP 1.1 (CAS protocol §4.2.3). Undefined for anything else. Limits come before parsing:
 * at most 16 kB and 64 tags, no document type, comment or CDATA section, so nothing expands and a value is what it
 * looks like. `IssueInstant` is not asked for, as mod_auth_cas sends none.
 */
export function parseSamlRequest(bytes: Uint8Array): SamlRequest | undefined {
  if (bytes.length > MAX_SAML_BYTES) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  if (text.includes('<!') || text.split('<').length > MAX_TAGS) return undefined;
  try {
    if (XMLValidator.validate(text) !== true) return undefined;
    const request = child(child(child(parser.parse(text), 'Envelope'), 'Body'), 'Request');
    const artifact = request?.['AssertionArtifact'];
    const requestId = request?.['@RequestID'];
    if (typeof artifact !== 'string') return undefined;
    return { artifact, requestId: typeof requestId === 'string' && NAME.test(requestId) ? requestId : undefined };
  } catch {
    // The parser throws on names it holds to be dangerous.
    return undefined;
  }
}

/** The only child of that name; a repeated one is a list and gives nothing. */
function child(parent: unknown, name: string): Record<string, unknown> | undefined {
  if (typeof parent !== 'object' || parent === null || Array.isArray(parent) || !Object.hasOwn(parent, name))
    return undefined;
  const found = (parent as Record<string, unknown>)[name];
  return typeof found === 'object' && found !== null && !Array.isArray(found)
    ? (found as Record<string, unknown>)
    : undefined;
}
