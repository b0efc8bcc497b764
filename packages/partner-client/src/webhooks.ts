import { SignedTextError } from './partner-error.js';
import { createSignedTexts, type FetchKeys } from './signed-texts.js';

/** An event, verified. Handle it so that handling it twice does no harm: `isNew` says what your memory knows. */
export interface PartnerEvent {
  readonly id: string;
  readonly kind: string;
  readonly at: Date;
  /** Ids of ours: `check`, `use`, `checkpoint`; never who it is about. */
  readonly data: Readonly<Record<string, unknown>>;
  /** False where it came before. Answer 202 all the same, or it comes again. */
  readonly isNew: boolean;
}

/**
 * Remembers events. `take` is true for the first who brings an id, and has to be one atomic step: an INSERT with a
 * unique key, say. Keep ids for `untilMs` at least: an event is sent again for three days, and by hand later.
 */
export interface EventMemory {
  take(id: string, untilMs: number): Promise<boolean>;
  /** What was taken was not handled: it is to be new the next time. */
  giveBack?(id: string): Promise<void>;
}

const EVENT_URI = 'urn:lanyard:partner-event:';
const MAX_AGE_SECONDS = 300;
const REMEMBERED_MS = 33 * 86_400_000;

/** A memory in this process: for one process, and forgotten when it ends. */
export function createEventMemory(nowMs: () => number = Date.now, most = 100_000): EventMemory {
  const known = new Map<string, number>();
  return {
    async take(id, untilMs) {
      const until = known.get(id);
      if (until !== undefined && until > nowMs()) return false;
      if (known.size >= most) for (const [other, end] of known) if (end <= nowMs()) known.delete(other);
      if (known.size >= most) throw new RangeError('the memory of events is full');
      known.set(id, untilMs);
      return true;
    },
    async giveBack(id) {
      known.delete(id);
    },
  };
}

/** Verifies what comes to the callback: the body of a POST of `application/secevent+jwt` (RFC 8935), as text. */
export function createWebhookVerifier(parts: {
  readonly issuer: string;
  readonly partnerId: string;
  readonly fetchKeys: FetchKeys;
  readonly memory: EventMemory;
  readonly nowMs: () => number;
}) {
  const texts = createSignedTexts(parts.fetchKeys, parts.nowMs);
  return {
    /**
     * Signature, type, issuer, audience, age of five minutes at most; then whether it is new.
     * @throws SignedTextError answer 400
     */
    async verify(body: string): Promise<PartnerEvent> {
      const nowMs = parts.nowMs();
      const { jti, toe, events } = await texts.verify(body, {
        ...{
          typ: 'secevent+jwt',
          issuer: parts.issuer,
          audience: parts.partnerId,
          maxAgeSeconds: MAX_AGE_SECONDS,
          nowMs,
        },
      });
      const [[uri = '', data] = [], ...more] = Object.entries((events ?? {}) as Record<string, unknown>);
      if (typeof jti !== 'string' || typeof toe !== 'number' || more.length > 0 || !uri.startsWith(EVENT_URI))
        throw new SignedTextError('not an event of ours');
      const isNew = await parts.memory.take(jti, nowMs + REMEMBERED_MS);
      return {
        ...{ id: jti, kind: uri.slice(EVENT_URI.length), at: new Date(toe * 1000), isNew },
        data: (data ?? {}) as Record<string, unknown>,
      };
    },
  };
}
