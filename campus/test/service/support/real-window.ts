import { copyFileSync } from 'node:fs';
import { type Pair, startPair } from '../../../../verifier/test/service/rights/support.js';
import { startCampus, type TestCampus } from './start-campus.js';

/** Issuer, verifier and campus as they run, each known to the others. */
export async function startRealWindow(
  port: number,
): Promise<{ pair: Pair; campus: TestCampus; close(): Promise<void> }> {
  const pair = await startPair(port);
  const campus = await startCampus({ issuer: pair.issuer, withoutConsole: true, verifier: pair.verifier.url });
  copyFileSync(`${pair.issuer.callersFolder}/campus.jwk.json`, `${pair.verifier.folder}/campus.jwk.json`);
  return {
    ...{ pair, campus },
    async close() {
      await campus.close();
      await pair.close();
    },
  };
}
