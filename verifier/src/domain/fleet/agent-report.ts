import { z } from 'zod';

const zCount = z.number().int().min(0).max(9_999_999_999);
const zSeconds = zCount;
/** Codes only: there is no field an agent could put a name into. */
const zCode = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/);
/** As drivers name their readers. */
const zReaderName = z.string().regex(/^[\x20-\x7e]{1,100}$/);
const zLine = z.enum(['none', 'connected', 'lost']);

/** What an agent says of itself once a minute and upon change (docs/formats.md): states and counts, no events. */
export const zAgentReport = z.strictObject({
  version: z.string().regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/),
  /** Grows when agents and verifiers have to understand something new. */
  protocol: z.number().int().min(1).max(1_000),
  uptime_seconds: zSeconds,
  /** Starts of the process within the last hour, this one included. */
  starts_in_hour: zCount,
  package: z.strictObject({
    sequence: zCount.nullable(),
    age_seconds: zSeconds.nullable(),
    level: z.enum(['none', 'fresh', 'grace', 'expired']),
  }),
  journal: z.strictObject({ whole: z.boolean(), waiting: zCount, oldest_seconds: zSeconds.nullable() }),
  clock: z.strictObject({
    offset_ms: z.number().int().min(-1e12).max(1e12).nullable(),
    uncertainty_ms: z.number().int().min(0).max(60_000),
    reliable: z.boolean(),
  }),
  readers: z
    .strictObject({
      state: z.enum(['starting', 'not-installed', 'no-daemon', 'working', 'failing']),
      readers: z.array(z.strictObject({ name: zReaderName, state: z.enum(['ready', 'stuck']) })).max(8),
      restarts: zCount,
    })
    .nullable(),
  scanner: zLine,
  door: zLine,
  /** `used`: a code came by the camera page since the agent started. */
  camera: z.enum(['idle', 'used']),
  settings: z.strictObject({ revision: zCount, refused: z.strictObject({ revision: zCount, code: zCode }).nullable() }),
  tls_until: zSeconds.nullable(),
  /** The newest of each code, newest first. */
  faults: z.array(z.strictObject({ code: zCode, at: zSeconds, times: zCount })).max(10),
});
export type AgentReport = z.output<typeof zAgentReport>;
