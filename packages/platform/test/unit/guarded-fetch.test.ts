import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGuardedFetch, GuardedFetchError, isPrivateAddress, parseHostList } from '../../src/net/guarded-fetch.js';

let server: Server;
let base: string;
let host: string;
const seen: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (request.url === '/large') response.end(Buffer.alloc(2_000));
    else if (request.url === '/slow') response.write('x');
    else if (request.url === '/elsewhere') response.writeHead(302, { Location: `${base}/target` }).end();
    else response.end('yes');
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  host = `localhost:${(server.address() as AddressInfo).port}`;
  base = `http://${host}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    (error: unknown) => (error instanceof GuardedFetchError ? error.code : String(error)),
  );

describe('guarded fetch', () => {
  it('reaches a private host that the call names, and one that the installation lists', async () => {
    expect((await createGuardedFetch([])(base, { privateHosts: [host] })).body.toString()).toBe('yes');
    expect((await createGuardedFetch([host])(base)).status).toBe(200);
  });

  it.each([
    ['a private host nobody named', () => base],
    ['its address', () => base.replace('localhost', '127.0.0.1')],
    ['its address in hexadecimal', () => base.replace('localhost', '0x7f000001')],
    ['its short address', () => base.replace('localhost', '127.1')],
    ['its address inside IPv6', () => base.replace('localhost', '[::ffff:127.0.0.1]')],
    ['http in the clear', () => 'http://example.org/'],
    ['a cloud’s metadata', () => 'https://169.254.169.254/latest'],
    ['another scheme', () => 'file:///etc/passwd'],
    ['user info', () => `http://user:secret@${host}/`],
    ['no address', () => 'localhost'],
  ])('refuses %s before anything is sent', async (_variant, address) => {
    const before = seen.length;
    expect(await codeOf(createGuardedFetch([])(address()))).toBe('address-not-allowed');
    expect(seen.length).toBe(before);
  });

  it('refuses another port of a host that is named with its port', async () => {
    expect(await codeOf(createGuardedFetch(['localhost:1'])(base))).toBe('address-not-allowed');
  });

  it('follows no redirect', async () => {
    const before = seen.length;
    expect((await createGuardedFetch([host])(`${base}/elsewhere`)).status).toBe(302);
    expect(seen.slice(before)).toEqual(['GET /elsewhere']);
  });

  it('stops at its size, its time, and when the caller goes', async () => {
    const guarded = createGuardedFetch([host]);
    expect(await codeOf(guarded(`${base}/large`, { maxBytes: 1_000 }))).toBe('answer-too-large');
    expect(await codeOf(guarded(`${base}/slow`, { timeoutMs: 50 }))).toBe('answer-too-slow');
    expect(await codeOf(guarded(base, { signal: AbortSignal.abort() }))).toBe('address-unreachable');
    expect(await codeOf(createGuardedFetch(['localhost'])('http://localhost:1/'))).toBe('address-unreachable');
  });
});

describe('private address', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.1',
    '169.254.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '::ffff:0a00:0001',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    'no address',
  ])('is %s', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '2001:4860:4860::8888', '::ffff:8.8.8.8'])('is not %s', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });
});

it('reads a list of hosts as the environment gives it', () => {
  expect(parseHostList(' Localhost:1 ,, example.org')).toEqual(['localhost:1', 'example.org']);
  expect(parseHostList('')).toEqual([]);
});
