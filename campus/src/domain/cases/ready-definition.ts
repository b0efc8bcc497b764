import { compileForm } from '../definitions/check-form.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { ReadyDefinition } from './live-case.js';

/** Compiles the form; done once per version. */
export const makeReady = (definition: ServiceDefinition): ReadyDefinition => ({
  definition,
  checkForm: compileForm(definition.form),
});
