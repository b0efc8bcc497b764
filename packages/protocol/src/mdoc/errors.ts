import { DocumentError, type DocumentErrorCode } from '../errors.js';

/** Why an mdoc was refused (ISO/IEC 18013-5 §9.1, §9.3). `mdoc-element-missing` is for a holder: it has no such element. */
export type MdocErrorCode =
  | 'mdoc-too-large'
  | 'mdoc-malformed'
  | 'mdoc-too-many-elements'
  | 'mdoc-version-not-supported'
  | 'mdoc-response-status'
  | 'mdoc-document-errors'
  | 'mdoc-document-missing'
  | 'mdoc-too-many-documents'
  | 'mdoc-algorithm-not-supported'
  | 'mdoc-critical-header'
  | 'mdoc-chain-missing'
  | 'mdoc-unknown-issuer'
  | 'mdoc-issuer-signature-invalid'
  | 'mdoc-doc-type-wrong'
  | 'mdoc-doc-type-not-accepted'
  | 'mdoc-digest-algorithm-not-supported'
  | 'mdoc-digest-id-malformed'
  | 'mdoc-digest-id-repeated'
  | 'mdoc-digest-missing'
  | 'mdoc-digest-wrong'
  | 'mdoc-random-too-short'
  | 'mdoc-element-repeated'
  | 'mdoc-device-key-malformed'
  | 'mdoc-validity-malformed'
  | 'mdoc-not-yet-valid'
  | 'mdoc-expired'
  | 'mdoc-status-malformed'
  | 'mdoc-status-not-supported'
  | 'mdoc-device-auth-missing'
  | 'mdoc-device-mac-not-supported'
  | 'mdoc-device-signature-invalid'
  | 'mdoc-device-element-not-authorised'
  | 'mdoc-element-missing';

/** A refused mdoc; `code` is stable, the message is for the log and names no value. */
export class MdocError extends Error {
  override readonly name = 'MdocError';
  readonly code: MdocErrorCode;
  constructor(code: MdocErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const codes: { readonly [Code in DocumentErrorCode]?: MdocErrorCode } = {
  'too-large': 'mdoc-too-large',
  'unsupported-algorithm': 'mdoc-algorithm-not-supported',
  'unknown-critical-header': 'mdoc-critical-header',
};

/** Runs a reader of CBOR or COSE; what it refuses is an mdoc refused. @throws MdocError */
export function refusingAsMdoc<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    throw new MdocError(codes[cause.code] ?? 'mdoc-malformed', cause.message, { cause });
  }
}
