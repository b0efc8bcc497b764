import {
  ALUMNI_ID_CLAIMS,
  ALUMNI_ID_LOOK,
  ALUMNI_ID_VCT,
  alumniClaimNameOf,
  DOCUMENT_CLAIM_NAMES,
  DOCUMENT_CLAIMS,
  DOCUMENT_LOOK,
  DOCUMENT_VCT,
  type NameInTwo,
  REQUIRED_ALUMNI_ID_CLAIMS,
  REQUIRED_DOCUMENT_CLAIMS,
  REQUIRED_STUDENT_ID_CLAIMS,
  STUDENT_ID_CLAIM_NAMES,
  STUDENT_ID_CLAIMS,
  STUDENT_ID_LOOK,
  STUDENT_ID_MEMBER_NAMES,
  STUDENT_ID_VCT,
} from '@lanyard/protocol';
import { STUDENT_ID_DOC_TYPE, STUDENT_ID_NAMESPACE } from '@lanyard/protocol/mdoc';
import type { WalletAttesters } from '../issuance/wallet-attesters.js';
import {
  ALUMNI_ID,
  CONFIGURATION_RULES,
  type ConfigurationId,
  DOCUMENT,
  STUDENT_ID,
  STUDENT_ID_MDOC,
  STUDENT_PASS,
} from './configurations.js';

export interface IssuerMetadataInput {
  issuerUrl: string;
  /** Issuer identifiers, this server first. */
  authorizationServers: readonly string[];
  universityName: string;
  encryption: { jwk: object; enc: readonly string[]; zip: readonly string[]; alg: string };
  attesters: WalletAttesters;
  /** An mdoc carries the certificate of its signer: without one there is none. */
  mdoc: boolean;
}

const ES256 = ['ES256'];
/** COSE has numbers (appendix A.2.2). */
const COSE_ES256 = -7;
const PASS_NAME: NameInTwo = { zh: '离线凭条', en: 'Offline pass' };

/** Credential issuer metadata (OpenID4VCI 1.0 §12.2.4): what is here works, and what works is here. */
export function issuerMetadata(input: IssuerMetadataInput) {
  const { issuerUrl, encryption } = input;
  return {
    credential_issuer: issuerUrl,
    authorization_servers: input.authorizationServers,
    credential_endpoint: `${issuerUrl}/credential`,
    nonce_endpoint: `${issuerUrl}/nonce`,
    deferred_credential_endpoint: `${issuerUrl}/deferred-credential`,
    notification_endpoint: `${issuerUrl}/notification`,
    credential_request_encryption: {
      jwks: { keys: [encryption.jwk] },
      enc_values_supported: encryption.enc,
      zip_values_supported: encryption.zip,
      encryption_required: false,
    },
    credential_response_encryption: {
      alg_values_supported: [encryption.alg],
      enc_values_supported: encryption.enc,
      zip_values_supported: encryption.zip,
      encryption_required: false,
    },
    batch_credential_issuance: { batch_size: CONFIGURATION_RULES[STUDENT_ID].batch },
    display: [
      { name: input.universityName, locale: 'zh-CN' },
      { name: input.universityName, locale: 'en' },
    ],
    credential_configurations_supported: {
      [STUDENT_ID]: {
        format: 'dc+sd-jwt',
        vct: STUDENT_ID_VCT,
        scope: STUDENT_ID,
        cryptographic_binding_methods_supported: ['jwk'],
        credential_signing_alg_values_supported: ES256,
        proof_types_supported: proofTypes(STUDENT_ID, input.attesters),
        credential_metadata: { display: display(STUDENT_ID_LOOK.name), claims: claimDescriptions([]) },
      },
      ...(input.mdoc
        ? {
            [STUDENT_ID_MDOC]: {
              format: 'mso_mdoc',
              doctype: STUDENT_ID_DOC_TYPE,
              scope: STUDENT_ID_MDOC,
              cryptographic_binding_methods_supported: ['cose_key'],
              credential_signing_alg_values_supported: [COSE_ES256],
              proof_types_supported: proofTypes(STUDENT_ID_MDOC, input.attesters),
              credential_metadata: {
                display: display(STUDENT_ID_LOOK.name),
                claims: claimDescriptions([STUDENT_ID_NAMESPACE]),
              },
            },
          }
        : {}),
      [STUDENT_PASS]: {
        format: 'lanyard-pass+cwt',
        scope: STUDENT_PASS,
        cryptographic_binding_methods_supported: ['jwk'],
        proof_types_supported: proofTypes(STUDENT_PASS, input.attesters),
        credential_metadata: { display: display(PASS_NAME) },
      },
      // No scope: who has left does not sign in, and gets it over the line of the wallet or by an offer.
      [ALUMNI_ID]: {
        format: 'dc+sd-jwt',
        vct: ALUMNI_ID_VCT,
        cryptographic_binding_methods_supported: ['jwk'],
        credential_signing_alg_values_supported: ES256,
        proof_types_supported: proofTypes(ALUMNI_ID, input.attesters),
        credential_metadata: { display: display(ALUMNI_ID_LOOK.name, ALUMNI_ID_LOOK), claims: alumniClaims() },
      },
      // No scope: there may be many, each by its identifier.
      [DOCUMENT]: {
        format: 'dc+sd-jwt',
        vct: DOCUMENT_VCT,
        cryptographic_binding_methods_supported: ['jwk'],
        credential_signing_alg_values_supported: ES256,
        proof_types_supported: proofTypes(DOCUMENT, input.attesters),
        credential_metadata: { display: display(DOCUMENT_LOOK.name, DOCUMENT_LOOK), claims: documentClaims() },
      },
    },
  };
}

/** Key attestations are named only where a policy wants them; `key_attestations_required` only where it insists. */
function proofTypes(id: ConfigurationId, attesters: WalletAttesters): object {
  const policy = attesters.keys[id];
  if (policy === undefined) return { jwt: { proof_signing_alg_values_supported: ES256 } };
  const { required, key_storage, user_authentication } = policy;
  const proofType = {
    proof_signing_alg_values_supported: ES256,
    ...(required
      ? {
          key_attestations_required: {
            ...(key_storage === undefined ? {} : { key_storage }),
            ...(user_authentication === undefined ? {} : { user_authentication }),
          },
        }
      : {}),
  };
  return { jwt: proofType, attestation: proofType };
}

/** Every claim with its name, in the order people read them (appendix B.2); `prefix` is an mdoc's namespace. */
function claimDescriptions(prefix: readonly string[]): object[] {
  return STUDENT_ID_CLAIMS.flatMap((claim) => [
    {
      path: [...prefix, claim],
      mandatory: REQUIRED_STUDENT_ID_CLAIMS.includes(claim),
      display: names(STUDENT_ID_CLAIM_NAMES[claim]),
    },
    ...Object.entries(STUDENT_ID_MEMBER_NAMES[claim] ?? {}).map(([member, name]) => ({
      path: [...prefix, claim, member],
      display: names(name),
    })),
  ]);
}

const alumniClaims = () =>
  ALUMNI_ID_CLAIMS.map((claim) => ({
    path: [claim],
    mandatory: REQUIRED_ALUMNI_ID_CLAIMS.includes(claim),
    display: names(alumniClaimNameOf(claim)),
  }));

const documentClaims = () =>
  DOCUMENT_CLAIMS.map((claim) => ({
    path: [claim],
    mandatory: REQUIRED_DOCUMENT_CLAIMS.includes(claim),
    display: names(DOCUMENT_CLAIM_NAMES[claim]),
  }));

const names = ({ zh, en }: NameInTwo) => [
  { name: zh, locale: 'zh-CN' },
  { name: en, locale: 'en' },
];

const display = (
  name: NameInTwo,
  look: { readonly backgroundColour: string; readonly textColour: string } = STUDENT_ID_LOOK,
) =>
  names(name).map((one) => ({
    ...one,
    background_color: look.backgroundColour,
    text_color: look.textColour,
  }));
