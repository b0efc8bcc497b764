import { CannotCreateRolesError } from '@lanyard/platform';
import { CommandRefusal, createOperatorClient } from './client/call-service.js';
import { auditVerify } from './commands/audit-verify.js';
import { bench } from './commands/bench.js';
import { cardPersonalise } from './commands/cards.js';
import { type Command, WrongCall } from './commands/command.js';
import { credentialChange, credentialOffer } from './commands/credentials.js';
import { dbPrepare } from './commands/db-prepare.js';
import { demo } from './commands/demo.js';
import {
  agentBundle,
  agentEnrol,
  agentList,
  checkpointCounter,
  checkpointList,
  gateDecide,
  gateWithdraw,
} from './commands/gates.js';
import { keysInit, keysList, keysRetire, keysRotate } from './commands/keys.js';
import { studentChange, studentChanges, studentHistory, studentReverse } from './commands/life.js';
import { messengerRemove, messengerSet, messengerShow } from './commands/messenger.js';
import { moduleList, moduleRun } from './commands/modules.js';
import { operatorLink } from './commands/operator-link.js';
import {
  partnerAdd,
  partnerBundle,
  partnerCertificate,
  partnerEvents,
  partnerList,
  partnerWithdraw,
} from './commands/partners.js';
import { presentationRequest, presentationResult } from './commands/presentation.js';
import {
  relyingPartyAdd,
  relyingPartyDisable,
  relyingPartyList,
  relyingPartySecret,
  relyingPartyShow,
} from './commands/relying-parties.js';
import { portraitsImport, rosterImport, rosterUndo } from './commands/roster.js';
import { runUndo, semesterConfirm, semesterFacts, semesterOpen, semesterStatus } from './commands/semesters.js';
import { serviceImport, serviceList } from './commands/services.js';
import { buildingClass, sourceAdd, sourceList, sourceWithdraw } from './commands/sources.js';
import { staffImport } from './commands/staff.js';
import { studentList, studentShow } from './commands/students.js';
import {
  trustListAdd,
  trustListRefresh,
  trustListSign,
  trustListState,
  trustListVerify,
} from './commands/trust-list.js';
import { universityDescribe, universityTryOut } from './commands/universities.js';
import { up } from './commands/up.js';
import { readInstallation } from './installation/read-installation.js';

const COMMANDS: Record<string, Command> = {
  demo,
  bench,
  'roster import': rosterImport,
  'roster undo': rosterUndo,
  'portraits import': portraitsImport,
  'student list': studentList,
  'student show': studentShow,
  'student history': studentHistory,
  'student change': studentChange,
  'student reverse': studentReverse,
  'student changes': studentChanges,
  'semester open': semesterOpen,
  'semester status': semesterStatus,
  'semester facts': semesterFacts,
  'semester confirm': semesterConfirm,
  'run undo': runUndo,
  'module list': moduleList,
  'module run': moduleRun,
  'service import': serviceImport,
  'service list': serviceList,
  'source add': sourceAdd,
  'source list': sourceList,
  'source withdraw': sourceWithdraw,
  'building class': buildingClass,
  'messenger set': messengerSet,
  'messenger show': messengerShow,
  'messenger remove': messengerRemove,
  'credential offer': credentialOffer,
  'credential suspend': credentialChange('suspend'),
  'credential reinstate': credentialChange('reinstate'),
  'credential revoke': credentialChange('revoke'),
  'presentation request': presentationRequest,
  'presentation result': presentationResult,
  'checkpoint list': checkpointList,
  'checkpoint counter': checkpointCounter,
  'agent list': agentList,
  'agent enrol': agentEnrol,
  'agent bundle': agentBundle,
  'card personalise': cardPersonalise,
  'gate decide': gateDecide,
  'gate withdraw': gateWithdraw,
  'relying-party add': relyingPartyAdd,
  'relying-party list': relyingPartyList,
  'relying-party show': relyingPartyShow,
  'relying-party secret': relyingPartySecret,
  'relying-party disable': relyingPartyDisable,
  'partner add': partnerAdd,
  'partner list': partnerList,
  'partner withdraw': partnerWithdraw,
  'partner bundle': partnerBundle,
  'partner certificate': partnerCertificate,
  'partner events': partnerEvents,
  'staff import': staffImport,
  'trust-list sign': trustListSign,
  'trust-list verify': trustListVerify,
  'trust-list add': trustListAdd,
  'trust-list state': trustListState,
  'trust-list refresh': trustListRefresh,
  'university describe': universityDescribe,
  'university try-out': universityTryOut,
  'keys init': keysInit,
  'keys list': keysList,
  'keys rotate': keysRotate,
  'keys retire': keysRetire,
  'audit verify': auditVerify,
  'operator-link': operatorLink,
  'db prepare': dbPrepare,
};

function usage(): string {
  return [
    'Usage: ./lanyard COMMAND … [--json]',
    '  up',
    ...Object.values(COMMANDS).map((command) => `  ${command.usage}`),
  ].join('\n');
}

/** Exit 0 done, 1 refused or failed (reason code), 2 wrong call. */
async function main(words: string[]): Promise<number> {
  const json = words.includes('--json');
  const rest = words.filter((word) => word !== '--json');
  try {
    const installation = readInstallation(process.env);
    if (rest[0] === 'up' && rest.length === 1) {
      await up(installation, process.env);
      return await new Promise<number>(() => {});
    }
    const found = findCommand(rest);
    if (found === undefined)
      throw new WrongCall(
        rest.length === 0 ? 'a command is missing' : `unknown command: ${rest.slice(0, 2).join(' ')}`,
      );
    const { positional, options } = parseWords(found.command, found.words);
    const answer = await found.command.run({
      installation,
      client: createOperatorClient(installation),
      positional,
      options,
      environment: process.env,
      say: (line) => void (json || process.stdout.write(`${line}\n`)),
    });
    if (answer.data !== undefined) process.stdout.write(`${json ? JSON.stringify(answer.data) : answer.text}\n`);
    return answer.failed === true ? 1 : 0;
  } catch (error) {
    return fail(error, json);
  }
}

function fail(error: unknown, json: boolean): number {
  if (error instanceof WrongCall || error instanceof TypeError) {
    process.stderr.write(`${error.message}\n${usage()}\n`);
    return 2;
  }
  const code = error instanceof CommandRefusal || error instanceof CannotCreateRolesError ? error.code : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ code, message, ...(error instanceof CommandRefusal ? { problem: error.problem } : {}) })}\n`,
    );
  else process.stderr.write(`${code}: ${message}\n`);
  return 1;
}

function findCommand(words: string[]): { command: Command; words: string[] } | undefined {
  for (const length of [2, 1]) {
    const command = COMMANDS[words.slice(0, length).join(' ')];
    if (command !== undefined) return { command, words: words.slice(length) };
  }
  return undefined;
}

function parseWords(
  command: Command,
  words: string[],
): { positional: string[]; options: Record<string, string | boolean> } {
  const positional: string[] = [];
  const options: Record<string, string | boolean> = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('--')) {
      positional.push(word);
      continue;
    }
    const name = word.slice(2);
    if (command.switches?.includes(name)) options[name] = true;
    else if (command.valued?.includes(name)) {
      index += 1;
      const value = words[index];
      if (value === undefined) throw new WrongCall(`--${name} needs a value`);
      options[name] = value;
    } else throw new WrongCall(`unknown option --${name}`);
  }
  return { positional, options };
}

process.exitCode = await main(process.argv.slice(2));
