/** What the agent sends; see GET /v1/screen in docs/services.md. */
export interface ShownText {
  title: string;
  next: string;
  guard?: string;
}
export interface Verdict {
  n: number;
  verdict: 'accepted' | 'rejected' | 'cannot-decide';
  reason: string | null;
  texts: { zh: ShownText; en: ShownText };
  marks: string[];
  holder_proved: boolean;
  portrait_url?: string;
  name?: string;
  at: number;
  keep_seconds: number;
}
export interface Surroundings {
  freshness: {
    level: 'none' | 'fresh' | 'grace' | 'expired';
    issued_at: number | null;
    age_seconds: number | null;
    expires_at: number | null;
  };
  network: 'online' | 'offline';
  scanner: string;
  readers: {
    state: 'starting' | 'not-installed' | 'no-daemon' | 'working' | 'failing';
    readers: { name: string; state: 'ready' | 'stuck' }[];
  } | null;
  checkpoint: { zh: string; en: string };
  mode: 'normal' | 'open' | 'lock';
  /** What the wallet has to scan first; null where the checkpoint asks nothing. */
  challenge: string | null;
  now: number;
}
export type ScreenState = Surroundings & ({ state: 'ready'; n: number } | ({ state: 'verdict' } & Verdict));
