import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createFileCustody } from '../../src/keys/key-custody.js';
import { openSealedStore } from '../../src/keys/sealed-store.js';
import { custodyContract } from '../support/custody-contract.js';

const home = mkdtempSync(join(tmpdir(), 'lanyard-custody-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

custodyContract('the sealed store', () => createFileCustody(openSealedStore(join(home, 'store'), join(home, 'key'))));
