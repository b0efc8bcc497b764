import { ruleText } from '../rules/rule-text.js';
import type { ServiceDefinition } from './definition.js';
import type { FormField } from './form-schema.js';
import type { OwnerRule, Step } from './step.js';

export const PARTS = ['step', 'rule', 'field', 'service'] as const;
export type Part = (typeof PARTS)[number];
/** One thing that differs, in words; `before` or `after` is null where there was or is none. */
export interface DifferenceLine {
  readonly part: Part;
  /** Of the step, rule or field; empty for the service itself. */
  readonly id: string;
  /** Which of its properties, as it is called in the definition. */
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}
type Properties = Readonly<Record<string, string>>;
type Things = ReadonlyMap<string, Properties>;

/** What an office sees between two versions: steps, rules, fields, and what the service says of itself. */
export function differenceOf(before: ServiceDefinition, after: ServiceDefinition): DifferenceLine[] {
  return [
    ...compare('step', stepsOf(before), stepsOf(after)),
    ...compare('rule', rulesOf(before), rulesOf(after)),
    ...compare('field', fieldsOf(before), fieldsOf(after)),
    ...compare('service', new Map([['', serviceOf(before)]]), new Map([['', serviceOf(after)]])),
  ];
}

function compare(part: Part, before: Things, after: Things): DifferenceLine[] {
  const ids = [...new Set([...after.keys(), ...before.keys()])];
  return ids.flatMap((id) => {
    const [was, is] = [before.get(id), after.get(id)];
    if (was === undefined || is === undefined)
      return [{ part, id, what: 'there', before: was?.['there'] ?? null, after: is?.['there'] ?? null }];
    return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((what) =>
      what === 'there' || was[what] === is[what]
        ? []
        : [{ part, id, what, before: was[what] ?? null, after: is[what] ?? null }],
    );
  });
}

const both = ({ zh, en }: { zh: string; en: string }): string => `${zh} / ${en}`;
const ownerText = ({ role, scope }: OwnerRule): string =>
  `${role}@${scope.of === 'university' ? 'university' : scope.of === 'field' ? `${scope.unit}:form.${scope.field}` : scope.unit}`;

function stepsOf({ steps }: ServiceDefinition): Things {
  const things = new Map<string, Properties>();
  const walk = (line: readonly Step[], under: string) => {
    for (const [at, step] of line.entries()) {
      things.set(step.id, { ...propertiesOf(step), after: line[at - 1]?.id ?? under });
      if (step.kind === 'parallel')
        for (const [branch, inside] of step.branches.entries()) walk(inside, `${step.id}/${branch + 1}`);
    }
  };
  walk(steps, '');
  return things;
}

function propertiesOf(step: Step): Properties {
  const base = { there: both(step.title), kind: step.kind, title: both(step.title), when: step.when ?? '' };
  if (step.kind === 'parallel') return base;
  if (step.kind === 'emit') return { ...base, document: step.document };
  const breach = { on_breach: step.on_breach.do === 'remind' ? 'remind' : ownerText(step.on_breach.to) };
  if (step.kind === 'student-confirm')
    return { ...base, ...breach, due_working_hours: String(step.due_working_hours), reopens: step.reopens ?? '' };
  const { id: _, kind: __, title: ___, when: ____, on_breach: _____, owners, signing, ...more } = step;
  return {
    ...{ ...base, ...breach },
    ...{ owners: owners.map(ownerText).join(', '), signing },
    ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, textOf(value)])),
  };
}

const rulesOf = ({ rules }: ServiceDefinition): Things =>
  new Map(
    Object.entries(rules).flatMap(([id, versions]) =>
      versions.map((one): [string, Properties] => {
        const text = ruleText(one.when);
        return [
          `${id} v${one.version}`,
          { there: `${text} (${one.effective_from})`, when: text, effective_from: one.effective_from },
        ];
      }),
    ),
  );

function fieldsOf({ form }: ServiceDefinition): Things {
  return new Map(
    Object.entries(form.properties).map(([id, field]): [string, Properties] => {
      const { title, ...rest } = field as FormField & Record<string, unknown>;
      const words = Object.entries(rest).map(([name, value]): [string, string] => [name, textOf(value)]);
      const required = form.required?.includes(id) === true ? 'yes' : 'no';
      return [id, { there: both(title), title: both(title), required, ...Object.fromEntries(words) }];
    }),
  );
}

const SHOWN_APART = ['id', 'version', 'steps', 'rules', 'form', 'tests'];
const serviceOf = (definition: ServiceDefinition): Properties =>
  Object.fromEntries(
    Object.entries(definition).flatMap(([name, value]) => (SHOWN_APART.includes(name) ? [] : [[name, textOf(value)]])),
  );

/** Words of both languages side by side, lists and the rest as they are written. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (typeof value !== 'object') return String(value);
  if ('zh' in value && 'en' in value) return `${value.zh} / ${value.en}`;
  if ('role' in value && 'scope' in value) return ownerText(value as OwnerRule);
  return Object.entries(value)
    .map(([name, inside]) => `${name}: ${textOf(inside)}`)
    .join('; ');
}
