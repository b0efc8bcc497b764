import { type CborItem, type CborItemMap, isCborItemMap } from '../cbor/cbor-value.js';
import { decodeReceivedCbor } from '../cbor/decode-cbor.js';
import type { MdocElements } from './elements.js';
import { MdocError, refusingAsMdoc } from './errors.js';
import {
  MDOC_ITEM_MAX_DEPTH,
  MDOC_MAX_BYTES,
  MDOC_MAX_DEPTH,
  MDOC_MAX_ELEMENTS,
  MDOC_MAX_NAMESPACES,
} from './limits.js';
import { encodedItem, issuerSignedOf, type ParsedIssuerSigned } from './parse-issuer-signed.js';
import { closedMapOf, listOf, mapOf, nameOf } from './read-map.js';

/** One document of a DeviceResponse that was read: NOTHING in it is authenticated. */
export type ParsedMdocDocument = {
  readonly docType: string;
  readonly issuerSigned: ParsedIssuerSigned;
  readonly deviceElements: MdocElements;
  /** DeviceNameSpacesBytes as received. */
  readonly deviceNameSpaces: Uint8Array;
  /** A COSE_Sign1 with a detached payload, not read further. */
  readonly deviceSignature: CborItem;
};

/**
 * Reads a DeviceResponse (ISO/IEC 18013-5 §8.3.2.1.2.2) of at least one document and at most `maxDocuments`.
 *
 * @throws MdocError; `mdoc-device-mac-not-supported` for a MAC, which needs a key agreement with the reader that no
 *   online request has.
 */
export function parseDeviceResponse(bytes: Uint8Array, maxDocuments = 1): readonly ParsedMdocDocument[] {
  return refusingAsMdoc(() => {
    const limits = { maxBytes: MDOC_MAX_BYTES, maxDepth: MDOC_MAX_DEPTH };
    const known = ['version', 'documents', 'documentErrors', 'status'];
    const response = closedMapOf(decodeReceivedCbor(bytes, limits), 'DeviceResponse', known);
    if (response.get('version') !== '1.0') throw new MdocError('mdoc-version-not-supported', 'only version 1.0');
    if (response.get('status') !== 0) throw new MdocError('mdoc-response-status', 'status is not 0');
    if (response.has('documentErrors')) throw new MdocError('mdoc-document-errors', 'a document was not returned');
    const documents = listOf(response.get('documents') ?? [], 'documents');
    if (documents.length === 0) throw new MdocError('mdoc-document-missing', 'there is no document');
    if (documents.length > maxDocuments) throw new MdocError('mdoc-too-many-documents', `more than ${maxDocuments}`);
    return documents.map(documentOf);
  });
}

function documentOf(item: CborItem): ParsedMdocDocument {
  const document = closedMapOf(item, 'a document', ['docType', 'issuerSigned', 'deviceSigned', 'errors']);
  const docType = nameOf(document.get('docType'), 'docType');
  const issuerSigned = issuerSignedOf(document.get('issuerSigned'));
  if (issuerSigned.mso.docType !== docType)
    throw new MdocError('mdoc-doc-type-wrong', 'the document and its MSO are of different types');
  const deviceSigned = document.get('deviceSigned');
  if (deviceSigned === undefined) throw new MdocError('mdoc-device-auth-missing', 'no holder signed');
  const signed = closedMapOf(deviceSigned, 'DeviceSigned', ['nameSpaces', 'deviceAuth']);
  const { value, encoded } = encodedItem(signed.get('nameSpaces'), 'DeviceNameSpaces');
  return {
    docType,
    issuerSigned,
    deviceElements: deviceElementsOf(value),
    deviceNameSpaces: encoded,
    deviceSignature: deviceSignatureOf(
      closedMapOf(signed.get('deviceAuth'), 'DeviceAuth', ['deviceSignature', 'deviceMac']),
    ),
  };
}

function deviceElementsOf(encoded: Uint8Array): MdocElements {
  const limits = { maxBytes: MDOC_MAX_BYTES, maxDepth: MDOC_ITEM_MAX_DEPTH };
  const nameSpaces = mapOf(decodeReceivedCbor(encoded, limits), 'DeviceNameSpaces');
  const elements = new Map<string, CborItemMap & ReadonlyMap<string, CborItem>>();
  let count = 0;
  for (const [namespace, values] of nameSpaces) {
    if (!isCborItemMap(values)) throw new MdocError('mdoc-malformed', 'a namespace is not a map');
    count += values.size;
    elements.set(
      nameOf(namespace, 'namespace'),
      new Map([...values].map(([name, value]) => [nameOf(name, 'element'), value])),
    );
  }
  if (nameSpaces.size > MDOC_MAX_NAMESPACES || count > MDOC_MAX_ELEMENTS)
    throw new MdocError('mdoc-too-many-elements', 'device-signed elements');
  return elements;
}

function deviceSignatureOf(deviceAuth: CborItemMap): CborItem {
  if (deviceAuth.has('deviceMac'))
    throw new MdocError('mdoc-device-mac-not-supported', 'only deviceSignature is supported');
  const signature = deviceAuth.get('deviceSignature');
  if (signature === undefined) throw new MdocError('mdoc-device-auth-missing', 'there is no deviceSignature');
  return signature;
}
