import { Refusal } from '@lanyard/platform';
import type { ListedName, ReferenceLists } from '../adapters/reference-lists.js';
import type { ServiceDefinition } from '../domain/definitions/definition.js';
import { allSteps } from '../domain/definitions/walk-steps.js';

const ASKED_AGAIN_MS = 30_000;

/**
 * A field that says whose turn it comes to names a college that there is: nobody could go on with a case of another one.
 * While the register cannot say which there are, the form is taken as it is.
 *
 * @throws Refusal `form-invalid`
 */
export async function requireListed(
  definition: Pick<ServiceDefinition, 'steps'>,
  form: Readonly<Record<string, unknown>>,
  lists: ReferenceLists,
): Promise<void> {
  const fields = collegeFields(definition).filter((name) => typeof form[name] === 'string' && form[name] !== '');
  if (fields.length === 0) return;
  const missingIn = (colleges: readonly ListedName[]) =>
    colleges.length === 0 ? [] : fields.filter((field) => !colleges.some(({ name }) => name === form[field]));
  if (missingIn(await lists('colleges')).length === 0) return;
  // One that came a moment ago.
  const missing = missingIn(await lists('colleges', ASKED_AGAIN_MS));
  const errors = missing.map((name) => ({ at: `/${name}`, message: 'enum: not one of the list' }));
  if (errors.length > 0) throw new Refusal('form-invalid', { fields: { errors } });
}

const collegeFields = ({ steps }: Pick<ServiceDefinition, 'steps'>): string[] => [
  ...new Set(
    allSteps(steps).flatMap((step) =>
      ('owners' in step ? (step.owners ?? []) : []).flatMap(({ scope }) =>
        scope.of === 'field' && scope.unit === 'college' ? [scope.field] : [],
      ),
    ),
  ),
];
