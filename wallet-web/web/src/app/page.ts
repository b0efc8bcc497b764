import type { Kept, WalletDb } from '../storage/wallet-db.js';
import type { Clock } from '../time/corrected-clock.js';
import type { WalletConfig } from './config.js';
import type { Language } from './preferences.js';

/** Everything a page works with. */
export interface WalletContext {
  readonly config: WalletConfig;
  readonly db: WalletDb;
  readonly clock: Clock;
  readonly language: Language;
  /** True when the last contact with the issuer did not come about. */
  readonly offline: () => boolean;
  readonly go: (path: string) => void;
  /** Draws the page again, after a change of language or of what is kept. */
  readonly redraw: () => void;
  /** What the present page needs, in one reading. */
  readonly kept: () => Promise<Kept>;
  /** Makes the line to the issuer ask at once. */
  readonly contact: () => void;
}

/** A page fills `root` and answers what has to stop when it goes. */
export type ShowPage = (root: HTMLElement, wallet: WalletContext) => Promise<() => void>;
