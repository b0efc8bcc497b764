import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Agent, createAgentHome, startAgent } from '../support/agent-process.js';
import { type Campus, createCampus } from '../support/campus.js';
import { openPseudoTerminal, type PseudoTerminal } from '../support/pseudo-terminal.js';
import { type SmallVerifier, startSmallVerifier } from '../support/small-verifier.js';
import { until } from '../support/until.js';

const verifierPort = 7240;
const agentPort = 7241;
const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex');
const now = () => Math.floor(Date.now() / 1000);

describe('an agent at its gate', () => {
  let campus: Campus;
  let verifier: SmallVerifier;
  let scanner: PseudoTerminal;
  let home: string;
  let agent: Agent;

  beforeAll(async () => {
    campus = createCampus(12);
    verifier = await startSmallVerifier(verifierPort, campus.enrolment);
    scanner = await openPseudoTerminal();
    home = createAgentHome();
    agent = await startAgent({ port: agentPort, home, verifierUrl: verifier.url, scanner: scanner.device });
    await agent.ready();
    await until(async () => (await agent.status())['enrolment'] === 'enrolled');
  });
  afterAll(async () => {
    await agent.kill('SIGTERM');
    scanner.close();
    await verifier.stop();
    rmSync(home, { recursive: true, force: true });
  });
  afterEach(() => {
    verifier.state.fullPackage = undefined;
  });

  const give = async (sequence: number, envelope: Uint8Array) => {
    verifier.state.package = { sequence, envelope };
    await until(async () => (await agent.status())['package_sequence'] === sequence);
  };
  const refused = async (sequence: number, envelope: Uint8Array, code: string) => {
    const from = agent.output().length;
    const before = (await agent.status())['package_sequence'];
    const kept = verifier.state.package;
    verifier.state.package = { sequence, envelope };
    await until(() => agent.output().slice(from).includes(`"code":"${code}"`));
    if (kept !== undefined) verifier.state.package = kept;
    expect((await agent.status())['package_sequence']).toBe(before);
  };
  /** What the screen shows next after something was done. */
  const onScreen = async (act: () => Promise<unknown>) => {
    const response = await agent.call('/v1/screen');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value ?? '';
    const from = text.length;
    await act();
    while (!/event: shown\ndata: .*"state":"verdict".*\n\n/.test(text.slice(from)))
      text += (await reader.read()).value ?? '';
    await reader.cancel();
    const data = /event: shown\ndata: (.*"state":"verdict".*)\n\n/.exec(text.slice(from))![1]!;
    return JSON.parse(data) as {
      verdict: string;
      reason: string | null;
      texts: { zh: { title: string } };
      portrait_url?: string;
    };
  };

  it('cannot decide without a package', async () => {
    expect(await agent.decide(campus.persons[0]!.code())).toMatchObject({
      verdict: 'cannot-decide',
      reason: 'no-package',
    });
  });

  it('refuses a package [other checkpoint] [forged checkpoint part] and stays without one', async () => {
    await refused(1, campus.full({ checkpointId: 'north-gate' }), 'other-checkpoint');
    const forged = campus.full();
    forged[forged.length - 1]! ^= 1;
    await refused(1, forged, 'signature-invalid');
  });

  it('accepts a code from the serial scanner and shows it', async () => {
    verifier.state.portrait = jpeg;
    await give(5, campus.full({ sequence: 5 }));
    await until(async () => (await agent.status())['scanner'] === 'connected');
    const shown = await onScreen(() => scanner.send(`${campus.persons[0]!.code()}\r\n`));
    expect(shown).toMatchObject({ verdict: 'accepted', reason: null });
    expect(shown.texts.zh.title).toBe('学生证有效');
  });

  it('keeps the verdict of a code still in view [continuous scanner] and adds no passage', async () => {
    const code = campus.persons[1]!.code();
    await onScreen(() => scanner.send(`${code}\n`));
    const { end } = (await agent.status())['journal'];
    for (let i = 0; i < 5; i++) await scanner.send(`${code}\r`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await agent.status())['journal']).toMatchObject({ end });
  });

  it('rejects the same code again [after a gap] [before another reader]', async () => {
    const code = campus.persons[2]!.code();
    expect(await agent.decide(code)).toMatchObject({ verdict: 'accepted' });
    expect(await agent.camera(code)).toMatchObject({ verdict: 'rejected', reason: 'replayed' });
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    expect(await agent.decide(code)).toMatchObject({ verdict: 'rejected', reason: 'replayed' });
  });

  it('rejects codes [too old] [in the future] [unknown handle] [other holder key] [malformed]', async () => {
    const [person, other] = campus.persons;
    expect(await agent.decide(person!.code(now() - 31))).toMatchObject({ reason: 'too-old' });
    expect(await agent.decide(person!.code(now() + 31))).toMatchObject({ reason: 'in-the-future' });
    expect(await agent.decide(createCampus(1).persons[0]!.code())).toMatchObject({ reason: 'unknown-handle' });
    const forged = other!.code(now(), campus.signers.people.sign);
    expect(await agent.decide(forged)).toMatchObject({ reason: 'holder-signature-invalid' });
    expect(await agent.decide('https://example.org/')).toMatchObject({ reason: 'malformed' });
  });

  it('shows a line that is no code as malformed [over 1,024 bytes] [garbage]', async () => {
    expect(await onScreen(() => scanner.send(`${'A'.repeat(5_000)}\n`))).toMatchObject({ reason: 'malformed' });
    expect(await onScreen(() => scanner.send('\u0001\u0002LYG1:%%%\n'))).toMatchObject({ reason: 'malformed' });
  });

  it('gives a portrait only while its verdict is on the screen', async () => {
    const id = Buffer.from('portra3t').toString('hex');
    expect((await agent.call(`/v1/portraits/${id}`)).status).toBe(404);
    const shown = await until(async () => {
      const answer = await agent.camera(campus.persons[3]!.code());
      return answer.portrait_url === undefined ? undefined : answer;
    });
    const response = await agent.call(shown.portrait_url!);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(jpeg);
    await agent.decide('something else');
    expect((await agent.call(shown.portrait_url!)).status).toBe(404);
  });

  it('refuses a person suspended by a delta', async () => {
    await give(6, campus.delta({ sequence: 6 }, 10, [4]));
    expect(await agent.decide(campus.persons[4]!.code())).toMatchObject({ verdict: 'rejected', reason: 'suspended' });
    expect(await agent.decide(campus.persons[5]!.code())).toMatchObject({ verdict: 'accepted' });
  });

  it('refuses a package [lower sequence] [delta onto another base], and asks for the whole instead', async () => {
    await refused(4, campus.full({ sequence: 4 }, 20), 'sequence-not-higher');
    verifier.state.fullPackage = campus.full({ sequence: 9 }, 13, [4]);
    const from = agent.output().length;
    verifier.state.package = { sequence: 9, envelope: campus.delta({ sequence: 9 }, 12, [4]) };
    await until(async () => (await agent.status())['package_sequence'] === 9, 15_000);
    expect(agent.output().slice(from)).toContain('"code":"base-mismatch"');
  });

  it('decides on while the verifier is away and uploads each passage once when it is back [answers lost]', async () => {
    await until(() => verifier.held.size > 0);
    await verifier.stop();
    for (let i = 0; i < 5; i++)
      expect(await agent.decide(campus.persons[6]!.code())).toMatchObject({ verdict: 'accepted' });
    await until(async () => (await agent.status())['network'] === 'offline');
    verifier.state.loseAnswers = 2;
    await verifier.start();
    const end = (await agent.status())['journal'].end;
    await until(() => verifier.held.size === end, 20_000);
    expect([...verifier.held.keys()]).toEqual(Array.from({ length: end }, (_, i) => i + 1));
  });

  it('answers its own machine and pages only [host] [origin] [no origin] [size] [operator token]', async () => {
    const body = { code: 'x', source: 'camera' };
    expect((await agent.post('/v1/codes', body, { Origin: 'https://example.org' })).status).toBe(403);
    expect((await agent.post('/v1/codes', body, {})).status).toBe(403);
    const large = await agent.post('/v1/codes', { code: 'x'.repeat(3_000), source: 'camera' }, { Origin: agent.url });
    expect(large.status).toBe(413);
    expect((await agent.post('/v1/decisions', { code: 'x' }, {})).status).toBe(401);
    const status = await new Promise<number>((resolve) => {
      import('node:http').then(({ get }) =>
        get({ host: 'localhost', port: agentPort, path: '/v1/status', headers: { Host: 'evil.example' } }, (response) =>
          resolve(response.statusCode ?? 0),
        ),
      );
    });
    expect(status).toBe(403);
  });

  it('cannot decide with a package past its expiry', async () => {
    const issuedAtSeconds = now() - 100;
    await give(
      20,
      campus.full({ sequence: 20, issuedAtSeconds, freshUntilSeconds: now() - 1, expiresSeconds: now() + 3 }, 30),
    );
    expect(await agent.decide(campus.persons[7]!.code())).toMatchObject({ verdict: 'accepted', marks: ['grace'] });
    await until(async () => (await agent.status())['freshness']['level'] === 'expired');
    expect(await agent.decide(campus.persons[7]!.code())).toMatchObject({ reason: 'package-expired' });
  });

  it('keeps nothing readable on disk, and a copy without the key file opens nothing', async () => {
    const copy = createAgentHome();
    cpSync(join(home, 'store'), join(copy, 'store'), { recursive: true });
    const key = Buffer.from(campus.persons[0]!.row().key);
    const link = Buffer.from(campus.persons[0]!.row().linkKey);
    for (const path of readdirSync(join(copy, 'store'), { recursive: true, encoding: 'utf8' })) {
      const file = join(copy, 'store', path);
      if (!statSync(file).isFile()) continue;
      const bytes = readFileSync(file);
      expect(bytes.includes(key) || bytes.includes(link) || bytes.includes(jpeg), path).toBe(false);
    }
    const thief = await startAgent({ port: agentPort + 1, home: copy, verifierUrl: verifier.url });
    expect(await thief.ended).not.toBe(0);
    expect(thief.output()).toContain('key file');
    rmSync(copy, { recursive: true, force: true });
  });

  it('works on a clock set back only as far as to say so', async () => {
    await agent.kill('SIGTERM');
    const back = await startAgent({ port: agentPort + 2, home, verifierUrl: verifier.url, fakeTime: '-600s' });
    await back.ready();
    const old = campus.persons[8]!.code(now() - 600);
    expect(await back.decide(old)).toMatchObject({ verdict: 'cannot-decide', reason: 'clock-unreliable' });
    await back.kill('SIGTERM');
    agent = await startAgent({ port: agentPort, home, verifierUrl: verifier.url, scanner: scanner.device });
    await agent.ready();
  });
});
