import { DocumentError } from '../errors.js';
import { gateCodePrefix } from '../gate-code/create-gate-code.js';
import { parseGateCode } from '../gate-code/parse-gate-code.js';
import { paperPassPrefix, parsePaperPass } from '../paper-pass/paper-pass.js';
import { portableCodePrefix } from '../portable-code/create-portable-code.js';
import { parsePortableCode } from '../portable-code/parse-portable-code.js';
import type { DecideContext, DecideData } from './decide-data.js';
import { decideGateCode } from './decide-gate-code.js';
import { decidePaperPass } from './decide-paper-pass.js';
import { decidePortableCode } from './decide-portable-code.js';
import { acceptedAfter, acceptedBefore, type CodeDecision, uncertaintyOf } from './decision.js';
import { cannotDecide, rejected, type Verdict } from './verdict.js';

/**
 * Decides one gate code, portable code or pass on paper: form, version, time, issuer or handle known, issuer signature, issuer
 * entitled, validity, holder signature, challenge, status, registration, policy, hours, in this order; the first that
 * fails gives the reason (formats.md §5). Replay and anti-passback are left to the caller, who has the memory for them:
 * an accepted decision is not green before `replayKey` is taken there.
 * Pure and synchronous: the same text, data and context give the same decision. Never throws on any text.
 */
export function decideCode(text: string, data: DecideData, context: DecideContext): CodeDecision {
  try {
    if (text.startsWith(gateCodePrefix)) {
      const code = parseGateCode(text);
      const late = decideTime(code.timeSeconds, context);
      return late === undefined ? decideGateCode(code, data, context) : unproved(late, 'gate-code');
    }
    if (text.startsWith(portableCodePrefix)) {
      const code = parsePortableCode(text);
      return decidePortableCode(code, data, context, decideTime(code.timeSeconds, context));
    }
    if (text.startsWith(paperPassPrefix)) return decidePaperPass(parsePaperPass(text), data, context);
    return unproved(rejected('malformed'));
  } catch (error) {
    if (!(error instanceof DocumentError)) return unproved(cannotDecide('internal'));
    return unproved(rejected(error.code === 'unsupported-version' ? 'unsupported-version' : 'malformed'));
  }
}

function decideTime(timeSeconds: number, context: DecideContext): Verdict | undefined {
  if (context.clockReliable === false) return cannotDecide('clock-unreliable');
  const age = context.nowSeconds - timeSeconds;
  const uncertainty = uncertaintyOf(context);
  if (age > acceptedBefore + uncertainty) return rejected('too-old');
  if (-age > acceptedAfter + uncertainty) return rejected('in-the-future');
  return undefined;
}

function unproved(verdict: Verdict, scheme?: 'gate-code' | 'portable-code'): CodeDecision {
  return { ...verdict, holder_proved: false, marks: [], ...(scheme === undefined ? {} : { scheme }) };
}
