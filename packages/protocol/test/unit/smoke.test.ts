import { describe, expect, it } from 'vitest';
import { acceptPackage, decideCode, decideDataOf } from '../../src/index.js';
import { context, crypto, gateCode, makePackage, noon, pass, pinned, portableCode } from '../fixtures.js';
describe('smoke', () => {
  it('works', () => {
    const r = acceptPackage(crypto, { have: undefined, envelope: makePackage().envelope, pinned, checkpointId: 'south-gate', nowSeconds: noon });
    if (!r.ok) throw new Error(JSON.stringify(r));
    expect(decideCode(gateCode(), decideDataOf(r.state, noon), context())).toMatchObject({ verdict: 'accepted' });
    console.log(pass().length, portableCode().length);
    expect(decideCode(portableCode(), decideDataOf(r.state, noon), context())).toMatchObject({ verdict: 'accepted' });
  });
});
