import {
  type Authenticate,
  actorOf,
  clientAddress,
  createRoutes,
  type Logger,
  lookUntil,
  Refusal,
  type WakeBell,
} from '@lanyard/platform';

import { NfcError, parseSunPath, type SunUrl, sunFileSettings, sunTemplate } from '@lanyard/protocol/nfc';
import type { Context } from 'koa';
import { z } from 'zod';
import type { TagKeys } from '../adapters/tag-keys.js';
import { queryOfPurpose } from '../domain/presentations/purpose-query.js';
import { titlesOf } from '../domain/verifications/verification.js';
import type { AgentStore } from '../storage/agent-store.js';
import type { Checkpoint, CheckpointStore } from '../storage/checkpoint-store.js';
import type { DoorTagStore, DoorTap } from '../storage/door-tag-store.js';
import { requireCheckpoint, zCheckpointId } from './checkpoint-routes.js';
import { linksOf, type MakeDeps, preparePresentation } from './make-presentation.js';
import { requireAgentOf } from './package-routes.js';
import { zPresentationRequest } from './presentation-request-body.js';
import type { RateLimit } from './rate-limit.js';
import { openWalletPage, TAP_PAGE_POLICY, TAP_PAGE_SCRIPT, usedTapPage } from './tap-page.js';

export interface DoorTagDeps extends MakeDeps {
  authenticate: Authenticate;
  agents: AgentStore;
  checkpoints: CheckpointStore;
  tags: DoorTagStore;
  keys: TagKeys;
  limit: RateLimit;
  trustedProxies: number;
  universityName: string;
  tapSeconds: number;
  bell: WakeBell;
  log: Logger;
}

const staff = ['operator', 'service:admin'] as const;
const NO_STORE = { 'Cache-Control': 'no-store' };
const HTML = { ...NO_STORE, 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': TAP_PAGE_POLICY };
const MAX_WAIT_SECONDS = 25;
/** Another process may have taken the answer: the bell rings only in this one. */
const LOOK_AGAIN_MS = 1_000;

/** Door tags: registration for staff, the one-time address for phones, and answers for the door's screen. */
export function createDoorTagRoutes(deps: DoorTagDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  addStaffRoutes(deps, route);
  addScreenRoute(deps, route);
  const open = createRoutes(() => ({ kind: 'open' }));
  open.route(
    { method: 'get', path: '/t/:number/:picc/:mac', callers: ['open'], summary: 'A tag was touched: opens the wallet' },
    async ({ context }) => {
      if (context.method === 'HEAD') return { body: '', headers: HTML };
      const taken = await take(deps, tagUrl(context.path), context);
      if (taken.is === 'opened') return taken.answer;
      // A lecture hall is one address: of its touches those count that open nothing.
      deps.limit.take(clientAddress(context, deps.trustedProxies));
      if (taken.is === 'again') await deps.tags.noteReplay(taken.tap);
      return { status: 410, body: usedTapPage(deps.universityName), headers: HTML };
    },
  );
  open.route(
    { method: 'get', path: '/tap-page.js', callers: ['open'], summary: 'Copies the line on that page' },
    () => ({
      body: TAP_PAGE_SCRIPT,
      headers: { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'public, max-age=3600' },
    }),
  );
  return [router, open.router];
}
type Route = ReturnType<typeof createRoutes>['route'];

function addStaffRoutes(deps: DoorTagDeps, route: Route): void {
  const zTag = z.strictObject({
    checkpoint: zCheckpointId.shape.id,
    name: z.string().trim().min(1).max(64),
    /** 7 bytes in hexadecimal, as the writer reads it from the chip. */
    uid: z.string().regex(/^04[0-9A-Fa-f]{12}$/),
  });
  route(
    {
      method: 'post',
      path: '/v1/door-tags',
      callers: staff,
      body: zTag,
      summary: 'Registers a tag; its keys come once',
    },
    async ({ body, caller }) => {
      const uid = new Uint8Array(Buffer.from(body.uid, 'hex'));
      const made = await deps.tags.create({
        ...{ checkpointId: body.checkpoint, name: body.name, uid, actor: actorOf(caller) },
      });
      const template = sunTemplate(deps.verifierUrl, 't', made.number);
      const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
      return {
        status: 201,
        headers: NO_STORE,
        body: {
          number: made.number,
          file: hex(template.file),
          settings: hex(sunFileSettings(template)),
          keys: deps.keys.all(made.number, uid).map(hex),
        },
      };
    },
  );
  route({ method: 'get', path: '/v1/door-tags', callers: staff, summary: 'Tags' }, async () => ({
    body: { tags: await deps.tags.list() },
  }));
  const zNumber = z.object({ number: z.coerce.number().int().min(1).max(9_999_999) });
  route(
    { method: 'post', path: '/v1/door-tags/:number/withdraw', callers: staff, params: zNumber, summary: 'Ends a tag' },
    async ({ params, caller }) => {
      await deps.tags.withdraw(params.number, actorOf(caller));
      return { status: 204 };
    },
  );
}

function addScreenRoute(deps: DoorTagDeps, route: Route): void {
  const query = z.object({
    after: z.coerce.number().int().min(0).default(0),
    wait: z.coerce.number().min(0).max(MAX_WAIT_SECONDS).default(0),
  });
  route(
    {
      method: 'get',
      path: '/v1/checkpoints/:id/presented',
      callers: ['agent'],
      params: zCheckpointId,
      query,
      summary: 'Answers to taps at this door, for its screen',
    },
    async (input) => {
      const { id } = input.params;
      const { bell, clock } = deps;
      const { after, wait } = input.query;
      const { agent, answered } = await lookUntil({
        ...{ bell, nowMs: clock.nowMs, untilMs: clock.nowMs() + wait * 1000, signal: input.signal },
        look: async () => {
          const agent = await requireAgentOf(deps.agents, input.caller, id);
          return { agent, answered: await deps.tags.answered(id, agent.id, after) };
        },
        isEnough: (found) => found.answered.length > 0,
        lookAgainMs: () => LOOK_AGAIN_MS,
      });
      const presented = [];
      for (const one of answered) presented.push(await shown(deps, one, `agent:${agent.id}`));
      return { headers: NO_STORE, body: { presented, last: answered.at(-1)?.n ?? after } };
    },
  );
}

async function shown(deps: DoorTagDeps, one: { n: number; requestId: string; at: Date }, actor: string) {
  const { overall, results } = await deps.presentations.read(one.requestId, actor);
  const claims = results?.['student_id']?.[0]?.claims ?? {};
  const { name, portrait } = claims;
  return {
    ...{ n: one.n, id: one.requestId, at: Math.floor(one.at.getTime() / 1000) },
    ...{ verdict: overall.verdict, reason: overall.reason },
    ...(overall.verdict === 'accepted' ? titlesOf(undefined) : refusedTitles(overall.reason)),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof portrait === 'string' ? { portrait } : {}),
  };
}

/** Reasons of presentations that no gate knows (declined, wallet-error) have no title of their own. */
function refusedTitles(reason: string | undefined) {
  const titles = titlesOf(reason);
  return titles.title_en === titlesOf(undefined).title_en ? { title_zh: '不通过', title_en: 'Refused' } : titles;
}

/** @throws Refusal `not-found` for what is no address of a tag */
function tagUrl(path: string): SunUrl {
  try {
    const url = parseSunPath(path);
    if (url.kind === 't') return url;
  } catch (error) {
    if (!(error instanceof NfcError)) throw error;
  }
  throw new Refusal('not-found');
}

type Taken =
  | { readonly is: 'opened'; readonly answer: { status?: number; headers: Record<string, string>; body: string } }
  /** A touch there was, whose address came again. */
  | { readonly is: 'again'; readonly tap: DoorTap }
  | { readonly is: 'nothing' };

/** One tap becomes one request: the statement that makes it moves the counter, and a second one makes nothing. */
async function take(deps: DoorTagDeps, url: SunUrl, context: Context): Promise<Taken> {
  const sun = deps.keys.prove(url);
  const tag = sun === undefined ? undefined : await deps.tags.find(url.number, sun.uid);
  if (sun === undefined || tag === undefined) return { is: 'nothing' };
  const tap = { tagNumber: url.number, counter: sun.counter, checkpointId: tag.checkpointId };
  if (sun.counter <= tag.lastCounter) return { is: 'again', tap };
  const checkpoint = await requireCheckpoint(deps.checkpoints, tag.checkpointId);
  const body = zPresentationRequest.parse({
    dcql_query: queryOf(checkpoint),
    purpose_text: { zh: `在“${checkpoint.nameZh}”碰触出示`, en: `Tap at ${checkpoint.nameEn}` },
  });
  const made = await preparePresentation(deps, body, `door:${url.number}`, deps.tapSeconds);
  if (!(await deps.presentations.create(made, `door-tag:${url.number}`, tap))) return { is: 'again', tap };
  const links = linksOf(made, deps);
  // Other phones hand a link over to the installed wallet; there a tap always ends in the browser.
  if (!/iPhone|iPad|iPod/.test(context.get('User-Agent'))) {
    const answer = { status: 303, headers: { ...NO_STORE, Location: links.wallet_link }, body: '' };
    return { is: 'opened', answer };
  }
  const page = openWalletPage({
    ...{ universityName: deps.universityName, door: { zh: checkpoint.nameZh, en: checkpoint.nameEn } },
    ...{ seconds: deps.tapSeconds, walletLink: links.wallet_link, authorizationRequest: links.authorization_request },
  });
  return { is: 'opened', answer: { body: page, headers: HTML } };
}

/** What the door's policy looks at, and name and photo only where staff are shown them. */
function queryOf({ policy }: Checkpoint) {
  const asked = queryOfPurpose({ id: 'door', name_zh: '', name_en: '', policy });
  const more = policy.show_portrait ? [{ path: ['name'] }, { path: ['portrait'] }] : [];
  return {
    credentials: asked.credentials.map((credential) => {
      const claims = [...(credential.claims ?? []), ...more];
      return claims.length === 0 ? credential : { ...credential, claims };
    }),
  };
}
