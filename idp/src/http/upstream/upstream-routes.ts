import Router from '@koa/router';
import { Refusal, reaches } from '@lanyard/platform';
import type { Context } from 'koa';
import type { Interactions } from '../../adapters/provider/interactions.js';
import type { Account } from '../../domain/accounts/account.js';
import { proveSignIn } from '../../domain/sign-in/sign-in-proof.js';
import { type Upstream, type UpstreamConnector, UpstreamRefusal } from '../../domain/upstream/upstream.js';
import type { UpstreamRequestStore } from '../../storage/upstream-request-store.js';

/** Sign-in at a server the university already has. What it vouches for is a number; the account is ours. */
export function createUpstreamRoutes(deps: {
  upstreams: readonly { upstream: Upstream; connector: UpstreamConnector }[];
  interactions: Interactions;
  requests: UpstreamRequestStore;
  findByNumber: (number: string) => Promise<Account | undefined>;
  issuer: string;
}): Router {
  const router = new Router();
  const find = (context: Context) => {
    const { id } = (context as Context & { params: Record<string, string> }).params;
    const found = deps.upstreams.find(({ upstream }) => upstream.id === id);
    if (found === undefined) throw new Refusal('not-found');
    return found;
  };
  const callbackOf = (upstream: Upstream) => `${deps.issuer}/sign-in/upstream/${upstream.id}/callback`;

  router.get('/sign-in/upstream/:id/callback', async (context: Context) => {
    const { upstream, connector } = find(context);
    const query = new URLSearchParams(context.querystring);
    const id = query.get('state') ?? '';
    const request = await deps.requests.take(id, upstream.id, 'there');
    if (request === undefined) throw new Refusal('interaction-expired');
    // The interaction's cookie lies on its own path: the browser goes there, and only the one that began has it.
    const finished = new URL(`${deps.issuer}/sign-in/${request.interactionUid}/upstream-done`);
    const number = await connector
      .complete({ id, callback: callbackOf(upstream), codeVerifier: request.codeVerifier, nonce: request.nonce }, query)
      .catch(refuse);
    const account = await deps.findByNumber(number);
    if (account === undefined || account.state !== 'active') throw new Refusal('upstream-account-unknown');
    const done = deps.requests.newId();
    await deps.requests.create({
      id: done,
      upstreamId: upstream.id,
      interactionUid: request.interactionUid,
      accountId: account.id,
    });
    finished.searchParams.set('done', done);
    finished.searchParams.set('upstream', upstream.id);
    context.status = 303;
    context.redirect(finished.href);
  });

  router.get('/sign-in/:uid/upstream/:id', async (context: Context) => {
    const { uid = '' } = (context as Context & { params: Record<string, string> }).params;
    const { upstream, connector } = find(context);
    const interaction = await deps.interactions.read(context, uid);
    if (!reaches(upstream.level, interaction.needed)) throw new Refusal('upstream-not-enough');
    const id = deps.requests.newId();
    const begun = await connector.begin({ id, callback: callbackOf(upstream) }).catch(refuse);
    await deps.requests.create({
      id,
      upstreamId: upstream.id,
      interactionUid: uid,
      codeVerifier: begun.codeVerifier,
      nonce: begun.nonce,
    });
    context.status = 303;
    context.redirect(begun.address);
  });

  router.get('/sign-in/:uid/upstream-done', async (context: Context) => {
    const { uid = '' } = (context as Context & { params: Record<string, string> }).params;
    await deps.interactions.read(context, uid);
    const query = new URLSearchParams(context.querystring);
    const found = deps.upstreams.find(({ upstream }) => upstream.id === query.get('upstream'));
    const proof =
      found === undefined ? undefined : await deps.requests.take(query.get('done') ?? '', found.upstream.id, 'back');
    if (found === undefined || proof?.accountId === undefined || proof.interactionUid !== uid)
      throw new Refusal('interaction-expired');
    context.status = 303;
    context.redirect(
      await deps.interactions.finishSignIn(
        context,
        uid,
        proveSignIn(proof.accountId, found.upstream.level, ['upstream']),
      ),
    );
  });
  return router;
}

function refuse(error: unknown): never {
  if (error instanceof UpstreamRefusal) throw new Refusal(error.code, { cause: error });
  throw error;
}
