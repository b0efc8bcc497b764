import { DocumentError } from '../errors.js';

/** Readers of a policy's fields; each names the field where it does not fit. */
function refused(field: string): DocumentError {
  return new DocumentError('checkpoint-policy', 'malformed', field);
}

/** An object with no field but the known ones. */
export function record(value: unknown, field: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(field);
  for (const name of Object.keys(value)) if (!known.includes(name)) throw refused(`${field}: unknown ${name}`);
  return value as Record<string, unknown>;
}

export function list(value: unknown, field: string, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > max) throw refused(field);
  return value;
}

export function integer(value: unknown, field: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) throw refused(field);
  return value;
}

export function boolean(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw refused(field);
  return value;
}

export function text(value: unknown, field: string, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw refused(field);
  return value;
}

export function oneOf<T extends string>(value: unknown, field: string, allowed: readonly T[]): T {
  const found = allowed.find((item) => item === value);
  if (found === undefined) throw refused(field);
  return found;
}
