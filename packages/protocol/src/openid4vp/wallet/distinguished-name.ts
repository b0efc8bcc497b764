/** What a certificate calls somebody (RFC 5280 §4.1.2.4), as far as a person reads it. */
export type DistinguishedName = { readonly organisation?: string; readonly commonName?: string };

const SEQUENCE = 0x30;
const SET = 0x31;
const OID = 0x06;
const TEXT_TAGS = [0x0c, 0x13, 0x16]; // UTF8String, PrintableString, IA5String
const COMMON_NAME = '550403';
const ORGANISATION = '55040a';
const MAX_CHARACTERS = 128;
/** Controls and direction marks could make one name look like another. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u;

/** Whether a text that somebody else wrote could show something else than it says. */
export const hasUnseenCharacters = (text: string): boolean => UNSEEN.test(text);

type Element = { readonly tag: number; readonly body: Uint8Array };

/**
 * Reads organisation and common name from the DER of a Name. Parts that are missing, too long, not UTF-8 or hold
 * characters nobody sees are left out: the caller falls back to the host.
 */
export function readDistinguishedName(der: Uint8Array): DistinguishedName {
  const [name] = elements(der);
  const parts = name?.tag === SEQUENCE ? elements(name.body) : [];
  const attributes = parts.filter(({ tag }) => tag === SET).flatMap(({ body }) => elements(body));
  const named = new Map<string, string>();
  for (const { tag, body } of attributes) {
    const [type, value] = tag === SEQUENCE ? elements(body) : [];
    const text = value === undefined ? undefined : readText(value);
    if (type?.tag !== OID || text === undefined) continue;
    const key = [...type.body].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    if (!named.has(key)) named.set(key, text);
  }
  const [organisation, commonName] = [named.get(ORGANISATION), named.get(COMMON_NAME)];
  return {
    ...(organisation === undefined ? {} : { organisation }),
    ...(commonName === undefined ? {} : { commonName }),
  };
}

function readText({ tag, body }: Element): string | undefined {
  if (!TEXT_TAGS.includes(tag)) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body).trim();
    return text === '' || text.length > MAX_CHARACTERS || hasUnseenCharacters(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The elements of a DER body, as far as their lengths hold. */
function elements(der: Uint8Array): Element[] {
  const found: Element[] = [];
  let at = 0;
  while (at + 2 <= der.length) {
    const tag = der[at] ?? 0;
    const first = der[at + 1] ?? 0;
    const long = first > 0x80 ? first - 0x80 : 0;
    if (first === 0x80 || long > 2) break;
    let length = long === 0 ? first : 0;
    for (let index = 0; index < long; index += 1) length = length * 256 + (der[at + 2 + index] ?? 0);
    const start = at + 2 + long;
    if (start + length > der.length) break;
    found.push({ tag, body: der.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
