/** What the agents' listener answers: everything an enrolled agent may call, and nothing else. */
export const AGENT_ROUTES: readonly RegExp[] = [
  /^GET \/v1\/checkpoints\/[a-z0-9][a-z0-9-]{0,63}\/(package|presented|portraits\/[A-Za-z0-9_-]{11})$/,
  /^GET \/v1\/agent-time$/,
  /^POST \/v1\/(passages|card-taps|agent-reports)$/,
  /^POST \/v1\/agents\/[a-z0-9-]{1,64}\/certificate$/,
];

/** `target` as a request line has it, with its query. */
export function isAgentRoute(method: string, target: string): boolean {
  const line = `${method} ${target.split('?', 1)[0] ?? ''}`;
  return AGENT_ROUTES.some((route) => route.test(line));
}
