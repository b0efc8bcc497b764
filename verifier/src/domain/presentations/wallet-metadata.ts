import {
  type DcqlQuery,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  MDOC_ALG_VALUES,
  parseClientId,
  RESPONSE_ENC_VALUES,
} from '@lanyard/protocol';

/** What a wallet lacks to answer a request. `vp_formats_supported` has an error code of its own (OpenID4VP 1.0 §8.5). */
export type WalletLacks =
  | 'wallet_metadata'
  | 'vp_formats_supported'
  | 'client_id_prefixes_supported'
  | 'request_object_signing_alg_values_supported'
  | 'response_types_supported'
  | 'response_modes_supported'
  | 'authorization_encryption_alg_values_supported'
  | 'authorization_encryption_enc_values_supported';

/**
 * Compares what a wallet says of itself (OpenID4VP 1.0 §5.10, §10.1) with what a request needs; undefined where it can
 * answer. What it leaves out counts as supported; what is of the wrong kind does not.
 */
export function walletLacks(
  metadata: JsonValue,
  request: { clientId: string; responseMode: string; query: DcqlQuery; encrypted: boolean },
): WalletLacks | undefined {
  if (!isJsonObject(metadata)) return 'wallet_metadata';
  const { prefix } = parseClientId(request.clientId);
  const needs: [WalletLacks, readonly string[]][] = [
    ['client_id_prefixes_supported', [prefix]],
    ['request_object_signing_alg_values_supported', ['ES256']],
    ['response_types_supported', ['vp_token']],
    ['response_modes_supported', [request.responseMode]],
    ...(request.encrypted
      ? ([
          ['authorization_encryption_alg_values_supported', ['ECDH-ES']],
          ['authorization_encryption_enc_values_supported', RESPONSE_ENC_VALUES],
        ] satisfies [WalletLacks, readonly string[]][])
      : []),
  ];
  if (!speaksSomeFormat(metadata['vp_formats_supported'], request.query)) return 'vp_formats_supported';
  return needs.find(([name, wanted]) => !lists(metadata[name], wanted))?.[0];
}

/** One format of the query will do: which of its alternatives a wallet takes is the wallet's choice. */
function speaksSomeFormat(formats: JsonValue | undefined, query: DcqlQuery): boolean {
  if (formats === undefined) return true;
  if (!isJsonObject(formats)) return false;
  return query.credentials.some(({ format }) => {
    const known = formats[format];
    if (!isJsonObject(known)) return false;
    return format === 'mso_mdoc'
      ? speaks(known, ['issuerauth_alg_values', 'deviceauth_alg_values'], MDOC_ALG_VALUES)
      : speaks(known, ['sd-jwt_alg_values', 'kb-jwt_alg_values'], ['ES256']);
  });
}

const speaks = (format: JsonObject, names: readonly string[], wanted: readonly (string | number)[]) =>
  names.every((name) => lists(format[name], wanted));

function lists(value: JsonValue | undefined, wanted: readonly (string | number)[]): boolean {
  if (value === undefined) return true;
  return Array.isArray(value) && wanted.some((one) => (value as readonly JsonValue[]).includes(one));
}
