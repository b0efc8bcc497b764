import { Refusal, ServiceCallError } from '@lanyard/platform';
import type { IssuerClient } from './issuer-client.js';

/** Portraits from the issuer; `not-found` where it has none of that id. */
export function portraitFetcher(client: Pick<IssuerClient, 'fetchPortrait'>): (portraitId: string) => Promise<Buffer> {
  return async (portraitId) => {
    try {
      return await client.fetchPortrait(portraitId);
    } catch (cause) {
      if (cause instanceof ServiceCallError)
        throw new Refusal(cause.status === 404 ? 'not-found' : 'dependency-unavailable', { cause });
      throw cause;
    }
  };
}
