/** What waits for somebody, as `GET campus/v1/inbox` answers it. */
interface Words {
  readonly zh: string;
  readonly en: string;
}
export interface InboxTask {
  readonly case_id: string;
  /** Null where a form waits to be mended. */
  readonly step: string | null;
  readonly slot: number;
  readonly service: string;
  readonly service_version: number;
  readonly title_zh: string;
  readonly title_en: string;
  readonly opened_at: string;
  readonly due_at: string;
  /** Null for an applicant whom this reader may not know. */
  readonly applicant: { readonly name: string; readonly student_number: string; readonly class: string } | null;
  readonly fields: readonly { readonly title: Words; readonly value: Words }[];
  readonly case_version: number;
}
export interface CaseDetail {
  readonly id: string;
  readonly service: { readonly id: string; readonly title: Words };
  readonly status: string;
  readonly version: number;
  readonly timeline: readonly {
    readonly step: string;
    readonly title: Words;
    readonly state: 'done' | 'now' | 'next' | 'skipped';
    readonly since: string | null;
    readonly due_at: string | null;
  }[];
  readonly form: Readonly<Record<string, unknown>>;
  readonly your_steps: readonly string[];
}
export interface ServiceDetail {
  readonly form: { readonly properties: Readonly<Record<string, FieldShape>> };
  readonly steps: readonly StepShape[];
}
interface FieldShape {
  readonly title: Words;
  readonly enum?: readonly string[];
  /** Texts of the values of `enum`, in its order. */
  readonly 'x-titles'?: readonly Words[];
}
interface StepShape {
  readonly id: string;
  readonly kind: string;
  readonly title: Words;
  readonly choices?: readonly { readonly id: string; readonly title: Words }[];
  readonly branches?: readonly (readonly StepShape[])[];
}

/** A value as it is read: the text of what was chosen, or what was written. */
export function valueText(field: FieldShape | undefined, value: unknown, language: keyof Words): string {
  const title = field?.['x-titles']?.[field.enum?.indexOf(String(value)) ?? -1];
  if (title !== undefined) return title[language];
  if (typeof value === 'boolean') return { zh: value ? '是' : '否', en: value ? 'yes' : 'no' }[language];
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export const keyOf = ({ case_id, step, slot }: InboxTask): string => `${case_id}/${step ?? ''}/${slot}`;

/** Decided together only where service, version and step are one: then the rule is one too. */
export const kindOf = ({ service, service_version, step }: InboxTask): string =>
  `${service}@${service_version}/${step ?? ''}`;

export function findStep(steps: readonly StepShape[], id: string): StepShape | undefined {
  for (const step of steps) {
    const found = step.id === id ? step : findStep((step.branches ?? []).flat(), id);
    if (found !== undefined) return found;
  }
  return undefined;
}
