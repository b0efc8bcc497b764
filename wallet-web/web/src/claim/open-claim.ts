import type { WalletContext } from '../app/page.js';
import { endpointsOf, readIssuer } from '../issuer/find-endpoints.js';
import { findServer, PRE_AUTHORIZED } from '../issuer/find-server.js';
import type { IssuerMetadata } from '../issuer/issuer-metadata.js';
import { ask, readJson, ServiceRefusal } from '../issuer/refusal.js';
import type { CredentialOffer, IssuerEndpoints, PendingClaim } from '../storage/kept.js';
import { OfferProblem, type OfferReference, parseOffer } from './parse-offer.js';

export interface OpenClaim {
  readonly pending: PendingClaim;
  readonly metadata: IssuerMetadata;
  readonly endpoints: IssuerEndpoints;
}

/** Fetches an offer and who makes it, and keeps both, so that a reload goes on here. */
export async function openClaim(wallet: WalletContext, reference: OfferReference): Promise<OpenClaim> {
  const offerUri = 'uri' in reference ? reference.uri : undefined;
  return openOffer(
    wallet,
    parseOffer('json' in reference ? reference.json : await fetchOffer(reference.uri)),
    offerUri,
  );
}

export async function openOffer(
  wallet: WalletContext,
  offer: CredentialOffer,
  offerUri: string | undefined,
): Promise<OpenClaim> {
  const { pending: former } = await wallet.db.read('pending');
  const same = former !== undefined && isSame(former.offer, offer) ? former : undefined;
  const pending = { offer, offerUri, wrongTries: same?.wrongTries ?? 0, line: same?.line };
  await wallet.db.keep('pending', pending);
  if (same === undefined) await wallet.db.keep('deferred', []);
  return read(wallet, pending);
}

/** Goes on with a claim that was begun; undefined where there is none. */
export async function resumeClaim(wallet: WalletContext): Promise<OpenClaim | undefined> {
  const { pending } = await wallet.db.read('pending');
  return pending === undefined ? undefined : read(wallet, pending);
}

const isSame = (former: CredentialOffer, offer: CredentialOffer) =>
  former.issuer === offer.issuer &&
  former.code === offer.code &&
  former.authorization?.issuerState === offer.authorization?.issuerState &&
  (offer.code ?? offer.authorization?.issuerState) !== undefined;

async function fetchOffer(uri: string): Promise<string> {
  const answer = await ask(uri);
  if (answer.status === 404) throw new ServiceRefusal(404, 'offer-gone');
  if (!answer.ok) await readJson(answer);
  return answer.text();
}

async function read(wallet: WalletContext, pending: PendingClaim): Promise<OpenClaim> {
  const { offer, line } = pending;
  const { metadata, clock } = await readIssuer(offer.issuer);
  if (clock !== undefined) {
    wallet.clock.set(clock);
    await wallet.db.keep('clock', clock);
  }
  if (!metadata.configurations.some(({ id }) => offer.configurationIds.includes(id)))
    throw new OfferProblem('offer-not-supported');
  if (line !== undefined) return { pending, metadata, endpoints: line.endpoints };
  // By signing in the server is found when the person leaves for it.
  const server =
    offer.code === undefined ? { token: '' } : await findServer(metadata.servers, PRE_AUTHORIZED, offer.server);
  return { pending, metadata, endpoints: endpointsOf(metadata, server, wallet.language) };
}
