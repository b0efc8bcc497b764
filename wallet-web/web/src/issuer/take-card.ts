import type { CredentialFormat, HeldCredential, OtherCard } from '../storage/kept.js';
import { checkOther } from './check-other.js';
import type { Configuration } from './issuer-metadata.js';
import { BatchProblem, issuerKeysOf, type ObtainDeps, requestBatch } from './obtain.js';

const MOST_COPIES = 10;

/** A configuration whose format this wallet can hold. */
export type Understood = Configuration & { readonly format: CredentialFormat };

export interface TakenCard {
  readonly card: Omit<OtherCard, 'line'>;
  readonly held: readonly HeldCredential[];
  readonly notificationId: string | undefined;
}

export const cardKey = (issuer: string, configuration: string): string => `${issuer}\n${configuration}`;

/** A card that is no student ID: as many copies as there may be, each checked. Nothing is stored here. @throws BatchProblem */
export async function takeCard(parts: ObtainDeps, configuration: Understood, batchSize: number): Promise<TakenCard> {
  const { clock } = parts;
  const { issuer, name } = parts.endpoints;
  const batch = await requestBatch(parts, configuration.id, Math.min(batchSize, MOST_COPIES));
  const { notificationId } = batch;
  const key = cardKey(issuer, configuration.id);
  try {
    const held: HeldCredential[] = [];
    for (const { credential, key: own } of batch.credentials) {
      const { expiresAtSeconds } = await checkOther(credential, {
        ...{ configuration, issuer, ownKey: own.jwk, nowSeconds: clock.nowSeconds() },
        issuerKeys: () => issuerKeysOf(issuer),
      });
      held.push({
        ...{ configuration: configuration.id, issuer, credential, privateKey: own.privateKey, expiresAtSeconds },
        ...{ format: configuration.format, card: key },
        ...(notificationId === undefined ? {} : { notificationId }),
      });
    }
    const { format, type, names, colour, labels } = configuration;
    const card = {
      ...{ key, issuer, issuerName: name, format, type, names, colour, labels },
      expiresAtSeconds: Math.min(...held.map(({ expiresAtSeconds }) => expiresAtSeconds)),
      receivedAtMs: clock.nowMs(),
    };
    return { card, held, notificationId };
  } catch (cause) {
    throw new BatchProblem(notificationId, cause);
  }
}
