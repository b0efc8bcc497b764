import type { CborItem } from '../cbor/cbor-value.js';
import { decodeReceivedCbor } from '../cbor/decode-cbor.js';
import { type ParsedSign1, sign1Of } from './parse-sign1.js';
import { coseEs256, coseEsp256 } from './sign1-bytes.js';

/** Where somebody else's certificates stand in the protected header: three of 8 KiB. */
const MAX_HEADER_BYTES = 32_768;

/**
 * Reads a COSE_Sign1 that others may have made (mdoc, status list): CBOR as received, ES256 or its fully specified
 * name ESP256. `detachedPayload` is what is signed where the payload does not travel.
 * @throws DocumentError `malformed`, `unsupported-algorithm`, `unknown-critical-header`.
 */
export function receivedSign1Of(item: CborItem | undefined, detachedPayload?: Uint8Array): ParsedSign1 {
  return sign1Of(item, {
    decodeHeader: (header) => decodeReceivedCbor(header, { maxBytes: MAX_HEADER_BYTES, maxDepth: 4 }),
    algorithms: [coseEs256, coseEsp256],
    ...(detachedPayload === undefined ? {} : { detachedPayload }),
  });
}
