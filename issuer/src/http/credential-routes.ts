import type Router from '@koa/router';
import { type Clock, type Database, parseJsonBody, readBody } from '@lanyard/platform';
import { type CheckedP256Jwk, configurationOfIdentifier } from '@lanyard/protocol';
import { z } from 'zod';
import type { CredentialSigner } from '../adapters/credential-signer.js';
import { CONFIGURATION_RULES, type ConfigurationId, isConfigurationId } from '../domain/credentials/configurations.js';
import { HolderProofError, verifyHolderProof } from '../domain/issuance/verify-holder-proof.js';
import { type OpenLists, recordCredentials } from '../storage/credentials/credential-store.js';
import type { TokenHolder } from '../storage/credentials/token-store.js';
import type { RecordStore } from '../storage/students/record-store.js';
import { type HolderTokenDeps, requireHolder } from './holder-token.js';
import { OAuthRefusal } from './oauth-refusal.js';

export interface CredentialDeps extends HolderTokenDeps {
  database: Database;
  records: RecordStore;
  signer: CredentialSigner;
  clock: Clock;
  issuerUrl: string;
}

const MAX_REQUEST_BYTES = 128 * 1024;

const zCredentialRequest = z.object({
  credential_configuration_id: z.string().max(100).optional(),
  credential_identifier: z.string().max(200).optional(),
  proofs: z.record(z.string(), z.array(z.unknown()).min(1).max(100)).optional(),
  proof: z.unknown().optional(),
  credential_response_encryption: z.unknown().optional(),
});

/** Nonce endpoint (OpenID4VCI 1.0 §7) and credential endpoint (§8). */
export function addCredentialRoutes(router: Router, deps: CredentialDeps): void {
  const openLists: OpenLists = new Map();
  router.post('/nonce', async (context) => {
    context.set('Cache-Control', 'no-store');
    context.body = { c_nonce: await deps.proofs.makeNonce() };
  });
  router.post('/credential', async (context) => {
    context.set('Cache-Control', 'no-store');
    const holder = await requireHolder(context, deps);
    if (!context.is('application/json'))
      throw new OAuthRefusal('invalid_credential_request', 'The credential endpoint takes JSON.', { status: 415 });
    const { configurationId, jwts } = readRequest(
      parseJsonBody(await readBody(context.req, MAX_REQUEST_BYTES)),
      holder,
    );
    const { keys, nonce } = verifyProofs(jwts, holder, deps);
    const credentials = await issue(deps, openLists, { holder, configurationId, keys, nonce });
    context.body = { credentials: credentials.map((credential) => ({ credential })) };
  });
}

/** §8.2: identifier or configuration id as the token response had it, `proofs` with exactly one type. */
function readRequest(body: unknown, holder: TokenHolder): { configurationId: ConfigurationId; jwts: string[] } {
  const parsed = zCredentialRequest.safeParse(body);
  if (!parsed.success) throw new OAuthRefusal('invalid_credential_request', 'The request is not a credential request.');
  const request = parsed.data;
  const configurationId = readConfiguration(request, holder);
  if (request.credential_response_encryption !== undefined)
    throw new OAuthRefusal('invalid_encryption_parameters', 'Encrypted responses are not offered.');
  if (request.proof !== undefined) throw new OAuthRefusal('invalid_credential_request', 'Use proofs, not proof.');
  const types = Object.keys(request.proofs ?? {});
  if (request.proofs === undefined || types.length === 0)
    throw new OAuthRefusal('invalid_proof', 'A proof of possession is required.');
  if (types.length !== 1) throw new OAuthRefusal('invalid_credential_request', 'proofs holds exactly one proof type.');
  const jwts = request.proofs['jwt'];
  if (jwts === undefined) throw new OAuthRefusal('invalid_proof', 'Only proofs of type jwt are taken.');
  if (!jwts.every((jwt) => typeof jwt === 'string')) throw new OAuthRefusal('invalid_proof', 'A proof is not a text.');
  const limit = CONFIGURATION_RULES[configurationId].batch;
  if (jwts.length > limit) throw new OAuthRefusal('invalid_credential_request', `At most ${limit} proofs at once.`);
  return { configurationId, jwts };
}

/** Which of the two names a credential goes by is decided by what the token answer returned, and the other is refused. */
function readConfiguration(request: z.output<typeof zCredentialRequest>, holder: TokenHolder): ConfigurationId {
  const { credential_identifier: identifier, credential_configuration_id: id } = request;
  if ((identifier === undefined) === (id === undefined))
    throw new OAuthRefusal(
      'invalid_credential_request',
      'One of credential_identifier and credential_configuration_id.',
    );
  if (holder.byIdentifier !== (identifier !== undefined))
    throw new OAuthRefusal(
      holder.byIdentifier ? 'invalid_credential_request' : 'unknown_credential_identifier',
      holder.byIdentifier
        ? 'The token answer has credential identifiers: use one of them.'
        : 'No credential identifiers were given out: use credential_configuration_id.',
    );
  const named = identifier === undefined ? id : configurationOfIdentifier(identifier);
  if (!isConfigurationId(named) || !holder.configurationIds.includes(named))
    throw identifier === undefined
      ? new OAuthRefusal('unknown_credential_configuration', 'The access token is for no such configuration.')
      : new OAuthRefusal('unknown_credential_identifier', 'The access token is for no such credential.');
  return named;
}

/** All proofs hold, carry one and the same nonce, and no key twice (appendix F.4). */
function verifyProofs(
  jwts: string[],
  holder: TokenHolder,
  deps: CredentialDeps,
): { keys: CheckedP256Jwk[]; nonce: string } {
  const keys: CheckedP256Jwk[] = [];
  const nonces = new Set<string>();
  const seen = new Set<string>();
  for (const jwt of jwts) {
    try {
      const proof = verifyHolderProof(jwt, {
        typ: 'openid4vci-proof+jwt',
        audience: deps.issuerUrl,
        nowSeconds: deps.clock.nowSeconds(),
        clientId: holder.clientId,
      });
      if (seen.has(proof.jwk.x)) throw new HolderProofError('a key is used twice in the batch');
      seen.add(proof.jwk.x);
      nonces.add(proof.nonce);
      keys.push(proof.jwk);
    } catch (error) {
      if (!(error instanceof HolderProofError)) throw error;
      throw new OAuthRefusal('invalid_proof', 'A proof of possession does not hold.', { logDetail: error.message });
    }
  }
  const [nonce, ...others] = nonces;
  if (nonce === undefined || others.length > 0)
    throw new OAuthRefusal('invalid_nonce', 'All proofs of a request carry the same c_nonce.');
  return { keys, nonce };
}

/** Writes the entries, then signs: a crash in between leaves unused indices and never two copies with one. */
async function issue(
  deps: CredentialDeps,
  openLists: OpenLists,
  request: { holder: TokenHolder; configurationId: ConfigurationId; keys: CheckedP256Jwk[]; nonce: string },
): Promise<string[]> {
  const { holder, configurationId, keys } = request;
  if (!(await deps.proofs.takeNonce(deps.database, request.nonce)))
    throw new OAuthRefusal('invalid_nonce', 'The c_nonce is unknown, used or expired. Fetch a new one.');
  const { record, recorded } = await deps.database.transaction(async (transaction) => {
    // Shares the row with other issuances and excludes a suspension that is being written.
    await transaction.raw('SELECT id FROM student WHERE id = ? FOR SHARE', [holder.studentId]);
    await transaction.raw('SELECT student_id FROM holder WHERE student_id = ? FOR SHARE', [holder.studentId]);
    const record = await deps.records.find(transaction, holder.studentId);
    if (record === undefined || record.credentialState !== 'valid') {
      throw new OAuthRefusal(
        'credential_request_denied',
        'The student ID is suspended or revoked: nothing is issued.',
        { logDetail: record?.credentialState ?? 'gone' },
      );
    }
    const holderKeys = keys.map((key) => key.compressed);
    const recorded = await recordCredentials(transaction, {
      ...{ studentId: holder.studentId, walletId: holder.walletId, configurationId, holderKeys },
      ...{ clock: deps.clock, db: deps.database, openLists },
    });
    return { record, recorded };
  });
  return deps.signer.sign({ configurationId, record, keys, ...recorded });
}
