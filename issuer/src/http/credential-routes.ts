import type Router from '@koa/router';
import { configurationOfIdentifier, documentOfIdentifier, type JsonObject } from '@lanyard/protocol';
import type { MessageEncryption } from '../adapters/message-encryption.js';
import {
  CONFIGURATION_RULES,
  type ConfigurationId,
  DOCUMENT,
  isConfigurationId,
} from '../domain/credentials/configurations.js';
import { ProofsError, type ProvedKeys, verifyProofs } from '../domain/issuance/verify-proofs.js';
import type { TokenHolder } from '../storage/credentials/token-store.js';
import { type HolderTokenDeps, requireHolder } from './holder-token.js';
import { readIssuanceMessage, writeIssuanceMessage } from './issuance-message.js';
import { type IssueDeps, issueCredentials, unknownIdentifier } from './issue-credentials.js';
import { OAuthRefusal } from './oauth-refusal.js';

export interface CredentialDeps extends HolderTokenDeps, IssueDeps {
  encryption: MessageEncryption;
}

/** Nonce endpoint (OpenID4VCI 1.0 §7) and credential endpoint (§8). */
export function addCredentialRoutes(router: Router, deps: CredentialDeps): void {
  router.post('/nonce', async (context) => {
    context.set('Cache-Control', 'no-store');
    context.body = { c_nonce: await deps.proofs.makeNonce() };
  });
  router.post('/credential', async (context) => {
    context.set('Cache-Control', 'no-store');
    const holder = await requireHolder(context, deps);
    const { body, answerTo } = await readIssuanceMessage(context, deps.encryption);
    const { configurationId, document } = readWhat(body, holder);
    if (!deps.signer.canIssue(configurationId))
      throw new OAuthRefusal('unknown_credential_configuration', 'No signer is certified for that configuration.');
    const { keys, nonce } = await readProofs(body, configurationId, holder, deps);
    if (!(await deps.proofs.takeNonce(deps.database, nonce)))
      throw new OAuthRefusal('invalid_nonce', 'The c_nonce is unknown, used or expired. Fetch a new one.');
    const { status, message } = await issueCredentials(deps, { holder, configurationId, document, keys });
    await writeIssuanceMessage(context, status, message, answerTo);
  });
}

/**
 * Which of the two names a credential goes by is decided by what the token answer returned, and the other is refused
 * (§8.2). A document goes by its identifier always: a wallet with a line of its own knows it from the holder's state
 * (docs/divergences.md).
 */
function readWhat(
  request: JsonObject,
  holder: TokenHolder,
): { configurationId: ConfigurationId; document: string | undefined } {
  const { credential_identifier: identifier, credential_configuration_id: id } = request;
  if ((identifier === undefined) === (id === undefined))
    throw new OAuthRefusal(
      'invalid_credential_request',
      'Exactly one of credential_identifier and credential_configuration_id is needed.',
    );
  const document = typeof identifier === 'string' ? documentOfIdentifier(identifier) : undefined;
  if (holder.byIdentifier !== (identifier !== undefined) && document === undefined)
    throw new OAuthRefusal(
      holder.byIdentifier ? 'invalid_credential_request' : 'unknown_credential_identifier',
      holder.byIdentifier
        ? 'The token answer has credential identifiers: use one of them.'
        : 'No credential identifiers were given out: use credential_configuration_id.',
    );
  const named = typeof identifier === 'string' ? configurationOfIdentifier(identifier) : id;
  if (
    !isConfigurationId(named) ||
    !holder.configurationIds.includes(named) ||
    (named === DOCUMENT && document === undefined)
  )
    throw identifier === undefined
      ? new OAuthRefusal('unknown_credential_configuration', 'The access token is for no such configuration.')
      : unknownIdentifier();
  return { configurationId: named, document };
}

const DESCRIPTIONS = {
  invalid_proof: 'The proofs do not hold.',
  invalid_nonce: 'All proofs of a request carry the same c_nonce.',
  invalid_credential_request: 'Too many keys at once.',
};

async function readProofs(
  request: JsonObject,
  configurationId: ConfigurationId,
  holder: TokenHolder,
  deps: CredentialDeps,
): Promise<ProvedKeys> {
  // The name of earlier drafts: saying so helps more than "missing".
  if (request.proof !== undefined) throw new OAuthRefusal('invalid_credential_request', 'Use proofs, not proof.');
  try {
    return await verifyProofs(request.proofs, {
      audience: deps.issuerUrl,
      nowSeconds: deps.clock.nowSeconds(),
      clientId: holder.clientId,
      batch: CONFIGURATION_RULES[configurationId].batch,
      attestation: deps.attesters.keys[configurationId],
    });
  } catch (error) {
    if (!(error instanceof ProofsError)) throw error;
    throw new OAuthRefusal(error.code, DESCRIPTIONS[error.code], { logDetail: error.message });
  }
}
