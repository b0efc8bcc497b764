import { describe, expect, it } from 'vitest';
import { campusModules } from '../../src/api/index.js';
import { makeReady } from '../../src/domain/cases/ready-definition.js';
import { runDefinitionTests } from '../../src/domain/cases/run-definition-tests.js';
import { listFields } from '../../src/domain/definitions/form-schema.js';
import { allSteps } from '../../src/domain/definitions/walk-steps.js';
import { FACTS } from '../../src/domain/people/person.js';
import { CATALOGUE } from '../support/catalogue.js';

describe.each(CATALOGUE.map((definition) => [definition.id, definition] as const))('%s', (_, definition) => {
  it('passes the tests in its own file', () => {
    expect(runDefinitionTests(makeReady(definition))).toEqual([]);
    expect(definition.tests.some(({ expect }) => expect === 'path')).toBe(true);
    expect(definition.tests.some(({ expect }) => expect === 'form-refused')).toBe(true);
  });

  it('asks nothing the register holds [P7]', () => {
    const asked = listFields(definition.form, []).filter(
      ({ path, field }) => field['x-prefill'] === undefined && (FACTS as readonly string[]).includes(path.at(-1) ?? ''),
    );
    expect(asked).toEqual([]);
  });

  it('has both languages in every text', () => {
    const texts = JSON.stringify(definition).match(/"zh":"[^"]*","en":"[^"]*"/g) ?? [];
    expect(texts.length).toBeGreaterThan(allSteps(definition.steps).length);
    for (const text of texts) expect(text).toMatch(/"zh":"[^"]*[\u4e00-\u9fff0-9][^"]*","en":"[^"\u4e00-\u9fff]+"/);
  });

  it('names an owner and a due time for every step somebody answers', () => {
    for (const step of allSteps(definition.steps))
      if (step.kind !== 'parallel' && step.kind !== 'emit') {
        expect(step.kind === 'respond' ? step.due_minutes : step.due_working_hours).toBeGreaterThan(0);
        if (step.kind !== 'student-confirm') expect(step.owners.length).toBeGreaterThan(0);
      }
  });
});

it('every module has at least three services', () => {
  for (const module of campusModules)
    expect(CATALOGUE.filter((one) => one.module === module).length).toBeGreaterThanOrEqual(3);
});
