import { z } from 'zod';
import { campusModules, facets } from '../../api/index.js';
import { zRuleVersions } from '../rules/rule-table.js';
import { checkStructure } from './check-structure.js';
import { zDanger } from './danger.js';
import { FIELD_NAME, zFormSchema } from './form-schema.js';
import { zMatch } from './match.js';
import { zOwnerRule, zStep } from './step.js';
import { zRoleName, zSlug, zText } from './texts.js';

const zWorkingHours = z.int().min(1).max(4_000);
const zFormValues = z.record(z.string(), z.unknown());

/** A sample and the path it has to take when everybody agrees; or a form that has to be refused. */
const zDefinitionTest = z.discriminatedUnion('expect', [
  z.strictObject({
    name: z.string().min(1).max(100),
    expect: z.literal('path'),
    applicant: z.record(z.string(), z.string()).default({}),
    day: z.iso.date(),
    form: zFormValues,
    /** Steps in the order they open or are passed; branches in the order of the definition. */
    path: z.array(zSlug).min(1).max(60),
  }),
  z.strictObject({
    name: z.string().min(1).max(100),
    expect: z.literal('form-refused'),
    applicant: z.record(z.string(), z.string()).default({}),
    day: z.iso.date(),
    form: zFormValues,
  }),
]);
export type DefinitionTest = z.output<typeof zDefinitionTest>;

/** A service as data. Everything is required unless it says otherwise; nothing unknown is let in. */
export const zServiceDefinition = z
  .strictObject({
    id: zSlug,
    version: z.int().min(1).max(100_000),
    /** Days in Asia/Shanghai on which a case may begin; the last one is inclusive. */
    effective_from: z.iso.date(),
    effective_until: z.iso.date().nullable(),
    /** An incident is about no student: staff report it, and no student ever sees it. */
    about: z.enum(['student', 'incident']).default('student'),
    module: z.enum(campusModules),
    facet: z.enum(facets),
    title: zText,
    summary: zText,
    /** Whoever has none of the roles does not learn that it exists; `applicants` says whether students do. */
    visible_to: z.union([
      z.literal('everyone'),
      z.strictObject({ roles: z.array(zRoleName).min(1).max(10), applicants: z.boolean() }),
    ]),
    start: z.strictObject({
      students: z.boolean(),
      /** Staff who may begin a case on behalf of a student. */
      staff_roles: z.array(zRoleName).max(10),
      /** A rule over the applicant that has to hold. */
      when: zSlug.optional(),
    }),
    form: zFormSchema,
    rules: z.record(zSlug, zRuleVersions),
    steps: z.array(zStep).min(1).max(30),
    /** Time the applicant has after a return. */
    returned_due_working_hours: zWorkingHours,
    may_withdraw: z.boolean(),
    void_by: zOwnerRule.nullable(),
    /** No case closes unless this step was done. */
    closes_only_after: zSlug.nullable(),
    /** A form field (boolean) by which the applicant stays unknown to all but the roles. */
    anonymity: z.strictObject({ field: z.string().regex(FIELD_NAME), known_to: z.array(zRoleName).max(10) }).nullable(),
    /** Words that name danger to life: a duty is called at once, and learns who wrote them. */
    danger: zDanger.optional(),
    /** Which open cases may belong together. */
    match: zMatch.optional(),
    documents: z
      .array(z.strictObject({ id: zSlug, form: z.enum(['credential', 'pdf', 'event']), title: zText }))
      .max(10),
    /** The field whose choice is counted by week and campus, without who chose it. */
    topic_field: z.string().regex(FIELD_NAME).optional(),
    /** The field (boolean) by which the applicant agrees that the answer is published, without him. */
    publish_field: z.string().regex(FIELD_NAME).optional(),
    /** Fields of the form that a published result may say. */
    public_fields: z.array(z.string()).max(20),
    retention_days: z.int().min(30).max(36_500),
    contact: z.strictObject({ office: zText, place: zText, hours: zText, phone: z.string().regex(/^[0-9+ -]{3,20}$/) }),
    published_time_limit_working_hours: zWorkingHours,
    tests: z.array(zDefinitionTest).min(1).max(50),
  })
  .superRefine((definition, check) => {
    for (const { message, path } of checkStructure(definition)) check.addIssue({ code: 'custom', message, path });
  });
export type ServiceDefinition = z.output<typeof zServiceDefinition>;
