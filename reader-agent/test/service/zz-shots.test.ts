import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { it } from 'vitest';
import { createAgentHome, startAgent } from '../support/agent-process.js';
import { createCampus } from '../support/campus.js';
import { startSmallVerifier } from '../support/small-verifier.js';
import { until } from '../support/until.js';

it('shots', async () => {
  const campus = createCampus(12);
  const v = await startSmallVerifier(8590, campus.enrolment);
  v.state.portrait = existsSync('/tmp/portrait.jpg') ? readFileSync('/tmp/portrait.jpg') : undefined;
  v.state.package = { sequence: 5, envelope: campus.full({ sequence: 5 }, 10, [4]) };
  const a = await startAgent({ port: 8591, home: createAgentHome(), verifierUrl: v.url });
  await a.ready();
  await until(async () => (await a.status())['package_sequence'] === 5);
  await new Promise((r) => setTimeout(r, 500));
  // latency
  const t: number[] = [];
  for (let i = 0; i < 300; i++) {
    const code = campus.persons[i % 12]!.code();
    const s = performance.now();
    await a.decide(code);
    t.push(performance.now() - s);
  }
  t.sort((x, y) => x - y);
  console.log('http decide p50', t[150], 'p99', t[297]);
  writeFileSync('/tmp/shotcodes.json', JSON.stringify({ ok: 1, bad: 1, unk: 1 }));
  const s = createServer(async (q, r) => {
    const n = q.url!.slice(1);
    if (n === 'ok') await a.decide(campus.persons[1]!.code());
    if (n === 'bad') await a.decide(campus.persons[4]!.code());
    if (n === 'unk') {
      v.state.package = {
        sequence: 6 + Math.floor(Math.random() * 1e6),
        envelope: campus.full(
          {
            sequence: Math.floor(Date.now() / 1000),
            issuedAtSeconds: Math.floor(Date.now() / 1000) - 691300 + 101,
            freshUntilSeconds: Math.floor(Date.now() / 1000) - 10,
            expiresSeconds: Math.floor(Date.now() / 1000) + 1,
            policy: (undefined as never) ?? (await import('../support/campus.js')).policy,
          },
          Math.floor(Date.now() / 1000),
        ),
      };
      await until(async () => (await a.status())['freshness']['level'] === 'expired');
      await a.decide(campus.persons[1]!.code());
      v.state.package = {
        sequence: Date.now(),
        envelope: campus.full({ sequence: Math.floor(Date.now() / 1000) + 1 }, Math.floor(Date.now() / 1000) + 1, [4]),
      };
      setTimeout(() => {}, 0);
    }
    r.end();
  }).listen(8599);
  await new Promise<void>((res) =>
    execFile('timeout', ['80', 'node', '/tmp/shots.mjs', a.url], (e, o, er) => {
      console.log(o, er, e?.message ?? '');
      res();
    }),
  );
  s.close();
  await a.kill('SIGTERM');
  await v.stop();
}, 120000);
