import type Router from '@koa/router';
import type { Clock } from '@lanyard/platform';
import { createPassKeySet, encodeCbor } from '@lanyard/protocol';
import type { HeldSequences, PassListSigner } from '../adapters/pass-list-signer.js';
import type { PublishedSigner, Signers } from '../adapters/signers.js';

export interface UniversityDeps {
  passLists: PassListSigner;
  signers: Signers;
  universityCode: string;
  clock: Clock;
}

const NEXT_UPDATE_SECONDS = 24 * 3600;
/** As long as a package lives: readers that are cut off keep deciding about our students. */
const LIFE_SECONDS = 8 * 24 * 3600;
const SIGN_AGAIN_SECONDS = 3600;
const MAX_AGE_SECONDS = 60;

/**
 * What verifiers of other universities fetch, by the addresses in the trust list (docs/formats.md): who signs our
 * passes and pass lists, under our anchors; and the pass lists, from the sequences on that the reader has.
 */
export function addUniversityRoutes(router: Router, deps: UniversityDeps): void {
  let kept: { name: string; untilSeconds: number; cose: Uint8Array } | undefined;
  router.get('/pass-keys', async (context) => {
    const signer = deps.signers.active('package');
    // Until the root has certified a signer nobody elsewhere could check the set.
    if (signer.certificates.length === 0) return;
    const published = await deps.signers.published();
    const now = deps.clock.nowSeconds();
    const name = [signer, ...published].map(({ kid }) => Buffer.from(kid).toString('hex')).join(' ');
    if (kept === undefined || kept.name !== name || kept.untilSeconds <= now) {
      const entries = (use: PublishedSigner['use']) =>
        published
          .filter((one) => one.use === use)
          .map(({ kid, compressed, fromSeconds, toSeconds }) => ({
            universityCode: deps.universityCode,
            ...{ kid, key: compressed, fromSeconds, toSeconds },
          }));
      const cose = createPassKeySet(
        {
          universityCode: deps.universityCode,
          issuedAtSeconds: now,
          nextUpdateSeconds: now + NEXT_UPDATE_SECONDS,
          expiresSeconds: now + LIFE_SECONDS,
          passKeys: entries('pass'),
          listSigners: entries('status'),
          certificates: signer.certificates,
        },
        signer,
      );
      kept = { name, untilSeconds: now + SIGN_AGAIN_SECONDS, cose };
    }
    context.set('Cache-Control', `max-age=${MAX_AGE_SECONDS}`);
    context.status = 200;
    context.type = 'application/cose';
    context.body = Buffer.from(kept.cose);
  });
  router.get('/pass-lists', async (context) => {
    const lists = await deps.passLists.lists(readHeld(context.query['have']));
    context.set('Cache-Control', `max-age=${MAX_AGE_SECONDS}`);
    context.status = 200;
    context.type = 'application/cbor';
    context.body = Buffer.from(encodeCbor(lists.map(({ cose }) => cose)));
  });
}

const MOST_HELD = 64;

/** `7.12 8.3`: sequence 12 of list 7 and 3 of list 8. Whatever is none is passed over: then whole lists are answered. */
function readHeld(value: unknown): HeldSequences {
  if (typeof value !== 'string' || value.length > 2_000) return new Map();
  const pairs = value.split(' ').slice(0, MOST_HELD);
  return new Map(
    pairs.flatMap((pair) => {
      const match = /^(\d{1,10})\.(\d{1,15})$/.exec(pair);
      return match === null ? [] : [[Number(match[1]), Number(match[2])] as const];
    }),
  );
}
