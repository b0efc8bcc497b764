import { onScopeDispose, type Ref, ref } from 'vue';
import { ApiProblem, ask } from '../api.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * What comes after what was there, asked again as soon as it is answered, as long as the page or the part is there. It
 * keeps no session awake. `away` while nothing can be had.
 */
export function useLongPoll<Answer extends { readonly last: number }>(poll: {
  readonly path: string;
  readonly waitSeconds: number;
  readonly onAnswer: (answer: Answer) => void;
}): { away: Ref<boolean>; start: () => void } {
  const away = ref(false);
  const stop = new AbortController();
  let after = 0;
  let first = true;

  async function follow(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stop.signal.aborted) {
      try {
        const wait = first ? 0 : poll.waitSeconds;
        const options = { signal: stop.signal, timeoutMs: (poll.waitSeconds + 8) * 1000, background: true };
        const answer = await ask<Answer>(`${poll.path}after=${after}&wait=${wait}`, options);
        away.value = false;
        pauseMs = FIRST_PAUSE_MS;
        after = answer.last;
        first = false;
        poll.onAnswer(answer);
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error instanceof ApiProblem && error.code === 'session-missing') return;
        away.value = true;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }
  onScopeDispose(() => stop.abort());
  return { away, start: () => void follow() };
}
