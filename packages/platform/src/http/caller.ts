/** Who makes a call, after authentication. `open` is a caller that showed nothing. */
export type Caller =
  | { kind: 'open' }
  | { kind: 'operator'; id: 'operator' }
  | { kind: 'service'; id: string; actor: string | undefined }
  | { kind: 'agent'; id: string };

/** What a route lets in: a kind, or one service by name. */
export type CallerRule = 'open' | 'operator' | 'agent' | `service:${string}`;

/** The name that stands in audit rows: never a person's name or number. */
export function actorOf(caller: Caller): string {
  if (caller.kind === 'open') return 'anonymous';
  if (caller.kind === 'operator') return 'operator';
  if (caller.kind === 'service') return caller.actor ?? `service:${caller.id}`;
  return `agent:${caller.id}`;
}

export function isAllowed(caller: Caller, rules: readonly CallerRule[]): boolean {
  return rules.some(
    (rule) => rule === 'open' || rule === caller.kind || (caller.kind === 'service' && rule === `service:${caller.id}`),
  );
}
