import { isJsonObject, type JsonObject, type JsonValue } from '@lanyard/protocol';
import type { ClaimLabel, CredentialFormat } from '../storage/kept.js';
import { ServiceRefusal, safeUrl } from './refusal.js';

/** What an issuer gives out under one configuration, as far as this wallet understands it. */
export interface Configuration {
  readonly id: string;
  /** Undefined for a format this wallet does not know by its name. */
  readonly format: CredentialFormat | undefined;
  /** `vct` or docType. */
  readonly type: string;
  readonly scope: string | undefined;
  readonly names: { readonly zh: string; readonly en: string };
  readonly colour: string | undefined;
  readonly labels: readonly ClaimLabel[];
}

export interface IssuerMetadata {
  readonly issuer: string;
  readonly names: { readonly zh: string; readonly en: string };
  readonly servers: readonly string[];
  readonly credential: string;
  readonly nonce: string | undefined;
  readonly notification: string | undefined;
  readonly deferred: string | undefined;
  readonly batchSize: number;
  readonly configurations: readonly Configuration[];
}

const MAX_CONFIGURATIONS = 64;
const MAX_SERVERS = 8;
const MAX_LABELS = 100;
const MAX_NAME = 100;
/** Controls and direction marks could make one name look like another. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu;

/**
 * Reads credential issuer metadata (OpenID4VCI 1.0 §12.2.4). Names, colours and labels are the issuer's own words: they
 * are shown as text and believed of nobody.
 * @throws ServiceRefusal `issuer-metadata-invalid`
 */
export function parseIssuerMetadata(value: JsonValue, issuer: string): IssuerMetadata {
  // §12.2.1: metadata of another issuer must not be used.
  if (!isJsonObject(value) || value['credential_issuer'] !== issuer) throw invalid();
  const { authorization_servers: servers = [issuer], credential_configurations_supported: configurations } = value;
  if (!Array.isArray(servers) || servers.length === 0 || servers.length > MAX_SERVERS) throw invalid();
  const batch = isJsonObject(value['batch_credential_issuance']) ? value['batch_credential_issuance']['batch_size'] : 1;
  const entries = isJsonObject(configurations) ? Object.entries(configurations).slice(0, MAX_CONFIGURATIONS) : [];
  return {
    issuer,
    names: namesOf(value['display'], new URL(issuer).host),
    servers: servers.map((server) => address(server)),
    credential: address(value['credential_endpoint']),
    nonce: optionalAddress(value['nonce_endpoint']),
    notification: optionalAddress(value['notification_endpoint']),
    deferred: optionalAddress(value['deferred_credential_endpoint']),
    batchSize: typeof batch === 'number' && Number.isInteger(batch) && batch > 0 ? batch : 1,
    configurations: entries.flatMap(([id, one]) => (isJsonObject(one) ? [configurationOf(id, one)] : [])),
  };
}

function configurationOf(id: string, value: JsonObject): Configuration {
  const format = understood(value);
  const metadata = isJsonObject(value['credential_metadata']) ? value['credential_metadata'] : {};
  // Before 1.0 both stood one level higher; some issuers still have them there.
  const display = metadata['display'] ?? value['display'];
  const [look] = Array.isArray(display) ? display : [];
  const colour = isJsonObject(look) ? look['background_color'] : undefined;
  return {
    id,
    format,
    type: String(format === 'mso_mdoc' ? value['doctype'] : value['vct']),
    scope: typeof value['scope'] === 'string' ? value['scope'] : undefined,
    names: namesOf(display, id),
    colour: typeof colour === 'string' && /^#[0-9a-f]{6}$/i.test(colour) ? colour : undefined,
    labels: labelsOf(metadata['claims']),
  };
}

/** By format and never by name; with a proof by a P-256 key that nobody has to attest. */
function understood(value: JsonObject): CredentialFormat | undefined {
  const { format, vct, doctype, proof_types_supported: proofs } = value;
  const jwt = isJsonObject(proofs) ? proofs['jwt'] : undefined;
  if (!isJsonObject(jwt) || jwt['key_attestations_required'] !== undefined) return undefined;
  const algorithms = jwt['proof_signing_alg_values_supported'];
  if (!Array.isArray(algorithms) || !algorithms.includes('ES256')) return undefined;
  if (format === 'dc+sd-jwt' && typeof vct === 'string') return format;
  return format === 'mso_mdoc' && typeof doctype === 'string' ? format : undefined;
}

function labelsOf(claims: JsonValue | undefined): ClaimLabel[] {
  if (!Array.isArray(claims)) return [];
  return claims.slice(0, MAX_LABELS).flatMap((claim) => {
    if (!isJsonObject(claim) || !Array.isArray(claim['path']) || !Array.isArray(claim['display'])) return [];
    const path = claim['path'].map(String);
    return [{ path, ...namesOf(claim['display'], path.at(-1) ?? '') }];
  });
}

function namesOf(display: JsonValue | undefined, fallback: string): { zh: string; en: string } {
  const entries = Array.isArray(display) ? display.filter(isJsonObject) : [];
  const named = (language: string) => entries.find((entry) => String(entry['locale'] ?? '').startsWith(language));
  const text = (entry: JsonObject | undefined) => readable(entry?.['name']);
  const any = text(entries[0]) ?? readable(fallback) ?? '';
  return { zh: text(named('zh')) ?? any, en: text(named('en')) ?? any };
}

function readable(name: JsonValue | undefined): string | undefined {
  const text = typeof name === 'string' ? name.replace(UNSEEN, '').trim().slice(0, MAX_NAME) : '';
  return text === '' ? undefined : text;
}

function address(value: JsonValue | undefined): string {
  if (typeof value !== 'string' || safeUrl(value) === undefined) throw invalid();
  return value;
}
const optionalAddress = (value: JsonValue | undefined) => (value === undefined ? undefined : address(value));
const invalid = () => new ServiceRefusal(200, 'issuer-metadata-invalid');
