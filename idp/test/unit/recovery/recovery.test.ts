import { describe, expect, it } from 'vitest';
import { actorNumber, mayHelpRecover } from '../../../src/domain/recovery/recovery.js';

describe('who helps to recover', () => {
  const person = (role: string, state = 'active') =>
    ({ state, roles: [{ role, scopeKind: 'university', scopeValue: '' }] }) as never;
  it.each(['registrar', 'card-officer', 'operator'])('is a %s', (role) => {
    expect(mayHelpRecover(person(role))).toBe(true);
  });
  it.each(['guard', 'security-auditor', 'window-clerk'])('is no %s', (role) => {
    expect(mayHelpRecover(person(role))).toBe(false);
  });
  it('is nobody whose account is closed', () => {
    expect(mayHelpRecover(person('registrar', 'closed'))).toBe(false);
  });
  it('is named by the call', () => {
    expect(actorNumber('account:t8001')).toBe('t8001');
  });
  it.each([undefined, 'operator', 'account:', 'account:T8001', 'service:admin', 'account:a b'])(
    'is nobody [%s]',
    (actor) => {
      expect(actorNumber(actor)).toBeUndefined();
    },
  );
});
