import type { ShownVerdict } from './decision-session.js';

/** What the glass shows: a verdict, or ready for the next person. */
export type ScreenState =
  | { readonly kind: 'ready'; readonly n: number }
  | { readonly kind: 'verdict'; readonly shown: ShownVerdict; readonly portraitStored: boolean };

/** `shown`: a new state. `held`: the verdict on the glass was seen again, its time starts anew. `facts`: age, network. */
export type ScreenEvent = 'shown' | 'held' | 'facts';

/** How long a verdict stays, in seconds, when nobody comes next. */
export function keepSeconds(verdict: ShownVerdict['verdict']): number {
  return verdict === 'accepted' ? 3 : 8;
}

export interface ScreenFeed {
  readonly state: ScreenState;
  show(shown: ShownVerdict, held: boolean): void;
  /** Something beside the verdict changed: network, scanner, package. */
  announce(): void;
  listen(listener: (event: ScreenEvent) => void): () => void;
}

/** The one screen of an agent. After its time a verdict goes away here too, and with it the way to its portrait. */
export function createScreenFeed(options: {
  isPortraitStored: (portraitId: Uint8Array) => boolean;
  after: (ms: number, run: () => void) => () => void;
}): ScreenFeed {
  const listeners = new Set<(event: ScreenEvent) => void>();
  let state: ScreenState = { kind: 'ready', n: 0 };
  let cancel = () => {};
  const tell = (event: ScreenEvent) => {
    for (const listener of listeners) listener(event);
  };
  const clearLater = (shown: ShownVerdict) => {
    cancel();
    cancel = options.after(keepSeconds(shown.verdict) * 1000, () => {
      state = { kind: 'ready', n: shown.n };
      tell('shown');
    });
  };
  return {
    get state() {
      return state;
    },
    show(shown, held) {
      if (held && state.kind === 'verdict') {
        // Two codes in view at once: the newer one stays on the glass.
        if (state.shown.n !== shown.n) return;
        clearLater(shown);
        return tell('held');
      }
      const portraitStored =
        shown.portrait !== undefined || (shown.portraitId !== undefined && options.isPortraitStored(shown.portraitId));
      state = { kind: 'verdict', shown, portraitStored };
      clearLater(shown);
      tell('shown');
    },
    announce: () => tell('facts'),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
