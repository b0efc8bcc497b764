import type { DefinitionTest } from '../definitions/definition.js';
import { FACTS, type Fact } from '../people/person.js';
import type { ReadyDefinition } from './live-case.js';
import { pathTaken } from './path-taken.js';

export interface FailedTest {
  readonly name: string;
  readonly wanted: readonly string[];
  readonly found: readonly string[];
}

/** Runs the tests inside a definition by the engine itself; a definition with a failed one is not published. */
export function runDefinitionTests(ready: ReadyDefinition): FailedTest[] {
  return ready.definition.tests.flatMap((test) => {
    const wanted = test.expect === 'path' ? test.path : ['form-invalid'];
    const found = pathOf(ready, test);
    return wanted.join() === found.join() ? [] : [{ name: test.name, wanted, found }];
  });
}

const pathOf = (ready: ReadyDefinition, test: DefinitionTest): string[] =>
  pathTaken(ready, { facts: factsOf(test), form: test.form, day: test.day });

const SAMPLE: Readonly<Record<Fact, string>> = {
  ...{ name: '张三', student_number: '202301000001', campus: '主校区', college: '软件学院', major: '软件工程' },
  ...{ class: '软件2301', level: '本科', building: '一号楼', enrolment_status: 'enrolled' },
  counsellor: 't0001',
};

const factsOf = (test: DefinitionTest) =>
  Object.fromEntries(FACTS.map((fact) => [fact, test.applicant[fact] ?? SAMPLE[fact]])) as Record<Fact, string>;
