import { Refusal } from '@lanyard/platform';
import { isRedirectMode, REQUEST_OBJECT_TYP, signJws } from '@lanyard/protocol';
import { responseJwkOf } from '../adapters/response-encryption.js';
import type { Signers } from '../adapters/signers.js';
import { dcApiRequestObject, requestObject } from '../domain/presentations/request-object.js';
import type { OpenPresentation } from '../storage/presentation-store.js';

/**
 * Signs requests under the certificate that was chosen when the client identifier was given out. `x5c` holds the leaf
 * alone: the anchor is the wallet's to have (HAIP 1.0 §4.4, RFC 7515 §4.1.6).
 */
export function createSignRequest(deps: { signers: Signers; verifierUrl: string; clientName: string }) {
  const { signers, verifierUrl, clientName } = deps;

  /** @throws Refusal `presentation-request-over` where the signer has ended meanwhile */
  function sign(presentation: OpenPresentation, payload: object): string {
    const { kid, leaf } = presentation.signer;
    const signer = signers.announced('request').find((one) => Buffer.from(one.kid).equals(Buffer.from(kid)));
    if (signer === undefined) throw new Refusal('presentation-request-over');
    return signJws(
      { typ: REQUEST_OBJECT_TYP, x5c: [Buffer.from(leaf).toString('base64')] },
      { ...payload },
      signer.sign,
    );
  }

  return {
    /** For a wallet that fetches it. */
    forWallet(presentation: OpenPresentation, walletNonce: string | undefined): string {
      const { responseMode, createdAtMs, expiresAtMs } = presentation;
      if (!isRedirectMode(responseMode)) throw new TypeError('nobody fetches a request that goes over a page');
      return sign(
        presentation,
        requestObject({
          ...commonOf(presentation),
          clientName,
          responseMode,
          responseUri: responseUriOf(verifierUrl, presentation.id),
          state: presentation.walletState,
          walletNonce,
          issuedAtSeconds: Math.floor(createdAtMs / 1000),
          expiresAtSeconds: Math.floor(expiresAtMs / 1000),
        }),
      );
    },
    /** For the Digital Credentials API: the compact text, or the object itself. */
    forPage<Form extends 'signed' | 'unsigned'>(
      presentation: OpenPresentation,
      form: Form,
    ): Form extends 'signed' ? string : object {
      const { responseMode, origin } = presentation;
      if (isRedirectMode(responseMode) || origin === undefined) throw new TypeError('this request goes over no page');
      const payload = dcApiRequestObject({ ...commonOf(presentation), clientName, responseMode, origin }, form);
      return (form === 'signed' ? sign(presentation, payload) : payload) as Form extends 'signed' ? string : object;
    },
  };
}
export type SignRequest = ReturnType<typeof createSignRequest>;

export const responseUriOf = (verifierUrl: string, id: string): string => `${verifierUrl}/openid4vp/responses/${id}`;

function commonOf(presentation: OpenPresentation) {
  const { clientId, purposeText, nonce, query, transactions, encryptionKey } = presentation;
  return {
    ...{ clientId, purposeText, nonce, query, transactions },
    encryptionKey: encryptionKey === undefined ? undefined : responseJwkOf(encryptionKey.pkcs8, encryptionKey.kid),
  };
}
