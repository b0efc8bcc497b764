import type { ServiceDefinition } from '../domain/definitions/definition.js';

/** What is said of the duty before anybody writes. The words stay in the definition. */
export const dangerAnswer = ({ danger }: ServiceDefinition) =>
  danger === undefined ? null : { said: danger.said, phones: danger.phones, on_breach: danger.on_breach };
