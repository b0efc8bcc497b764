import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { ProviderDocuments, ProviderPayload } from '../../storage/provider-documents.js';
import type { SessionStore } from '../../storage/session-store.js';
import { SESSION_SECONDS } from './lifetimes.js';
import { currentOrigin } from './request-origin.js';

/**
 * The provider's storage port on PostgreSQL. What may be used once is decided by the database, never by a look before:
 * a lost race is `invalid_grant` (code, refresh token), `invalid_request_uri` (pushed request) or a replay.
 */
export function createAdapterFactory(parts: {
  documents: ProviderDocuments;
  sessions: SessionStore;
  /** Metadata of a registered relying party as the provider reads it. */
  findClient: (id: string) => Promise<AdapterPayload | undefined>;
}): AdapterFactory {
  const { documents, sessions } = parts;
  return (model: string): Adapter => {
    if (model === 'Client') return clientAdapter(parts.findClient);
    return {
      async upsert(id, payload, expiresIn) {
        if (model === 'Session') {
          await sessions.save(id, payload as ProviderPayload, expiresIn ?? SESSION_SECONDS, currentOrigin());
          return;
        }
        if (!(await documents.upsert(model, id, payload as ProviderPayload, expiresIn))) throw lostRace(model);
      },
      async find(id) {
        const found = await documents.find(model, id);
        // A replaced identifier of a session is as good as none.
        return model === 'Session' && found?.consumed !== undefined ? undefined : (found as AdapterPayload | undefined);
      },
      findByUid: (uid) => documents.findByUid(model, uid) as Promise<AdapterPayload | undefined>,
      findByUserCode: () => Promise.resolve(undefined),
      async consume(id) {
        if (!(await documents.consume(model, id))) throw lostRace(model);
      },
      // The provider destroys an identifier of a session only to give it another; the session's end goes another way.
      destroy: (id) => (model === 'Session' ? sessions.replace(id) : documents.destroy(model, id)),
      revokeByGrantId: (grantId) => documents.revokeByGrantId(model, grantId),
    };
  };
}

function lostRace(model: string): Error {
  if (model === 'PushedAuthorizationRequest') return new errors.InvalidRequestUri('request_uri was already used');
  if (model === 'ReplayDetection') return new errors.InvalidRequest('identifier was already used');
  return new errors.InvalidGrant('already used');
}

function clientAdapter(find: (id: string) => Promise<AdapterPayload | undefined>): Adapter {
  const no = () => Promise.resolve(undefined);
  return {
    find,
    upsert: no,
    findByUid: no,
    findByUserCode: no,
    consume: no,
    destroy: no,
    revokeByGrantId: no,
  };
}
