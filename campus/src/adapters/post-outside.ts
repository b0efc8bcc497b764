import { type GuardedFetch, GuardedFetchError } from '@lanyard/platform';

const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 4_096;

/** What an address outside answered, or why it could not be asked: a code, never a text from outside. */
export type Posted = { readonly status: number } | { readonly trouble: string };

/** One message to a push service or a messenger. Their answers' words are not read. */
export async function postOutside(
  guardedFetch: GuardedFetch,
  url: string,
  { headers, body }: { readonly headers: Record<string, string>; readonly body: string | Uint8Array },
): Promise<Posted> {
  try {
    const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
    const { status } = await guardedFetch(url, { method: 'POST', headers, body, ...limits });
    return { status };
  } catch (error) {
    if (error instanceof GuardedFetchError) return { trouble: error.code };
    throw error;
  }
}

export const isTaken = (status: number): boolean => status >= 200 && status < 300;
