import type { PackageState } from '@lanyard/protocol';
import type { ShownVerdict } from '../domain/decision-session.js';
import { type FreshnessShown, freshnessShown } from '../domain/freshness-level.js';
import type { ReadersHealth } from '../domain/reader-port.js';
import { keepSeconds, type ScreenState } from '../domain/screen-feed.js';
import { type ShownText, verdictTexts } from '../domain/verdict-texts.js';

/** What stands beside each verdict: age of the data, network, scanner, place. */
export interface Surroundings {
  readonly freshness: FreshnessShown;
  readonly network: 'online' | 'offline';
  readonly scanner: string;
  /** Null where no card reader is configured. */
  readonly readers: ReadersHealth | null;
  readonly checkpoint: { readonly zh: string; readonly en: string };
  /** Opened or locked by the verifier for a time. */
  readonly mode: 'normal' | 'open' | 'lock';
  /** What the wallet has to scan first, where the checkpoint requires it. */
  readonly challenge: string | null;
  /** Seconds since 1970 UTC. */
  readonly now: number;
}

export interface VerdictBody {
  readonly n: number;
  readonly verdict: ShownVerdict['verdict'];
  readonly reason: string | null;
  /** Code of the words in `texts` where they are not the reason's. */
  readonly notice?: string;
  readonly texts: { readonly zh: ShownText; readonly en: ShownText };
  readonly marks: readonly string[];
  readonly holder_proved: boolean;
  readonly portrait_url?: string;
  /** Only of a presentation, where the checkpoint shows portraits. */
  readonly name?: string;
  readonly at: number;
  readonly keep_seconds: number;
}

export function surroundings(parts: {
  state: PackageState | undefined;
  online: boolean;
  scanner: string;
  readers: ReadersHealth | undefined;
  mode: Surroundings['mode'];
  challenge: string | undefined;
  nowSeconds: number;
}): Surroundings {
  return {
    freshness: freshnessShown(parts.state, parts.nowSeconds),
    network: parts.online ? 'online' : 'offline',
    scanner: parts.scanner,
    readers: parts.readers ?? null,
    checkpoint: parts.state?.checkpoint.names ?? { zh: '未收到数据', en: 'No data yet' },
    mode: parts.mode,
    challenge: parts.challenge ?? null,
    now: parts.nowSeconds,
  };
}

export function verdictBody(shown: ShownVerdict, portraitStored: boolean): VerdictBody {
  const { n, verdict, reason, marks, at } = shown;
  return {
    ...{ n, verdict, reason: reason ?? null, texts: verdictTexts(reason, marks, shown.notice), marks },
    holder_proved: shown.holderProved,
    ...(shown.notice === undefined ? {} : { notice: shown.notice }),
    ...(portraitStored && shown.portraitId !== undefined
      ? { portrait_url: `/v1/portraits/${Buffer.from(shown.portraitId).toString('hex')}?n=${n}` }
      : {}),
    ...(shown.name === undefined ? {} : { name: shown.name }),
    ...{ at, keep_seconds: keepSeconds(verdict) },
  };
}

/** The whole of what the glass shows, as `/v1/screen` sends it. */
export function screenBody(state: ScreenState, around: Surroundings) {
  if (state.kind === 'ready') return { state: 'ready' as const, n: state.n, ...around };
  return { state: 'verdict' as const, ...verdictBody(state.shown, state.portraitStored), ...around };
}
