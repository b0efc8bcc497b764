/** Why a certificate, a chain, a revocation list or certificate request was refused. */
export type X509ErrorCode =
  | 'certificate-malformed'
  | 'certificate-version-wrong'
  | 'key-not-p256'
  | 'key-not-allowed'
  | 'signature-algorithm-not-allowed'
  | 'certificate-signature-invalid'
  | 'certificate-not-yet-valid'
  | 'certificate-expired'
  | 'chain-too-long'
  | 'chain-broken'
  | 'anchor-unknown'
  | 'issuer-not-a-ca'
  | 'path-length-exceeded'
  | 'leaf-is-a-ca'
  | 'key-usage-wrong'
  | 'extended-key-usage-wrong'
  | 'certificate-name-wrong'
  | 'critical-extension-unknown'
  | 'revocation-list-malformed'
  | 'revocation-list-signature-invalid'
  | 'revocation-list-too-old'
  | 'request-malformed'
  | 'request-signature-invalid';

/** A refused certificate; `code` is stable, the message is for the log. */
export class X509Error extends Error {
  override readonly name = 'X509Error';
  readonly code: X509ErrorCode;
  constructor(code: X509ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
