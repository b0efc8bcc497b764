import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Installation } from './installation.js';

const root = new URL('../../', import.meta.url).pathname;

export interface AgentProcess {
  url: string;
  store: string;
  decide(code: string): Promise<{ verdict: string; reason?: string; marks?: string[] }>;
  start(environment?: Record<string, string>): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** A gate of its own beside those of the launcher, enrolled by the command an operator uses. */
export async function enrolAgent(
  installation: Installation,
  checkpoint: string,
  options: { port: number; verifierUrl?: string; scanner?: string },
): Promise<AgentProcess> {
  const { answer } = await installation.lanyard<{ code: string }>('agent', 'enrol', checkpoint);
  const home = join(installation.home, `test-agent-${options.port}`);
  mkdirSync(join(home, 'store'), { recursive: true });
  const url = `http://localhost:${options.port}`;
  let child: ChildProcess | undefined;
  const agent: AgentProcess = {
    url,
    store: join(home, 'store'),
    async start(environment = {}) {
      child = spawn(process.execPath, ['reader-agent/dist/main.js'], {
        cwd: root,
        stdio: 'ignore',
        env: {
          PATH: process.env['PATH'],
          LANYARD_SERVICE: 'reader-agent',
          LANYARD_PORT: String(options.port),
          LANYARD_STORE: agent.store,
          LANYARD_KEY_FILE: join(home, 'key'),
          LANYARD_OPERATOR_TOKEN_DIGEST_FILE: `${installation.home}/operator.token.sha256`,
          LANYARD_VERIFIER_URL: options.verifierUrl ?? installation.run.services.verifier,
          LANYARD_ENROLMENT_CODE: answer.code,
          LANYARD_SCANNER: options.scanner ?? '',
          ...environment,
        },
      });
      const until = Date.now() + 20_000;
      while (Date.now() < until) {
        if ((await fetch(`${url}/readyz`).catch(() => undefined))?.ok) return;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      throw new Error('the agent did not become ready');
    },
    async decide(code) {
      const answer = await fetch(`${url}/v1/decisions`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${installation.token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ code }),
      });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      return (await answer.json()) as never;
    },
    async kill(signal = 'SIGTERM') {
      const gone = new Promise<void>((resolve) => child?.once('exit', () => resolve()));
      child?.kill(signal);
      await gone;
    },
  };
  return agent;
}
