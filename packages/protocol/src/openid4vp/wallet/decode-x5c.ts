import { x5cChain } from '../../jws/x5c.js';
import { RequestRefusal } from './errors.js';

/**
 * The certificates of an `x5c` header, leaf first, as DER. Nothing in them is authenticated.
 * @throws RequestRefusal `x5c-missing`, `x5c-malformed`
 */
export function decodeX5c(value: unknown): { leaf: Uint8Array; chain: readonly Uint8Array[] } {
  if (value === undefined) throw new RequestRefusal('x5c-missing', 'the request names no certificate');
  const [leaf, ...chain] = x5cChain(value, (detail, options) => new RequestRefusal('x5c-malformed', detail, options));
  if (leaf === undefined) throw new RequestRefusal('x5c-missing', 'x5c is empty');
  return { leaf, chain };
}
