import type { CborItem } from '../cbor/cbor-value.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { prepareSign1, sign1Item } from '../cose/create-sign1.js';
import { coseEs256, coseLabel } from '../cose/sign1-bytes.js';
import { deviceAuthenticationBytes } from './device-authentication.js';
import { taggedBytes } from './encode-elements.js';
import { MdocError } from './errors.js';
import type { ParsedIssuerSigned } from './parse-issuer-signed.js';
import type { SessionTranscript } from './session-transcript.js';

/** An element by namespace and identifier, as in a DCQL claims path. */
export type MdocElementPath = readonly [namespace: string, element: string];

/** `toBeSigned` goes under ES256 with the device key. */
export type PreparedDeviceResponse = {
  readonly toBeSigned: Uint8Array;
  readonly payload: Uint8Array;
  readonly docType: string;
  readonly issuerSigned: CborItem;
};

const protectedBytes = encodeCbor(new Map([[coseLabel.alg, coseEs256]]));
/** Our wallet signs no elements of its own. */
const noDeviceNameSpaces = taggedBytes(encodeCbor(new Map()));
const noHeader = new Map<number, CborItem>();

/**
 * Builds a DeviceResponse of one document up to the device signature (ISO/IEC 18013-5 §8.3.2.1.2.2, §9.1.3): exactly
 * the chosen elements, each as the issuer sent it.
 *
 * @throws MdocError `mdoc-element-missing` for an element that is not held.
 */
export function prepareDeviceResponse(input: {
  readonly issuerSigned: ParsedIssuerSigned;
  readonly disclose: readonly MdocElementPath[];
  readonly sessionTranscript: SessionTranscript;
}): PreparedDeviceResponse {
  const { issuerSigned, disclose, sessionTranscript } = input;
  const { docType } = issuerSigned.mso;
  const payload = deviceAuthenticationBytes(sessionTranscript, docType, noDeviceNameSpaces);
  return {
    toBeSigned: prepareSign1({ protectedBytes, payload }),
    payload,
    docType,
    issuerSigned: disclosedIssuerSigned(issuerSigned, disclose),
  };
}

/** The DeviceResponse of a prepared document and its ES256 signature. OpenID4VP sends it as base64url text (B.2.5). */
export function assembleDeviceResponse(prepared: PreparedDeviceResponse, signature: Uint8Array): Uint8Array {
  const { payload, docType, issuerSigned } = prepared;
  const parts = { protectedBytes, payload };
  const deviceSignature = sign1Item(parts, { unprotectedHeader: noHeader, detached: true }, signature);
  const deviceSigned = new Map<string, CborItem>([
    ['nameSpaces', { encoded: noDeviceNameSpaces }],
    ['deviceAuth', new Map([['deviceSignature', deviceSignature]])],
  ]);
  const document = new Map<string, CborItem>([
    ['docType', docType],
    ['issuerSigned', issuerSigned],
    ['deviceSigned', deviceSigned],
  ]);
  return encodeCbor(
    new Map<string, CborItem>([
      ['version', '1.0'],
      ['documents', [document]],
      ['status', 0],
    ]),
  );
}

function disclosedIssuerSigned(held: ParsedIssuerSigned, disclose: readonly MdocElementPath[]): CborItem {
  const nameSpaces = new Map<string, CborItem[]>();
  const seen = new Set<string>();
  for (const [namespace, element] of disclose) {
    const item = held.items.get(namespace)?.find((one) => one.element === element);
    if (item === undefined) throw new MdocError('mdoc-element-missing', 'there is no such element');
    // One element is sent once, however often it was asked for.
    if (seen.has(JSON.stringify([namespace, element]))) continue;
    seen.add(JSON.stringify([namespace, element]));
    nameSpaces.set(namespace, [...(nameSpaces.get(namespace) ?? []), { encoded: item.encoded }]);
  }
  const { protectedBytes: header, payload, unprotectedHeader, signature } = held.issuerAuth;
  const issuerAuth = sign1Item({ protectedBytes: header, payload }, { unprotectedHeader }, signature);
  return new Map<string, CborItem>([
    // §8.3.2.1.2.2: the map is left out where it would be empty.
    ...(nameSpaces.size === 0 ? [] : [['nameSpaces', nameSpaces] as const]),
    ['issuerAuth', issuerAuth],
  ]);
}
