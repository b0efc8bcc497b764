import type { z } from 'zod';

/** Every problem of a configuration at once, for the one who starts the service. */
export class ConfigurationError extends Error {
  constructor(
    service: string,
    readonly problems: string[],
  ) {
    super(`Configuration of ${service} is not complete:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * Parses the environment once, in `main.ts`. Empty strings count as absent.
 * @throws ConfigurationError naming every field that is wrong
 */
export function parseConfig<Schema extends z.ZodType>(
  service: string,
  schema: Schema,
  environment: Record<string, string | undefined>,
): z.output<Schema> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  throw new ConfigurationError(
    service,
    result.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`),
  );
}
