import { boolean, integer, oneOf, record } from './policy-fields.js';

/** One zone remembers who is inside; `soft` lets in and marks, `hard` refuses. */
export interface AntiPassbackPolicy {
  readonly mode: 'off' | 'soft' | 'hard';
  /** What a passage here means: into the zone, out of it, or (one gate for both ways) a change of side. */
  readonly direction: 'in' | 'out' | 'both';
  /** After so long without a passage nobody knows any more on which side the person is. */
  readonly forget_minutes: number;
}

/** What opens, and what happens to it when the agent or its disk fails. */
export interface DoorPolicy {
  readonly output: 'none' | 'relay-serial' | 'wiegand26' | 'osdp';
  /** `secure`: stays shut on a fault. `safe`: is let go on a fault, for ways out of a building. */
  readonly fail: 'secure' | 'safe';
  readonly open_seconds: number;
}

/** Who is let in at each age of the data: until fresh_until, until the package expires, and afterwards. */
export interface DarkDaysPolicy {
  /** `own-people`: people of our own list only, no portable codes. */
  readonly day_0_1: 'everyone' | 'own-people';
  /** `listed`: people on the signed emergency list only. */
  readonly day_1_7: 'everyone' | 'own-people' | 'listed' | 'nobody';
  readonly after: 'listed' | 'nobody';
}

/** What a gate does beside looking at the person; packages made before these fields get the defaults. */
export interface GatePolicy {
  readonly anti_passback: AntiPassbackPolicy;
  /** A campus card while the issuer cannot be asked (formats.md §11). */
  readonly offline_cards: 'refuse' | 'accept-marked';
  readonly door: DoorPolicy;
  /** A signed-in guard may let somebody in by hand here, with a reason. */
  readonly guard_release: boolean;
  readonly dark_days: DarkDaysPolicy;
  /** One-day passes on paper, printed at a window. */
  readonly paper_passes: 'refuse' | 'accept-marked';
  /** The checkpoint signs its challenge over NFC, so that wallets answer real gates only. */
  readonly checkpoint_authentication: boolean;
  /** At a service window: a scan opens the student's page for the clerk, at once or after the student's nod. */
  readonly window_mode: 'off' | 'open' | 'nod';
  /** With `nod`: whether a clerk may open the page of somebody who cannot nod, giving a reason. */
  readonly window_without_nod: 'refuse' | 'with-reason';
  /**
   * What an answer to the door's tag does here: shown on the screen, or also opening the door. The address of a touch
   * can be passed on, so it opens no door that counts people or wants them to be there (see {@link parseGatePolicy}).
   */
  readonly door_tags: 'off' | 'show' | 'open';
}

/** Nothing that was not there before: no anti-passback, no door, nothing by hand, nothing on paper. */
export const gatePolicyDefaults: GatePolicy = {
  anti_passback: { mode: 'off', direction: 'in', forget_minutes: 720 },
  offline_cards: 'refuse',
  door: { output: 'none', fail: 'secure', open_seconds: 5 },
  guard_release: false,
  dark_days: { day_0_1: 'everyone', day_1_7: 'everyone', after: 'listed' },
  paper_passes: 'refuse',
  checkpoint_authentication: false,
  window_mode: 'off',
  window_without_nod: 'refuse',
  door_tags: 'off',
};

/** Names of these fields, all of them optional in a policy. */
export const gatePolicyFields = Object.keys(gatePolicyDefaults);

const longestForgetMinutes = 7 * 24 * 60;
const longestOpenSeconds = 60;

/**
 * A turnstile is where a zone follows who is inside, or where a challenge proves that somebody stands there: what a tag
 * began proves neither, so `door_tags: "open"` is refused beside them.
 * @throws DocumentError `malformed`, its message naming the field.
 */
export function parseGatePolicy(policy: Record<string, unknown>): GatePolicy {
  const given = (name: keyof GatePolicy) => (policy[name] === undefined ? gatePolicyDefaults[name] : policy[name]);
  const passback = record(given('anti_passback'), 'anti_passback', ['mode', 'direction', 'forget_minutes']);
  const door = record(given('door'), 'door', ['output', 'fail', 'open_seconds']);
  const dark = record(given('dark_days'), 'dark_days', ['day_0_1', 'day_1_7', 'after']);
  const turnstile = passback['mode'] !== 'off' || policy['requires_challenge'] === true;
  return {
    anti_passback: {
      mode: oneOf(passback['mode'], 'anti_passback', ['off', 'soft', 'hard']),
      direction: oneOf(passback['direction'], 'anti_passback', ['in', 'out', 'both']),
      forget_minutes: integer(passback['forget_minutes'], 'anti_passback', 1, longestForgetMinutes),
    },
    offline_cards: oneOf(given('offline_cards'), 'offline_cards', ['refuse', 'accept-marked']),
    door: {
      output: oneOf(door['output'], 'door', ['none', 'relay-serial', 'wiegand26', 'osdp']),
      fail: oneOf(door['fail'], 'door', ['secure', 'safe']),
      open_seconds: integer(door['open_seconds'], 'door', 1, longestOpenSeconds),
    },
    guard_release: boolean(given('guard_release'), 'guard_release'),
    dark_days: {
      day_0_1: oneOf(dark['day_0_1'], 'dark_days', ['everyone', 'own-people']),
      day_1_7: oneOf(dark['day_1_7'], 'dark_days', ['everyone', 'own-people', 'listed', 'nobody']),
      after: oneOf(dark['after'], 'dark_days', ['listed', 'nobody']),
    },
    paper_passes: oneOf(given('paper_passes'), 'paper_passes', ['refuse', 'accept-marked']),
    checkpoint_authentication: boolean(given('checkpoint_authentication'), 'checkpoint_authentication'),
    window_mode: oneOf(given('window_mode'), 'window_mode', ['off', 'open', 'nod']),
    window_without_nod: oneOf(given('window_without_nod'), 'window_without_nod', ['refuse', 'with-reason']),
    door_tags: oneOf(given('door_tags'), 'door_tags', turnstile ? ['off', 'show'] : ['off', 'show', 'open']),
  };
}
