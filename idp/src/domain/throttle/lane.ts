/** How tries of one kind from one side are slowed. Never a lock: the longest wait is `maxWaitSeconds`. */
export interface LaneRule {
  /** Failures without any wait. */
  free: number;
  /** Wait after the first failure beyond; it doubles with each further one. */
  firstWaitSeconds: number;
  maxWaitSeconds: number;
  /** After so long without a failure all is forgotten. */
  forgetSeconds: number;
  /** A success forgets the lane's failures; else it only takes back its own try. */
  clearedBySuccess: boolean;
}

export interface Lane {
  /** Names whose tries are counted together: kind, number, network, browser. Kept only as a keyed digest. */
  subject: readonly string[];
  rule: LaneRule;
}

const HOUR = 3_600;
const RULES = {
  /** One number from one network, or from a browser of its owner. */
  pair: { free: 5, firstWaitSeconds: 2, maxWaitSeconds: 600, forgetSeconds: HOUR, clearedBySuccess: true },
  /** One network over all numbers: spraying. A campus shares few addresses, so the first hundred are free. */
  network: { free: 100, firstWaitSeconds: 1, maxWaitSeconds: 10, forgetSeconds: HOUR, clearedBySuccess: false },
  /** One number from many networks. Its owner is not held up in a browser he has used before. */
  number: { free: 20, firstWaitSeconds: 2, maxWaitSeconds: 60, forgetSeconds: HOUR, clearedBySuccess: false },
  /** One-time codes from one browser, or from all without a cookie in one network. */
  code: { free: 5, firstWaitSeconds: 5, maxWaitSeconds: 300, forgetSeconds: HOUR, clearedBySuccess: true },
} as const satisfies Record<string, LaneRule>;

/** A browser its owner signed in with before has a lane of its own, which nobody else can fill. */
export function passwordLanes(options: {
  number: string;
  network: string;
  browser: string;
  knownBrowser: boolean;
}): Lane[] {
  const { number, network, browser } = options;
  if (options.knownBrowser) return [{ subject: ['password', 'known', number, browser], rule: RULES.pair }];
  return [
    { subject: ['password', 'pair', number, network], rule: RULES.pair },
    { subject: ['password', 'network', network], rule: RULES.network },
    { subject: ['password', 'number', number], rule: RULES.number },
  ];
}

/** That of a browser or wallet, and that of all wrong codes of one network. */
export interface CodeLanes {
  readonly own: Lane;
  readonly network: Lane;
}
/** Codes of 80 random bits cannot be guessed; the lanes keep the logs readable and the load small. */
export function codeLanes(options: { kind: string; network: string; browser: string | undefined }): CodeLanes {
  return {
    own: { subject: ['code', options.kind, options.network, options.browser ?? 'none'], rule: RULES.code },
    network: { subject: ['code', 'network', options.network], rule: RULES.network },
  };
}

/** Seconds to wait after the n-th failure. */
export function waitAfter(failures: number, rule: LaneRule): number {
  const beyond = failures - rule.free;
  if (beyond < 0) return 0;
  return Math.min(rule.maxWaitSeconds, rule.firstWaitSeconds * 2 ** Math.min(beyond, 30));
}
