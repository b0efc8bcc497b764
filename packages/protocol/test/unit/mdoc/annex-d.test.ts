import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../src/bytes/text.js';
import type { CborItem } from '../../../src/cbor/cbor-value.js';
import { decodeReceivedCbor } from '../../../src/cbor/decode-cbor.js';
import { encodeCbor } from '../../../src/cbor/encode-cbor.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { jsonOfElements } from '../../../src/mdoc/elements.js';
import { parseIssuerSigned } from '../../../src/mdoc/parse-issuer-signed.js';
import { foreignSessionTranscript } from '../../../src/mdoc/session-transcript.js';
import { verifyDeviceResponse } from '../../../src/mdoc/verify-device-response.js';
import { type VerifyMdocOptions, verifyIssuerSigned } from '../../../src/mdoc/verify-issuer-signed.js';
import { compressPoint, parseCertificate } from '../../../src/x509/index.js';
import { readVector } from '../../vectors.js';
import { codeOf, stranger } from './support.js';

const vector = readVector<{ [name: string]: string }>('mdoc/iso18013-5-annex-d.json');
const bytesOf = (name: string) => fromHex(vector[name]!)!;
const certificate = bytesOf('ds_cert');
const signer = nodeCrypto.importVerifyKey(compressPoint(parseCertificate(certificate).publicPoint))!;
const options: VerifyMdocOptions = {
  findIssuerKey: ({ x5chain }) => (Buffer.from(x5chain[0]!).equals(certificate) ? signer : undefined),
  // 2020-10-02T00:00:00Z
  nowSeconds: 1_601_596_800,
  crypto: nodeCrypto,
  acceptedDocTypes: ['org.iso.18013.5.1.mDL'],
};

/** The IssuerSigned inside the response; tagged items keep their bytes. */
function issuerSigned(): Uint8Array {
  const response = decodeReceivedCbor(bytesOf('device_response'), { maxBytes: 10_000, maxDepth: 16 });
  const [document] = (response as Map<string, CborItem[]>).get('documents')!;
  return encodeCbor((document as Map<string, CborItem>).get('issuerSigned')!);
}

describe('ISO/IEC 18013-5 Annex D', () => {
  it('verifies: signature by the document signer, digests, type, validity', () => {
    const mdoc = verifyIssuerSigned(parseIssuerSigned(issuerSigned()), options);
    const { 'org.iso.18013.5.1': elements } = jsonOfElements(mdoc.elements) as { [name: string]: object };
    expect(elements).toMatchObject({
      family_name: 'Doe',
      issue_date: '2019-10-20',
      expiry_date: '2024-10-20',
      document_number: '123456789',
      portrait: Buffer.from(bytesOf('device_response_portrait_data')).toString('base64url'),
    });
    expect(Buffer.from(mdoc.deviceKey.compressed.subarray(1)).toString('hex')).toBe(vector['static_device_key_x']);
    expect(mdoc.status).toBeUndefined();
  });

  it('is refused with another signer, at another time, as another type', () => {
    const code = (more: Partial<VerifyMdocOptions>) =>
      codeOf(() => verifyIssuerSigned(parseIssuerSigned(issuerSigned()), { ...options, ...more }));
    expect(code({ findIssuerKey: () => stranger.verifyKey })).toBe('mdoc-issuer-signature-invalid');
    expect(code({ nowSeconds: 1_601_510_400 })).toBe('mdoc-not-yet-valid');
    expect(code({ nowSeconds: 1_633_046_400 + 86_400 })).toBe('mdoc-expired');
    expect(code({ acceptedDocTypes: ['org.lanyard.student-id.1'] })).toBe('mdoc-doc-type-not-accepted');
  });

  it('is refused as a whole response, because its device authentication is a MAC (docs/decisions/0012)', () => {
    const { value } = decodeReceivedCbor(bytesOf('session_transcript_bytes'), { maxBytes: 10_000 }) as {
      value: Uint8Array;
    } & CborItem;
    const sessionTranscript = foreignSessionTranscript(value);
    expect(codeOf(() => verifyDeviceResponse(bytesOf('device_response'), { ...options, sessionTranscript }))).toBe(
      'mdoc-device-mac-not-supported',
    );
  });
});
