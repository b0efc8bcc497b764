import { argon2id, hash, verify } from 'argon2';

/** argon2id with 19 MiB, two passes, one lane (OWASP's first choice). */
const COST = { type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const AT_ONCE = 2;
const WAITING_AT_MOST = 20;

export type HashRefusal = 'busy';

/**
 * Hashing with a bound on memory and processor: two at once, twenty waiting, the rest are told to come back. An account
 * without a password costs the same work as one with: the caller passes undefined.
 */
export async function createPasswordHashing() {
  const nobody = await hash('nobody has this password', COST);
  let running = 0;
  const waiting: (() => void)[] = [];
  async function inTurn<T>(work: () => Promise<T>): Promise<T | HashRefusal> {
    if (running >= AT_ONCE) {
      if (waiting.length >= WAITING_AT_MOST) return 'busy';
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      // The place goes to the next in line, or is given back.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }
  return {
    make: (password: string): Promise<string | HashRefusal> => inTurn(() => hash(password, COST)),
    /** False for a wrong password and for no password at all, after the same work. */
    check: (kept: string | undefined, password: string): Promise<boolean | HashRefusal> =>
      inTurn(async () => {
        const fits = await verify(kept ?? nobody, password);
        return fits && kept !== undefined;
      }),
  };
}
export type PasswordHashing = Awaited<ReturnType<typeof createPasswordHashing>>;
