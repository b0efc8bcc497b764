import type { Words } from '@lanyard/look/forms/form-schema.js';
import { bothLanguages } from './both-languages.js';
import type { Draft } from './definition-draft.js';
import { withStepAfter } from './definition-steps.js';

/** A service with nothing yet but its name: who asks, one step, one test. */
export function newDefinition(named: { id: string; zh: string; en: string; module: string }, today: string): Draft {
  const known = (name: string, title: Words) => [name, { type: 'string', title, maxLength: 200, 'x-prefill': name }];
  const title = bothLanguages(named.zh, named.en);
  const office = { zh: '学生事务中心', en: 'Student affairs centre' };
  return {
    ...{ id: named.id, version: 1, effective_from: today, effective_until: null, module: named.module },
    ...{ facet: 'services', title, summary: title, visible_to: 'everyone' },
    start: { students: true, staff_roles: [] },
    form: {
      type: 'object',
      properties: Object.fromEntries([
        known('name', { zh: '姓名', en: 'Name' }),
        known('student_number', { zh: '学号', en: 'Student number' }),
      ]),
      ...{ required: ['name', 'student_number'], additionalProperties: false },
    },
    rules: {},
    ...withStepAfter({ steps: [] }, undefined, 'approve'),
    ...{ returned_due_working_hours: 35, may_withdraw: true, void_by: null, closes_only_after: null, anonymity: null },
    ...{ documents: [], public_fields: [], retention_days: 1_095 },
    contact: {
      office,
      place: office,
      hours: { zh: '工作日 8:30–17:30', en: 'Working days 8:30–17:30' },
      phone: '000-0000',
    },
    published_time_limit_working_hours: 35,
    tests: [{ name: 'approved', expect: 'path', day: today, form: {}, path: ['approve-1'] }],
  };
}
