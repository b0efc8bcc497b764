import { readdirSync, readFileSync } from 'node:fs';
import { type ServiceDefinition, zServiceDefinition } from '../../src/domain/definitions/definition.js';

const folder = new URL('../../catalogue/', import.meta.url);
export const SCHOOL_CALENDAR_JSON: unknown = JSON.parse(readFileSync(new URL('school-calendar.json', folder), 'utf8'));

/** Every definition as it lies in the catalogue, before parsing. */
export const CATALOGUE_JSON: { id: string; version: number }[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json') && name !== 'school-calendar.json')
  .sort()
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
export const CATALOGUE: ServiceDefinition[] = CATALOGUE_JSON.map((json) => zServiceDefinition.parse(json));
export const serviceOf = (id: string): ServiceDefinition => {
  const found = CATALOGUE.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no ${id} in the catalogue`);
  return found;
};
