import { createHash, type KeyObject, sign as nodeSign, randomBytes, X509Certificate } from 'node:crypto';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import {
  type CallbackContext,
  clientAuthenticationNone,
  type Jwk,
  type JwtSignerJwk,
  setGlobalConfig,
} from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { Openid4vpClient } from '@openid4vc/openid4vp';
import {
  CoseKey,
  DeviceRequest,
  DocRequest,
  Holder,
  IssuerSigned,
  ItemsRequest,
  type MdocContext,
  SessionTranscript,
} from '@owf/mdoc';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { CompactEncrypt, compactVerify, exportJWK, importJWK, SignJWT } from 'jose';

// The installation under test lies on loopback.
setGlobalConfig({ allowInsecureUrls: true });

/** A wallet made of other people's libraries alone: @openid4vc for the protocols, @sd-jwt and @owf/mdoc for documents. */
export interface ForeignCopy {
  configuration: string;
  credential: string;
  privateKey: KeyObject;
  jwk: Jwk;
}

interface Key {
  privateKey: KeyObject;
  jwk: Jwk;
}

const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());
const signRaw = (key: KeyObject, data: Uint8Array) => nodeSign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });

function makeKey(): Key {
  const { privateKey, publicKey } = generateKeyPair();
  return { privateKey, jwk: publicKey.export({ format: 'jwk' }) as Jwk };
}

export function createForeignWallet() {
  const keys = new Map<string, KeyObject>();
  const remember = (key: Key) => {
    keys.set(String(key.jwk.x), key.privateKey);
    return key;
  };
  const keyOf = (jwk: { x?: unknown }) => {
    const key = keys.get(String(jwk.x));
    if (key === undefined) throw new Error('a key of nobody');
    return key;
  };
  const dpop = remember(makeKey());
  const dpopSigner: JwtSignerJwk = { method: 'jwk', publicJwk: dpop.jwk, alg: 'ES256' };
  const copies: ForeignCopy[] = [];

  const callbacks: CallbackContext = {
    fetch,
    hash: (data, alg) => new Uint8Array(createHash(alg.replace('-', '')).update(data).digest()),
    generateRandom: (length) => new Uint8Array(randomBytes(length)),
    clientAuthentication: clientAuthenticationNone({ clientId: 'foreign-wallet' }),
    async signJwt(signer, { header, payload }) {
      if (signer.method !== 'jwk') throw new Error('only keys of our own');
      const jwt = await new SignJWT(payload as never)
        .setProtectedHeader(header as never)
        .sign(keyOf(signer.publicJwk) as never);
      return { jwt, signerJwk: signer.publicJwk };
    },
    async verifyJwt(signer, { compact }) {
      if (signer.method !== 'x5c') return { verified: false };
      const leaf = new X509Certificate(Buffer.from(signer.x5c[0] ?? '', 'base64'));
      await compactVerify(compact, leaf.publicKey as never);
      return { verified: true, signerJwk: (await exportJWK(leaf.publicKey as never)) as Jwk };
    },
    decryptJwe: () => ({ decrypted: false }),
    async encryptJwe(encryptor, data) {
      const { publicJwk, alg, enc, kid } = encryptor;
      const jwe = await new CompactEncrypt(new TextEncoder().encode(data))
        .setProtectedHeader({ alg, enc, ...((kid ?? publicJwk.kid) ? { kid: String(kid ?? publicJwk.kid) } : {}) })
        .encrypt(await importJWK(publicJwk as never, alg));
      return { jwe, encryptionJwk: publicJwk };
    },
    getX509CertificateMetadata: (certificate) => {
      const names = new X509Certificate(Buffer.from(certificate, 'base64')).subjectAltName ?? '';
      const of = (kind: string) =>
        names
          .split(', ')
          .filter((name) => name.startsWith(`${kind}:`))
          .map((name) => name.slice(kind.length + 1));
      return { sanDnsNames: of('DNS'), sanUriNames: of('URI') };
    },
  };
  const vci = new Openid4vciClient({ callbacks });
  const vp = new Openid4vpClient({ callbacks });

  return {
    copies,
    /** Takes an offer whole: so many copies of each configuration that is a standard one. */
    async claim(offerUri: string, txCode: string | undefined, configurations: readonly string[], count: number) {
      const credentialOffer = await vci.resolveCredentialOffer(
        `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(offerUri)}`,
      );
      const issuerMetadata = await vci.resolveIssuerMetadata(credentialOffer.credential_issuer);
      const { accessTokenResponse } = await vci.retrievePreAuthorizedCodeAccessTokenFromOffer({
        credentialOffer,
        issuerMetadata,
        ...(txCode === undefined ? {} : { txCode }),
        dpop: { signer: dpopSigner },
      });
      const tools = { issuerMetadata, accessToken: accessTokenResponse.access_token, dpop: { signer: dpopSigner } };
      for (const credentialConfigurationId of configurations) {
        const { c_nonce: nonce } = await vci.requestNonce({ issuerMetadata });
        const holders = Array.from({ length: count }, () => remember(makeKey()));
        const proofs = await Promise.all(
          holders.map(async ({ jwk }) => {
            const proof = await vci.createCredentialRequestJwtProof({
              issuerMetadata,
              credentialConfigurationId,
              nonce,
              signer: { method: 'jwk', publicJwk: jwk, alg: 'ES256' },
            });
            return proof.jwt;
          }),
        );
        const { credentialResponse } = await vci.retrieveCredentials({
          ...tools,
          credentialConfigurationId,
          proofs: { jwt: proofs as [string, ...string[]] },
        });
        const got = (credentialResponse.credentials ?? []) as { credential: string }[];
        got.forEach(({ credential }, index) => {
          const holder = holders[index];
          if (holder !== undefined) copies.push({ configuration: credentialConfigurationId, credential, ...holder });
        });
        const notificationId = credentialResponse.notification_id;
        if (typeof notificationId === 'string')
          await vci.sendNotification({
            ...tools,
            notification: { notificationId, event: 'credential_accepted' },
          });
      }
    },
    /** Takes an offer whose token answer names datasets: one copy of each, asked for by its identifier. */
    async claimIdentified(offerUri: string, txCode: string | undefined) {
      const credentialOffer = await vci.resolveCredentialOffer(
        `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(offerUri)}`,
      );
      const issuerMetadata = await vci.resolveIssuerMetadata(credentialOffer.credential_issuer);
      const { accessTokenResponse } = await vci.retrievePreAuthorizedCodeAccessTokenFromOffer({
        ...{ credentialOffer, issuerMetadata },
        ...(txCode === undefined ? {} : { txCode }),
      });
      const details = (accessTokenResponse.authorization_details ?? []) as {
        credential_configuration_id: string;
        credential_identifiers: string[];
      }[];
      for (const { credential_configuration_id: configuration, credential_identifiers: names } of details)
        for (const name of names) {
          const { c_nonce: nonce } = await vci.requestNonce({ issuerMetadata });
          const holder = remember(makeKey());
          const { jwt } = await vci.createCredentialRequestJwtProof({
            ...{ issuerMetadata, credentialConfigurationId: configuration, nonce },
            signer: { method: 'jwk', publicJwk: holder.jwk, alg: 'ES256' },
          });
          // The library asks by configuration only: the request is written by hand.
          const answer = await fetch(issuerMetadata.credentialIssuer.credential_endpoint, {
            method: 'POST',
            headers: {
              Authorization: `Bearer ${accessTokenResponse.access_token}`,
              'Content-Type': 'application/json',
            },
            body: JSON.stringify({ credential_identifier: name, proofs: { jwt: [jwt] } }),
          });
          const { credentials } = (await answer.json()) as { credentials: { credential: string }[] };
          copies.push(...credentials.map(({ credential }) => ({ configuration, credential, ...holder })));
        }
    },
    /** Answers a request with one copy; `elements` are disclosed. Answers what the verifier said. */
    async present(link: string, copy: ForeignCopy, elements: readonly string[]): Promise<Response> {
      const parsed = vp.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link });
      const resolved = await vp.resolveOpenId4vpAuthorizationRequest({
        authorizationRequestPayload: parsed.params as never,
      });
      const request = resolved.authorizationRequestPayload as never as {
        client_id: string;
        nonce: string;
        response_uri: string;
        dcql_query: { credentials: { id: string }[] };
        client_metadata?: { jwks?: { keys: Jwk[] } };
      };
      const presentation =
        copy.configuration === 'student-id-mdoc'
          ? await presentMdoc(copy, request, elements)
          : await presentSdJwt(copy, request, elements);
      const answer = await vp.createOpenid4vpAuthorizationResponse({
        authorizationRequestPayload: resolved.authorizationRequestPayload,
        authorizationResponsePayload: { vp_token: { [request.dcql_query.credentials[0]?.id ?? '']: [presentation] } },
        ...(request.client_metadata?.jwks === undefined
          ? {}
          : {
              jarm: {
                encryption: { nonce: randomBytes(16).toString('base64url') },
                serverMetadata: {
                  authorization_signing_alg_values_supported: [],
                  authorization_encryption_alg_values_supported: ['ECDH-ES'],
                  authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM'],
                },
              },
            }),
      });
      const { response } = await vp.submitOpenid4vpAuthorizationResponse({
        authorizationRequestPayload: request,
        authorizationResponsePayload: answer.authorizationResponsePayload,
        ...(answer.jarm === undefined ? {} : { jarm: answer.jarm }),
      });
      return response as Response;
    },
  };

  async function presentSdJwt(
    copy: ForeignCopy,
    request: { client_id: string; nonce: string },
    elements: readonly string[],
  ): Promise<string> {
    const instance = new SDJwtVcInstance({
      hasher: (data: string | ArrayBuffer) =>
        sha256(typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data)),
      hashAlg: 'sha-256',
      kbSigner: (data: string) => signRaw(copy.privateKey, Buffer.from(data)).toString('base64url'),
      kbSignAlg: 'ES256',
    });
    const frame = Object.fromEntries(elements.map((name) => [name, true]));
    return instance.present(copy.credential, frame as never, {
      kb: {
        payload: {
          iat: Math.floor(Date.now() / 1000),
          aud: request.client_id,
          nonce: request.nonce,
        },
      },
    });
  }

  async function presentMdoc(
    copy: ForeignCopy,
    request: { client_id: string; nonce: string; response_uri: string; client_metadata?: { jwks?: { keys: Jwk[] } } },
    elements: readonly string[],
  ): Promise<string> {
    const context = mdocContext(copy);
    const encryptionJwk = request.client_metadata?.jwks?.keys[0];
    const sessionTranscript = await SessionTranscript.forOid4Vp(
      {
        clientId: request.client_id,
        responseUri: request.response_uri,
        nonce: request.nonce,
        ...(encryptionJwk === undefined ? {} : { jwkThumbprint: thumbprintOf(encryptionJwk) }),
      },
      context,
    );
    const docType = 'org.lanyard.student-id.1';
    const response = await Holder.createDeviceResponseForDeviceRequest(
      {
        deviceRequest: DeviceRequest.create({
          docRequests: [
            DocRequest.create({
              itemsRequest: ItemsRequest.create({
                docType,
                namespaces: { [docType]: Object.fromEntries(elements.map((name) => [name, false])) },
              }),
            }),
          ],
        }),
        sessionTranscript,
        issuerSigned: [IssuerSigned.decode(Buffer.from(copy.credential, 'base64url'))],
        signature: {
          signingKey: CoseKey.fromJwk({
            ...(copy.privateKey.export({ format: 'jwk' }) as object),
            alg: 'ES256',
          } as never),
        },
      },
      context,
    );
    return Buffer.from(response.encode()).toString('base64url');
  }
}

function thumbprintOf({ crv, kty, x, y }: Jwk): Uint8Array {
  return sha256(new TextEncoder().encode(JSON.stringify({ crv, kty, x, y })));
}

/** What @owf/mdoc asks of its caller, over Node's own cryptography. */
function mdocContext(copy: ForeignCopy): MdocContext {
  const none = () => Promise.reject(new Error('not needed by a holder'));
  return {
    crypto: {
      random: (length: number) => new Uint8Array(randomBytes(length)),
      digest: ({ bytes }: { bytes: Uint8Array }) => sha256(bytes),
      calculateEphemeralMacKey: none,
    },
    cose: {
      sign1: {
        sign: ({ toBeSigned }: { toBeSigned: Uint8Array }) => new Uint8Array(signRaw(copy.privateKey, toBeSigned)),
        verify: () => false,
      },
      mac0: { sign: none, verify: () => false },
    },
    x509: {} as never,
  } as never;
}
