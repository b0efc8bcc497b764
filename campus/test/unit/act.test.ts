import { describe, expect, it } from 'vitest';
import { act } from '../../src/domain/cases/act.js';
import type { Action, Actor, PersonActor } from '../../src/domain/cases/action.js';
import { type CaseState, currentForm } from '../../src/domain/cases/case-state.js';
import { makeReady } from '../../src/domain/cases/ready-definition.js';
import { tasksOf } from '../../src/domain/cases/tasks-of.js';
import type { PersonId } from '../../src/domain/people/person.js';
import { consentOf } from '../../src/domain/windows/consent.js';
import { serviceOf } from '../support/catalogue.js';
import { applicantOf, holder, person } from '../support/population.js';

const START_MS = Date.parse('2026-11-30T01:00:00Z');
const HOUR_MS = 3_600_000;
const STUDENT = applicantOf('1');
const student = person('student:1');
const OWN = { kind: 'assigned', value: 't0001' } as const;
const COLLEGE = { kind: 'college', value: '软件学院' } as const;
const counsellor = holder('staff:fdy', 'counsellor', OWN);
const dean = holder('staff:dean', 'department-officer', COLLEGE);
const registrar = (n: number) => holder(`staff:reg-${n}`, 'registrar');
const LEAVE = { kind: 'personal', from: '2026-12-01', to: '2026-12-05', days: 5, reason: '回家' };

/** One case, step by step; `refused` answers the code and leaves the case as it was. */
function begin(id: string, form: Record<string, unknown>, actor: PersonActor = student) {
  const ready = makeReady(serviceOf(id));
  let nowMs = START_MS;
  const context = () => ({ nowMs, dueAfter: (hours: number) => nowMs + hours * HOUR_MS });
  const started = act(ready, undefined, actor, { verb: 'submit', applicant: STUDENT, form }, context());
  if (!started.ok) throw new Error(`${started.code} ${JSON.stringify(started.errors)}`);
  let state: CaseState = started.state;
  return {
    get state() {
      return state;
    },
    open: () => tasksOf(state).map(({ step }) => step),
    later: (hours: number) => {
      nowMs += hours * HOUR_MS;
    },
    does(who: Actor, action: Action) {
      const acted = act(ready, state, who, action, context());
      if (!acted.ok) throw new Error(`${acted.code} ${JSON.stringify(acted.errors)}`);
      state = acted.state;
      return acted.events;
    },
    refused(who: Actor, action: Action) {
      const acted = act(ready, state, who, action, context());
      return acted.ok ? 'done' : acted.code;
    },
  };
}
const atWindow = (of: string): PersonActor => ({
  ...person('staff:w'),
  atWindow: consentOf({ of: of as PersonId, window: 'hall-1', confirmed: 'scan' }),
});
const agree = (step: string, choice?: string): Action => ({ verb: 'agree', step, comment: '', choice });

describe('handing in', () => {
  it('fills what the register holds', () =>
    expect(currentForm(begin('leave', LEAVE).state)).toMatchObject({
      name: '张三',
      student_number: '1',
      class: '软件2301',
    }));
  it('refuses another value for what it holds', () =>
    expect(() => begin('leave', { ...LEAVE, name: '李四' })).toThrow('known'));
  it('takes back what it showed', () =>
    expect(begin('leave', { ...LEAVE, name: '张三' }).open()).toEqual(['counsellor']));
  it('refuses a form that does not fit', () =>
    expect(() => begin('leave', { ...LEAVE, days: '5' })).toThrow('form-invalid'));
  it('refuses a field that is none', () =>
    expect(() => begin('leave', { ...LEAVE, extra: 1 })).toThrow('form-invalid'));
  it('is for who may start [another student]', () =>
    expect(() => begin('leave', LEAVE, person('student:2'))).toThrow('start-not-allowed'));
  it('is for who may start [staff without the role]', () =>
    expect(() => begin('leave', LEAVE, counsellor)).toThrow('start-not-allowed'));
  it('is done at a window on behalf of the student', () =>
    expect(begin('leave', LEAVE, holder('staff:window', 'window-clerk')).state.startedBy).toBe('staff:window'));
  it('is done at a window by whoever the student agreed to, and says so', () => {
    const { state } = begin('leave', LEAVE, atWindow('student:1'));
    const onBehalf = { of: 'student:1', window: 'hall-1', confirmed: 'scan' };
    expect(state).toMatchObject({ startedBy: 'staff:w', forms: [{ by: 'staff:w', onBehalf }] });
  });
  it('is for who may start [a clerk to whom another student agreed]', () =>
    expect(() => begin('leave', LEAVE, atWindow('student:2'))).toThrow('start-not-allowed'));
  it('says nothing of the next act: the clerk who handed it in neither calls it off nor mends it by himself', () => {
    const leave = begin('leave', LEAVE, atWindow('student:1'));
    expect(leave.refused(person('staff:w'), { verb: 'withdraw', reason: '' })).toBe('not-your-turn');
    leave.does(counsellor, { verb: 'return', step: 'counsellor', to: 'applicant', reason: 'why' });
    expect(leave.refused(person('staff:w'), { verb: 'resubmit', form: {} })).toBe('not-your-turn');
    expect(leave.refused(atWindow('student:2'), { verb: 'resubmit', form: {} })).toBe('not-your-turn');
    leave.does(atWindow('student:1'), { verb: 'resubmit', form: {} });
    leave.does(atWindow('student:1'), { verb: 'withdraw', reason: '' });
    expect(leave.state.status).toBe('closed');
  });
});

describe('a decision', () => {
  it('is of whoever holds the role for the part', () => {
    const leave = begin('leave', LEAVE);
    expect(
      leave.refused(holder('staff:other', 'counsellor', { kind: 'assigned', value: 't0002' }), agree('counsellor')),
    ).toBe('not-your-turn');
    expect(leave.refused(dean, agree('counsellor'))).toBe('not-your-turn');
    expect(leave.refused(counsellor, agree('college'))).toBe('step-not-open');
    leave.does(counsellor, agree('counsellor'));
    expect(leave.open()).toEqual(['college']);
  });
  it('is never on one’s own case [role held]', () =>
    expect(begin('leave', LEAVE).refused(holder('student:1', 'counsellor'), agree('counsellor'))).toBe('own-case'));
  it('is never on one’s own case [as staff under the number he studies by]', () => {
    expect(begin('leave', LEAVE).refused(holder('staff:1', 'counsellor'), agree('counsellor'))).toBe('own-case');
    const leave = begin('leave', LEAVE);
    const himself = { step: 'counsellor', person: 'staff:1' as PersonId } as const;
    expect(leave.refused(counsellor, { verb: 'add-cosigner', ...himself })).toBe('person-not-possible');
  });
  it('is never on one’s own case [for another]', () =>
    expect(
      begin('leave', LEAVE).refused(
        person('student:1', [], [{ person: counsellor.person, roles: counsellor.roles }]),
        agree('counsellor'),
      ),
    ).toBe('own-case'));
  it('is never on one’s own case [by a friend for the applicant]', () =>
    expect(
      begin('leave', LEAVE).refused(
        person('staff:x', [], [{ person: 'student:1' as PersonId, roles: counsellor.roles }]),
        agree('counsellor'),
      ),
    ).toBe('own-case'));
  it('is for nobody to be made a co-signer of his own case', () => {
    const leave = begin('leave', LEAVE);
    expect(leave.refused(counsellor, { verb: 'add-cosigner', step: 'counsellor', person: STUDENT.person })).toBe(
      'person-not-possible',
    );
    expect(leave.refused(counsellor, { verb: 'transfer', step: 'counsellor', to: STUDENT.person, reason: '' })).toBe(
      'person-not-possible',
    );
  });
  it('says for whom it was', () => {
    const leave = begin('leave', LEAVE);
    const deputy = person('staff:deputy', [], [{ person: counsellor.person, roles: counsellor.roles }]);
    expect(leave.does(deputy, agree('counsellor'))[0]).toMatchObject({
      kind: 'signed',
      by: 'staff:deputy',
      for: 'staff:fdy',
    });
  });
  it('stores the version of the rule', () => {
    const leave = begin('leave', LEAVE);
    leave.does(counsellor, agree('counsellor'));
    expect(leave.does(dean, agree('college'))[0]).toMatchObject({ rule: { id: 'needs-college', version: 1 } });
  });
  it('that refuses ends the case', () => {
    const leave = begin('leave', LEAVE);
    leave.does(counsellor, { verb: 'refuse', step: 'counsellor', reason: '考试周' });
    expect(leave.state).toMatchObject({ status: 'closed', outcome: 'refused' });
    expect(leave.refused(counsellor, agree('counsellor'))).toBe('case-closed');
    expect(leave.refused(student, { verb: 'withdraw', reason: '' })).toBe('case-closed');
  });
});

describe('all-sign', () => {
  const WITHDRAWAL = { kind: 'withdrawal', effective_date: '2026-12-10', reason: '创业' };
  const atRegistry = () => {
    const change = begin('status-change', WITHDRAWAL);
    change.does(counsellor, agree('counsellor'));
    change.does(dean, agree('college'));
    return change;
  };
  it('waits for everybody', () => {
    const change = atRegistry();
    change.does(registrar(1), agree('two-of-registry'));
    expect(change.open()).toEqual(['two-of-registry']);
    change.does(registrar(2), agree('two-of-registry'));
    expect(change.open()).toEqual(['registry']);
  });
  it('takes nobody twice [himself]', () => {
    const change = atRegistry();
    change.does(registrar(1), agree('two-of-registry'));
    expect(change.refused(registrar(1), agree('two-of-registry'))).toBe('signed-already');
  });
  it('takes nobody twice [for another]', () => {
    const change = atRegistry();
    change.does(registrar(1), agree('two-of-registry'));
    const both = { ...registrar(1), standsInFor: [{ person: registrar(2).person, roles: registrar(2).roles }] };
    expect(change.refused(both, agree('two-of-registry'))).toBe('signed-already');
  });
  it('takes nobody twice [by a deputy of who has signed]', () => {
    const change = atRegistry();
    change.does(registrar(1), agree('two-of-registry'));
    const deputy = person('staff:deputy', [], [{ person: registrar(1).person, roles: registrar(1).roles }]);
    expect(change.refused(deputy, agree('two-of-registry'))).toBe('signed-already');
  });
  it('takes nobody twice [who was signed for]', () => {
    const change = atRegistry();
    change.does(
      person('staff:deputy', [], [{ person: registrar(1).person, roles: registrar(1).roles }]),
      agree('two-of-registry'),
    );
    expect(change.refused(registrar(1), agree('two-of-registry'))).toBe('signed-already');
    expect(
      change.refused(counsellor, { verb: 'add-cosigner', step: 'two-of-registry', person: registrar(1).person }),
    ).toBe('not-your-turn');
    expect(
      change.refused(registrar(2), { verb: 'add-cosigner', step: 'two-of-registry', person: registrar(1).person }),
    ).toBe('person-not-possible');
  });
  it('waits for a co-signer, and no longer when he is dropped', () => {
    const change = atRegistry();
    change.does(registrar(1), { verb: 'add-cosigner', step: 'two-of-registry', person: 'staff:lawyer' as PersonId });
    change.does(registrar(1), agree('two-of-registry'));
    change.does(registrar(2), agree('two-of-registry'));
    expect(change.open()).toEqual(['two-of-registry']);
    expect(
      change.refused(person('staff:lawyer'), {
        verb: 'drop-cosigner',
        step: 'two-of-registry',
        person: 'staff:lawyer' as PersonId,
      }),
    ).toBe('not-your-turn');
    expect(
      change.refused(registrar(1), { verb: 'drop-cosigner', step: 'two-of-registry', person: 'staff:no' as PersonId }),
    ).toBe('cosigner-missing');
    change.does(person('staff:lawyer'), {
      ...{ verb: 'transfer', step: 'two-of-registry', to: 'staff:clerk' as PersonId, reason: '' },
    });
    // By the name of whom it is with now.
    change.does(registrar(1), { verb: 'drop-cosigner', step: 'two-of-registry', person: 'staff:clerk' as PersonId });
    expect(change.open()).toEqual(['registry']);
  });
  it('has eight co-signers at most', () => {
    const change = atRegistry();
    for (let n = 0; n < 8; n += 1)
      change.does(registrar(1), { verb: 'add-cosigner', step: 'two-of-registry', person: `staff:c${n}` as PersonId });
    expect(
      change.refused(registrar(1), { verb: 'add-cosigner', step: 'two-of-registry', person: 'staff:c9' as PersonId }),
    ).toBe('cosigners-at-most');
  });
});

describe('a return', () => {
  const before = () => {
    const leave = begin('leave', { ...LEAVE, days: 10 });
    leave.does(counsellor, agree('counsellor'));
    leave.does(dean, agree('college'));
    return leave;
  };
  const back = (to: Extract<Action, { verb: 'return' }>['to']): Action => ({
    verb: 'return',
    step: 'student-office',
    to,
    reason: '核实',
  });
  it('to the one before', () => {
    const leave = before();
    leave.does(registrar(1), back('previous'));
    expect(leave.open()).toEqual(['college']);
  });
  it('to any before', () => {
    const leave = before();
    leave.does(registrar(1), back({ step: 'counsellor' }));
    expect(leave.open()).toEqual(['counsellor']);
  });
  it('not to a later one, nor from the first to one before it', () => {
    expect(before().refused(registrar(1), back({ step: 'return' }))).toBe('return-target-invalid');
    expect(
      begin('leave', LEAVE).refused(counsellor, { verb: 'return', step: 'counsellor', to: 'previous', reason: '' }),
    ).toBe('no-step-before');
  });
  it('to the applicant, who hands in the same again: on where it was', () => {
    const leave = before();
    leave.does(registrar(1), back('applicant'));
    expect(tasksOf(leave.state)).toMatchObject([{ step: null, owner: { kind: 'person', person: 'student:1' } }]);
    expect(leave.refused(registrar(1), agree('student-office'))).toBe('case-waits-for-applicant');
    expect(leave.refused(counsellor, { verb: 'resubmit', form: {} })).toBe('not-your-turn');
    leave.does(student, { verb: 'resubmit', form: {} });
    expect(leave.open()).toEqual(['student-office']);
    expect(leave.refused(student, { verb: 'resubmit', form: {} })).toBe('case-not-returned');
  });
  it('to the applicant, who changes the form: from the beginning, by the rules of that day', () => {
    const leave = before();
    leave.does(registrar(1), back('applicant'));
    expect(leave.refused(student, { verb: 'resubmit', form: { days: 99 } })).toBe('form-invalid');
    leave.does(student, { verb: 'resubmit', form: { days: 2, destination: null } });
    expect(leave.open()).toEqual(['counsellor']);
    expect(leave.state.forms.map(({ values }) => values['days'])).toEqual([10, 2]);
    expect(currentForm(leave.state)).toMatchObject({ reason: '回家' });
  });
  it('out of a branch keeps what other branches finished', () => {
    const clearance = begin('graduation-clearance', { leaves_on: '2027-06-30' });
    clearance.does({ kind: 'source', name: 'library' }, { verb: 'answer-check', step: 'library', answer: 'passed' });
    const finance = holder('staff:money', 'finance-officer');
    clearance.does(finance, { verb: 'return', step: 'finance', to: 'applicant', reason: '欠费' });
    clearance.does(student, { verb: 'resubmit', form: {} });
    expect(clearance.open()).toEqual(['finance', 'dormitory', 'loan', 'card']);
  });
});

describe('the other verbs', () => {
  it('transfer: only the other then, but the role takes it back', () => {
    const leave = begin('leave', LEAVE);
    leave.does(counsellor, { verb: 'transfer', step: 'counsellor', to: 'staff:x' as PersonId, reason: '出差' });
    expect(leave.refused(counsellor, agree('counsellor'))).toBe('not-your-turn');
    expect(
      leave.refused(dean, { verb: 'transfer', step: 'counsellor', to: 'staff:dean' as PersonId, reason: '' }),
    ).toBe('not-your-turn');
    leave.does(counsellor, { verb: 'transfer', step: 'counsellor', to: 'staff:y' as PersonId, reason: '' });
    expect(leave.refused(person('staff:x'), agree('counsellor'))).toBe('not-your-turn');
    leave.does(person('staff:y'), agree('counsellor'));
    expect(leave.open()).toEqual(['college']);
  });
  it('withdraw: by the applicant, where the service allows it', () => {
    const leave = begin('leave', LEAVE);
    expect(leave.refused(counsellor, { verb: 'withdraw', reason: '' })).toBe('not-your-turn');
    leave.does(student, { verb: 'withdraw', reason: '不去了' });
    expect(leave.state).toMatchObject({ status: 'closed', outcome: 'withdrawn' });
  });
  it('urge: once a day', () => {
    const leave = begin('leave', LEAVE);
    leave.does(student, { verb: 'urge' });
    expect(leave.refused(student, { verb: 'urge' })).toBe('urged-recently');
    expect(leave.refused(counsellor, { verb: 'urge' })).toBe('not-your-turn');
    leave.later(24);
    leave.does(student, { verb: 'urge' });
  });
  it('void: by its office, never one’s own', () => {
    const leave = begin('leave', LEAVE);
    expect(leave.refused(dean, { verb: 'void', reason: '' })).toBe('not-your-turn');
    expect(leave.refused(holder('student:1', 'department-officer'), { verb: 'void', reason: '' })).toBe('own-case');
    leave.does(holder('staff:do', 'department-officer'), { verb: 'void', reason: '重复' });
    expect(leave.state).toMatchObject({ status: 'closed', outcome: 'voided' });
  });
  it('a breach is escalated once, and whoever it went to may decide', () => {
    const leave = begin('leave', LEAVE);
    expect(leave.does({ kind: 'calendar' }, { verb: 'tell-breaches' })).toEqual([]);
    expect(leave.refused(counsellor, { verb: 'tell-breaches' })).toBe('not-your-turn');
    leave.later(7);
    expect(leave.does({ kind: 'calendar' }, { verb: 'tell-breaches' })).toMatchObject([
      { kind: 'escalated', step: 'counsellor' },
    ]);
    leave.later(100);
    expect(leave.does({ kind: 'calendar' }, { verb: 'tell-breaches' })).toEqual([]);
    leave.does(dean, agree('counsellor'));
    expect(leave.open()).toEqual(['college']);
  });
  it('a check that is not passed waits for its owner', () => {
    const clearance = begin('graduation-clearance', { leaves_on: '2027-06-30' });
    expect(
      clearance.refused(
        { kind: 'source', name: 'finance' },
        { verb: 'answer-check', step: 'library', answer: 'passed' },
      ),
    ).toBe('not-your-turn');
    expect(
      clearance.refused({ kind: 'source', name: 'x' }, { verb: 'answer-check', step: 'release', answer: 'passed' }),
    ).toBe('step-not-open');
    clearance.does(
      { kind: 'source', name: 'library' },
      { verb: 'answer-check', step: 'library', answer: 'not-passed' },
    );
    expect(clearance.open()).toContain('library');
    clearance.does(holder('staff:lib', 'library-officer'), agree('library'));
    expect(clearance.open()).not.toContain('library');
  });
});

describe('repair and complaint', () => {
  const REPAIR = { category: 'water-power', place_building: '一号楼', place_room: '301', description: '漏水' };
  it('sends a repair to its crew by its category', () => {
    const repair = begin('repair', REPAIR);
    expect(tasksOf(repair.state)).toMatchObject([{ step: 'work', owner: { role: 'repair-water-power' } }]);
    expect(repair.refused(holder('staff:n', 'repair-network'), agree('work'))).toBe('not-your-turn');
  });
  it('asks a person where no category fits', () => {
    const repair = begin('repair', { ...REPAIR, category: 'other' });
    const dispatcher = holder('staff:d', 'repair-dispatcher');
    expect(repair.refused(dispatcher, agree('dispatch'))).toBe('choice-unknown');
    expect(repair.refused(dispatcher, agree('dispatch', 'plumber'))).toBe('choice-unknown');
    repair.does(dispatcher, agree('dispatch', 'furniture'));
    expect(tasksOf(repair.state)).toMatchObject([{ owner: { role: 'repair-furniture' } }]);
    expect(repair.refused(holder('staff:f', 'repair-furniture'), { verb: 'refuse', step: 'work', reason: '' })).toBe(
      'verb-not-here',
    );
  });
  it('closes no complaint but by the call-back, and reopens at the same department', () => {
    const complaint = begin('complaint', { topic: 'canteen', anonymous: true, text: '菜价', may_publish: false });
    complaint.does(holder('staff:c', 'community-officer'), agree('classify', 'canteen'));
    const logistics = holder('staff:l', 'logistics-officer');
    complaint.does(logistics, agree('plan'));
    complaint.does(logistics, agree('result'));
    for (const verb of ['withdraw', 'void'] as const)
      expect(complaint.refused(student, { verb, reason: '' })).toBe('verb-not-here');
    expect(complaint.refused(logistics, agree('call-back'))).toBe('not-your-turn');
    complaint.does(student, { verb: 'refuse', step: 'call-back', reason: '没有解决' });
    expect(tasksOf(complaint.state)).toMatchObject([{ step: 'result', owner: { role: 'logistics-officer' } }]);
    complaint.does(logistics, agree('result'));
    complaint.does(student, agree('call-back'));
    expect(complaint.state).toMatchObject({ status: 'closed', outcome: 'granted' });
  });
});
