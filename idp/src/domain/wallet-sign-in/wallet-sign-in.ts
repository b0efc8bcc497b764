/** What a sign-in by student ID asks of the wallet: who the person is, and nothing else (DCQL, OpenID4VP 1.0 §6). */
export const SIGN_IN_QUERY = {
  credentials: [
    {
      id: 'student_id',
      format: 'dc+sd-jwt',
      meta: { vct_values: ['urn:lanyard:student-id:1'] },
      claims: [{ path: ['student_number'] }, { path: ['university_code'] }],
    },
  ],
} as const;

export type WalletFlow = 'same-device' | 'cross-device';

/** What the verifier says of an answered request. */
export interface PresentedIdentity {
  verdict: 'accepted' | 'rejected' | 'cannot-decide';
  reason: string | undefined;
  studentNumber: string | undefined;
  universityCode: string | undefined;
}

/** Asks the verifier; the identity layer checks no credential itself. */
export interface AskWallet {
  /** `party` is shown by the wallet as where the sign-in leads. */
  request(
    flow: WalletFlow,
    returnUrl: string,
    party: { name_zh: string; name_en: string },
  ): Promise<{ presentationId: string; walletLink: string; expiresAtMs: number }>;
  /** Once per answer. Undefined where the code is not the one of this answer, or was used. */
  read(presentationId: string, responseCode: string): Promise<PresentedIdentity | undefined>;
}

/**
 * Three different two-digit numbers, one of which the first screen shows. The person compares: who was sent somebody
 * else's request has no screen with a number before them.
 * @param random bytes, at least 8
 */
export function drawMatch(random: Uint8Array): { number: number; choices: [number, number, number] } {
  const numbers = new Set<number>();
  for (let index = 0; numbers.size < 3 && index < random.length; index += 1)
    numbers.add(10 + ((random[index] ?? 0) % 90));
  for (let next = 10; numbers.size < 3; next += 1) numbers.add(next);
  const drawn = [...numbers] as [number, number, number];
  const number = drawn[(random[random.length - 1] ?? 0) % 3] ?? drawn[0];
  return { number, choices: drawn.sort((a, b) => a - b) };
}
