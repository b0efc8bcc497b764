import { receivedSign1Of } from '../cose/received-sign1.js';
import { coseLabel } from '../cose/sign1-bytes.js';
import { verifySign1 } from '../cose/verify-sign1.js';
import { deviceAuthenticationBytes } from './device-authentication.js';
import type { MdocElements } from './elements.js';
import { MdocError, refusingAsMdoc } from './errors.js';
import { mayBeDeviceSigned } from './key-authorizations.js';
import { type ParsedMdocDocument, parseDeviceResponse } from './parse-device-response.js';
import type { SessionTranscript } from './session-transcript.js';
import { type VerifiedMdoc, type VerifyMdocOptions, verifyIssuerSigned } from './verify-issuer-signed.js';

declare const presented: unique symbol;

/** A {@link VerifiedMdoc} that the holder of its device key presented for this session. */
export type PresentedMdoc = VerifiedMdoc & {
  /** What the holder says himself, as far as the issuer authorised his key. */
  readonly deviceElements: MdocElements;
  readonly [presented]: true;
};

export type VerifyDeviceResponseOptions = VerifyMdocOptions & {
  readonly sessionTranscript: SessionTranscript;
  /** Default 1: OpenID4VP puts one mdoc into a DeviceResponse. */
  readonly maxDocuments?: number;
};

/**
 * Verifies a DeviceResponse (ISO/IEC 18013-5 §9.1.3, §9.3.1) document by document: issuer first, then the device
 * signature over the session's transcript, then what the device key may sign. One bad document refuses the whole.
 * Status is the caller's.
 *
 * @throws MdocError; the issuer's signature is always `mdoc-issuer-signature-invalid`, the holder's always
 *   `mdoc-device-signature-invalid`.
 */
export function verifyDeviceResponse(
  bytes: Uint8Array,
  options: VerifyDeviceResponseOptions,
): readonly [PresentedMdoc, ...PresentedMdoc[]] {
  const documents = parseDeviceResponse(bytes, options.maxDocuments ?? 1);
  // The parser refuses a response without documents.
  return documents.map((document) => verifyDocument(document, options)) as [PresentedMdoc, ...PresentedMdoc[]];
}

function verifyDocument(document: ParsedMdocDocument, options: VerifyDeviceResponseOptions): PresentedMdoc {
  const mdoc = verifyIssuerSigned(document.issuerSigned, options);
  const { deviceKey } = mdoc;
  const key = options.crypto.importVerifyKey(deviceKey.compressed, deviceKey.yBytes);
  if (key === undefined) throw new MdocError('mdoc-device-key-malformed', 'the device key cannot be imported');
  const { sessionTranscript } = options;
  const payload = deviceAuthenticationBytes(sessionTranscript, document.docType, document.deviceNameSpaces);
  const signature = refusingAsMdoc(() => receivedSign1Of(document.deviceSignature, payload));
  if (!signature.protectedHeader.has(coseLabel.alg)) throw new MdocError('mdoc-malformed', 'alg is not protected');
  if (!verifySign1(options.crypto, signature, key))
    throw new MdocError('mdoc-device-signature-invalid', 'the holder did not sign this session');
  const { deviceElements } = document;
  for (const [namespace, values] of deviceElements) {
    for (const name of values.keys()) {
      if (!mayBeDeviceSigned(mdoc.keyAuthorizations, namespace, name))
        throw new MdocError('mdoc-device-element-not-authorised', 'the holder may not sign this element');
    }
  }
  return { ...mdoc, deviceElements } as PresentedMdoc;
}
