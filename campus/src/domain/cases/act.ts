import { DUTY_STEP } from '../definitions/danger.js';
import { findStep, isWaiting } from '../definitions/walk-steps.js';
import { effectInTheWay, retryEffect, settleEffect } from '../effects/settle-effect.js';
import type { ActContext, Action, Actor, CaseRefusal, PersonActor } from './action.js';
import type { Course } from './advance.js';
import type { CaseState } from './case-state.js';
import { urge, voidCase, withdraw } from './case-verbs.js';
import { agree, refuseStep, returnCase } from './decide-step.js';
import { answerDuty, dutyInTheWay } from './duty.js';
import { resubmit, submit } from './hand-in.js';
import type { Acted, AtStep, Done, Live, ReadyDefinition } from './live-case.js';
import { answerCheck, tellBreaches } from './machine-verbs.js';
import { noteDown } from './note-down.js';
import { addCosigner, dropCosigner, transfer } from './steer-step.js';

const refuse = (code: CaseRefusal): Acted => ({ ok: false, code });

/**
 * What an action does to a case: events and the state they lead to, or why not. Pure; the same arguments give the same
 * answer. `state` is undefined for a submission only.
 */
export function act(
  ready: ReadyDefinition,
  state: CaseState | undefined,
  actor: Actor,
  action: Action,
  context: ActContext,
): Acted {
  if (action.verb === 'submit')
    return state === undefined ? submit(ready, actor, action, context) : refuse('verb-not-here');
  if (state === undefined) return refuse('verb-not-here');
  if (state.status === 'closed') return refuse('case-closed');
  const course: Course = { state, events: [] };
  const code = actLive({ ready, state, course, context }, actor, action);
  if (typeof code === 'object') return code;
  if (code !== undefined) return refuse(code);
  return { ok: true, state: course.state, events: course.events };
}

function actLive(live: Live, actor: Actor, action: Exclude<Action, { verb: 'submit' }>): Done {
  switch (action.verb) {
    case 'tell-breaches':
      return actor.kind === 'calendar' ? tellBreaches(live) : 'not-your-turn';
    case 'answer-check':
      return answerCheck(live, actor, action);
    case 'settle-effect':
      return settleEffect(live, actor, action);
    default:
      return actor.kind === 'person' ? actAsPerson(live, actor, action) : 'not-your-turn';
  }
}

type PersonAction = Exclude<Action, { verb: 'submit' | 'tell-breaches' | 'answer-check' | 'settle-effect' }>;

function actAsPerson(live: Live, actor: PersonActor, action: PersonAction): Done {
  const inTheWay = whatIsInTheWay(live);
  switch (action.verb) {
    case 'resubmit':
      return resubmit(live, actor, action);
    case 'withdraw':
      return inTheWay ?? withdraw(live, actor, action.reason);
    case 'urge':
      return urge(live, actor);
    case 'void':
      return inTheWay ?? voidCase(live, actor, action.reason);
    case 'agree':
    case 'refuse':
    case 'return':
    case 'transfer':
    case 'add-cosigner':
    case 'drop-cosigner':
    case 'note':
      return actAtStep(live, actor, action);
  }
}

const whatIsInTheWay = ({ ready, state }: Live): CaseRefusal | undefined =>
  effectInTheWay(ready.definition, state) ?? dutyInTheWay(state);

type StepAction = Extract<PersonAction, { step: string }>;

function actAtStep(live: Live, actor: PersonActor, action: StepAction): Done {
  if (action.step === DUTY_STEP) return answerDuty(live, actor, action);
  if (live.state.status === 'returned') return 'case-waits-for-applicant';
  const step = findStep(live.ready.definition.steps, action.step);
  const open = live.state.steps[action.step];
  if (step === undefined || !isWaiting(step) || open?.status !== 'open') return 'step-not-open';
  const at: AtStep = { ...live, step, open };
  const inTheWay = effectInTheWay(live.ready.definition, live.state);
  switch (action.verb) {
    case 'agree':
      return step.kind === 'emit' ? retryEffect(at, actor, action.comment) : agree(at, actor, action);
    case 'refuse':
      return inTheWay ?? dutyInTheWay(live.state) ?? refuseStep(at, actor, action.reason);
    case 'return':
      return inTheWay ?? returnCase(at, actor, action);
    case 'transfer':
      return transfer(at, actor, action);
    case 'add-cosigner':
      return addCosigner(at, actor, action.person);
    case 'drop-cosigner':
      return dropCosigner(at, actor, action.person);
    case 'note':
      return noteDown(at, actor, action);
  }
}
