import type { Agent } from './answers.js';

/** An agent's long poll comes back at least twice a minute; after three minutes it is out of contact. */
const CONTACT_MS = 180_000;

export type AgentState = 'withdrawn' | 'never' | 'offline' | 'online';

export function agentState(agent: Agent, nowMs: number): AgentState {
  if (agent.withdrawn_at !== null) return 'withdrawn';
  if (agent.last_contact_at === null) return 'never';
  return nowMs - Date.parse(agent.last_contact_at) > CONTACT_MS ? 'offline' : 'online';
}

/** How many packages an agent is behind the newest one an agent of its checkpoint holds; undefined without any. */
export function packagesBehind(agent: Agent, agents: readonly Agent[]): number | undefined {
  if (agent.package_sequence === null) return undefined;
  const known = agents
    .filter((other) => other.checkpoint_id === agent.checkpoint_id)
    .map((other) => other.package_sequence ?? 0);
  return Math.max(agent.package_sequence, ...known) - agent.package_sequence;
}
