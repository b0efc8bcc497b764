/** Why what a card, a phone or a tag said was refused. */
export type NfcErrorCode =
  | 'nfc-malformed'
  | 'nfc-too-large'
  | 'nfc-status-word'
  | 'nfc-unsupported-version'
  | 'nfc-not-our-url'
  | 'card-type-not-supported'
  | 'card-authentication-failed'
  | 'card-mac-invalid'
  | 'sun-malformed'
  | 'sun-mac-invalid';

/** A refused exchange. `code` is stable, the message is for the log and holds no key, UID or cryptogram. */
export class NfcError extends Error {
  override readonly name = 'NfcError';
  readonly code: NfcErrorCode;
  /** With `nfc-status-word` and `card-authentication-failed`: what the card said, 0 to 0xffff. */
  readonly statusWord: number | undefined;

  constructor(code: NfcErrorCode, message: string, statusWord?: number) {
    super(message);
    this.code = code;
    this.statusWord = statusWord;
  }
}
