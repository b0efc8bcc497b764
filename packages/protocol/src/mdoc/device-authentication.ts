import { encodeCbor } from '../cbor/encode-cbor.js';
import { taggedBytes } from './encode-elements.js';
import type { SessionTranscript } from './session-transcript.js';

/**
 * DeviceAuthenticationBytes (ISO/IEC 18013-5 §9.1.3.4), the detached payload of the device signature.
 * `deviceNameSpaces` are DeviceNameSpacesBytes exactly as they are sent.
 */
export function deviceAuthenticationBytes(
  sessionTranscript: SessionTranscript,
  docType: string,
  deviceNameSpaces: Uint8Array,
): Uint8Array {
  return taggedBytes(
    encodeCbor(['DeviceAuthentication', { encoded: sessionTranscript }, docType, { encoded: deviceNameSpaces }]),
  );
}
