import { onScopeDispose, ref } from 'vue';
import { ApiProblem, ask } from '../api.js';
import type { LiveEvent } from '../domain/answers.js';

const KEPT = 30;
const WAIT_SECONDS = 25;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Verdicts as they happen, by long poll of the verifier; never a person. `away` while it cannot be reached. Nothing is asked for who may not. */
export function useLive(allowed: boolean, onNews: () => void) {
  const events = ref<LiveEvent[]>([]);
  const away = ref(false);
  const stop = new AbortController();
  let after = 0;
  let first = true;

  async function follow(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stop.signal.aborted) {
      try {
        const wait = first ? 0 : WAIT_SECONDS;
        const answer = await ask<{ events: LiveEvent[]; last: number }>(
          `/api/verifier/v1/live?after=${after}&wait=${wait}`,
          { signal: stop.signal, timeoutMs: (WAIT_SECONDS + 8) * 1000 },
        );
        away.value = false;
        pauseMs = FIRST_PAUSE_MS;
        after = answer.last;
        first = false;
        if (answer.events.length > 0) {
          events.value = [...answer.events].reverse().concat(events.value).slice(0, KEPT);
          onNews();
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error instanceof ApiProblem && error.code === 'session-missing') return;
        away.value = true;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }
  if (allowed) void follow();
  onScopeDispose(() => stop.abort());
  return { events, away };
}
