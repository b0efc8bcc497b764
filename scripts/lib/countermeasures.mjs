/**
 * The attack table of the gates, each row with the place its countermeasure lives in and the tests that notice when it
 * is gone. `npm run proof countermeasures` takes each out, by itself and in a copy, and runs those tests: all must pass
 * before and at least one must fail after. `built`: the tests start compiled processes.
 *
 * @typedef {{row: string, what: string, file: string, find: string, replace: string, project: string, tests: string, named?: string, built?: string}} Countermeasure
 */
const GATE_CODE = 'packages/protocol/src/verdict/decide-gate-code.ts';
const PORTABLE = 'packages/protocol/src/verdict/decide-portable-code.ts';
const DECIDE = 'packages/protocol/src/verdict/decide-code.ts';
const PERSON = 'packages/protocol/src/verdict/decide-person.ts';
const SESSION = 'reader-agent/src/domain/decision-session.ts';
const decideCode = { project: 'protocol', tests: 'verdict/decide-code' };

/** @type {readonly Countermeasure[]} */
export const COUNTERMEASURES = [
  {
    ...{ row: 'screenshot', what: 'a code ends after 15 s', file: DECIDE, replace: '' },
    find: "  if (age > acceptedBefore + uncertainty) return rejected('too-old');\n",
    ...{ project: 'reader-agent', tests: 'challenge-mode' },
  },
  {
    ...{ row: 'screenshot', what: 'a code is taken once', file: SESSION, replace: '' },
    find: "      else verdict = { verdict: 'rejected', reason: 'replayed' };\n",
    ...{ project: 'reader-agent', tests: 'challenge-mode zones' },
  },
  {
    ...{ row: 'live relay', what: 'a checkpoint that asks for a challenge takes no free code', file: GATE_CODE },
    find: "  if (version === 1 && policy.requires_challenge) return rejected('challenge-missing');\n",
    ...{ replace: '', project: 'reader-agent', tests: 'challenge-mode' },
  },
  {
    row: 'live relay',
    what: 'an answer is good for one try',
    file: 'reader-agent/src/domain/challenge-ring.ts',
    find: `      ring = ring.filter(({ bytes }) => !Buffer.from(bytes).equals(challenge));
      return ring.length < before;`,
    replace: '      return challenge.length > 0 && before > 0;',
    ...{ project: 'reader-agent', tests: 'challenge-mode' },
  },
  {
    ...{ row: 'lent phone (detected)', what: 'a second entry is marked', file: SESSION, replace: '' },
    ...{ find: "if (judged.against) marks.push('anti-passback');", project: 'reader-agent', tests: 'attacks' },
  },
  {
    ...{ row: 'cloned UID card', what: 'the CMAC under keys of the card', file: 'packages/protocol/src/nfc/sun.ts' },
    find: "  if (!equalBytes(expected, cmac)) throw new NfcError('sun-mac-invalid', 'CMAC does not hold');\n",
    ...{ replace: '  void equalBytes(expected, cmac);\n', project: 'issuer-service', tests: 'card-taps' },
  },
  {
    ...{ row: 'cloned UID card', what: 'no way back to less than the strongest way', project: 'reader-agent' },
    file: 'reader-agent/src/domain/read-card.ts',
    find: 'if (selected.statusWord === statusOk) return readPhone(exchange, parsePhoneHello(selected), gate);',
    replace: `if (selected.statusWord === statusOk)
    try {
      return await readPhone(exchange, parsePhoneHello(selected), gate);
    } catch {}`,
    tests: 'tap-session',
  },
  {
    ...{ row: 'SUN URL copied', what: 'one UPDATE, only upwards', file: 'issuer/src/storage/cards/card-tap-store.ts' },
    ...{ find: 'WHERE id = ? AND last_counter < ? RETURNING', replace: 'WHERE id = ? AND ? > 0 RETURNING' },
    ...{ project: 'verifier-service', tests: 'card-taps' },
  },
  {
    ...{
      row: 'SUN URL copied',
      what: 'a door’s touch is used once',
      file: 'verifier/src/storage/presentation-store.ts',
    },
    ...{ find: 'WHERE number = ? AND last_counter < ? AND', replace: 'WHERE number = ? AND ? >= 0 AND' },
    ...{ project: 'verifier-service', tests: 'door-tags' },
  },
  {
    ...{ row: 'replay at two offline gates', what: 'gates of a zone tell each other', file: SESSION },
    find: 'for (const { key, untilSeconds } of taken) replay.restore(key, untilSeconds);',
    ...{ replace: '', project: 'reader-agent', tests: 'zone-gossip' },
  },
  {
    ...{ row: 'replay at two offline gates', what: 'the second journal finds it', file: SESSION },
    ...{ find: "? { use: Buffer.from(told.use).toString('base64url') }", replace: '? {}' },
    ...{ project: 'reader-agent', tests: 'zone-gossip seven-days' },
  },
  {
    ...{ row: 'replay at two offline gates', what: 'the verifier compares uses', project: 'verifier-service' },
    ...{ file: 'verifier/src/storage/use-store.ts', find: 'WHERE k.agent_id <> ?', replace: 'WHERE k.agent_id = ?' },
    tests: 'service/gates.test',
  },
  {
    ...{ row: 'NFC relay (detected)', what: 'late answers are marked', file: 'reader-agent/src/domain/relay-watch.ts' },
    ...{ find: 'fastestMs > usual + slowerByMs;', replace: 'fastestMs > usual + 1_000 * slowerByMs;' },
    ...{ project: 'reader-agent', tests: 'relay-watch' },
  },
  {
    ...{ row: 'stolen phone', what: 'suspended and revoked people are refused', file: PERSON, replace: '' },
    find: "  if (facts.status !== 'valid') return rejected(facts.status);\n",
    ...{ project: 'reader-agent', tests: 'attacks' },
  },
  {
    ...{ row: 'stolen phone', what: 'dark days end', file: GATE_CODE, project: 'reader-agent', tests: 'attacks' },
    find: "const tooOld = verdict.verdict === 'accepted' && freshness === 'grace' && !admitted(policy, level, emergency);",
    replace: 'const tooOld = false && !admitted(policy, level, emergency);',
  },
  {
    ...{ row: 'stolen gate', what: 'a withdrawn gate is nobody', file: 'verifier/src/http/package-routes.ts' },
    find: "if (agent === undefined || agent.withdrawnAt !== null) throw new Refusal('agent-withdrawn');",
    replace: "if (agent === undefined) throw new Refusal('agent-withdrawn');",
    ...{ project: 'verifier-service', tests: 'service/packages service/gates.test service/agents' },
  },
  {
    ...{ row: 'stolen gate', what: 'what is in a gate signs no code', file: GATE_CODE, ...decideCode },
    find: "return verifyGateCodeSignature(context.crypto, code, key, mask) ? {} : rejected('holder-signature-invalid');",
    replace: 'return {};',
  },
  {
    ...{ row: 'stolen gate', what: 'handles move on daily', file: 'packages/protocol/src/gate-key/gate-key.ts' },
    ...{ find: 'return h(crypto, linkKey, nextLabel);', replace: 'return linkKey;' },
    ...{ project: 'protocol', tests: 'gate-code/unlinkability' },
  },
  {
    ...{
      row: 'forged authorisation',
      what: 'the holder’s signature over a portable code',
      file: PORTABLE,
      ...decideCode,
    },
    find: "if (answered === undefined) return unproved(rejected('holder-signature-invalid'));",
    replace: "if (answered === undefined) return decideHeldPass(data, context, { ...held, answered: () => 'free' });",
  },
  {
    ...{
      row: 'forged authorisation',
      what: 'the issuer’s signature',
      file: 'packages/protocol/src/pass/verify-pass.ts',
    },
    ...{
      find: '  if (!verifySign1(crypto, parsed.sign1, issuerKey)) return undefined;\n',
      replace: '  void verifySign1;\n',
    },
    ...decideCode,
  },
  {
    ...{ row: 'forged authorisation', what: 'an issuer speaks for its own code only', file: PORTABLE, ...decideCode },
    find: 'if (issuer.universityCode !== claims.universityCode || !inTime(issuer, claims.validFromSeconds)) {',
    replace: 'if (!inTime(issuer, claims.validFromSeconds)) {',
  },
  {
    ...{ row: 'forged authorisation', what: 'a pass ends', file: PORTABLE, ...decideCode, replace: '' },
    find: "  if (context.nowSeconds > claims.expiresSeconds) return unproved(rejected('expired'));\n",
  },
  {
    ...{ row: 'forged authorisation', what: 'a pass has not begun', file: PORTABLE, ...decideCode },
    find: 'if (context.nowSeconds + acceptedAfter + uncertaintyOf(context) < claims.validFromSeconds) {',
    replace: 'if (context.nowSeconds + acceptedAfter + uncertaintyOf(context) < 0) {',
  },
  {
    ...{ row: 'forged authorisation', what: 'a code of the future', file: DECIDE, ...decideCode, replace: '' },
    find: "  if (-age > acceptedAfter + uncertainty) return rejected('in-the-future');\n",
  },
  {
    ...{ row: 'forged authorisation', what: 'semester registration', file: PERSON, ...decideCode, replace: '' },
    find: "  if (facts.policy.requires_semester_registration && !facts.registered) return rejected('not-registered');\n",
  },
  {
    ...{ row: 'forged authorisation', what: 'policy', file: PERSON, ...decideCode, replace: '' },
    find: "  if (!facts.permitted) return rejected('not-permitted');\n",
  },
  {
    ...{ row: 'forged authorisation', what: 'hours', file: PERSON, ...decideCode, replace: '' },
    find: "  if (!withinHours(facts.policy, nowSeconds)) return rejected('outside-hours');\n",
  },
  {
    ...{ row: 'forged authorisation', what: 'a phone signs the whole exchange', project: 'reader-agent' },
    ...{ file: 'packages/protocol/src/nfc/decide-phone.ts', tests: 'tap-session', replace: '' },
    find: "  if (!context.crypto.verifyEs256(key, signed, answer.signature)) return unproved(rejected('holder-signature-invalid'));\n",
  },
  {
    ...{ row: 'parser attacks', what: 'no deeper than wanted', file: 'packages/protocol/src/base64url/strict-json.ts' },
    find: 'if (levels.length >= maxDepth) throw',
    ...{ replace: 'if (levels.length >= 10 * maxDepth) throw', project: 'protocol', tests: 'base64url/strict-json' },
  },
  {
    ...{ row: 'parser attacks', what: 'one form of every text', file: 'packages/protocol/src/base45/base45.ts' },
    ...{ find: 'value > 0xffff', replace: 'value > 0xffffffff', project: 'protocol', tests: 'base45' },
  },
  {
    ...{ row: 'reader or daemon failure', what: 'a silent process is killed', built: 'reader-agent', replace: '' },
    ...{
      file: 'reader-agent/src/adapters/readers/supervised-readers.ts',
      find: "    if (silent) kill('silent');\n    else if",
    },
    ...{ replace: '    if', project: 'readers', tests: 'reader-port' },
  },
  {
    ...{
      row: 'reader or daemon failure',
      what: 'a torn card decides nothing',
      file: 'reader-agent/src/domain/tap-session.ts',
    },
    find: "      options.show(session.notice('card-torn'), false);\n      return;\n",
    replace:
      "      options.show(session.settle({ verdict: 'accepted', holder_proved: false, marks: [] } as never, card.reader), false);\n      return;\n",
    ...{ project: 'reader-agent', tests: 'tap-session' },
  },
];
