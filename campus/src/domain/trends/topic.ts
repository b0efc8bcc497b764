import { type CaseState, currentForm } from '../cases/case-state.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import { type Words, wordsOf } from '../views/shown-fields.js';

/** The choice that a case is counted under; undefined where its service names no topic. */
export function topicOf({ topic_field: field }: ServiceDefinition, state: CaseState): string | undefined {
  const topic = field === undefined ? undefined : currentForm(state)[field];
  return typeof topic === 'string' ? topic : undefined;
}

/** A topic in the words of a service; as it is where the service has no words for it, or is gone. */
export function topicWords(definition: ServiceDefinition | undefined, topic: string): Words {
  const field = definition?.topic_field === undefined ? undefined : definition.form.properties[definition.topic_field];
  return field === undefined ? { zh: topic, en: topic } : wordsOf(field, topic);
}
