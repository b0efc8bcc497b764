/** Why a document was refused before or at its signature. Verdicts have codes of their own: see verdict/. */
export type DocumentErrorCode =
  | 'malformed'
  | 'too-large'
  | 'unsupported-version'
  | 'unsupported-algorithm'
  | 'unknown-critical-header'
  | 'wrong-type'
  | 'unknown-signer'
  | 'signature-invalid'
  | 'expired';

/** A refused document. `code` is stable and for programs; `message` is for the log, never for a screen. */
export class DocumentError extends Error {
  readonly code: DocumentErrorCode;
  readonly document: string;

  constructor(document: string, code: DocumentErrorCode, detail: string) {
    super(`${document}: ${detail}`);
    this.name = 'DocumentError';
    this.code = code;
    this.document = document;
  }
}
