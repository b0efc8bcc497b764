import { ref } from 'vue';
import type { LiveEvent } from '../domain/answers.js';
import { useLongPoll } from './use-long-poll.js';

const KEPT = 30;
const WAIT_SECONDS = 25;

/** Verdicts as they happen, by long poll of the verifier; never a person. `away` while it cannot be reached. Nothing is asked for who may not. */
export function useLive(allowed: boolean, onNews: () => void) {
  const events = ref<LiveEvent[]>([]);
  const { away, start } = useLongPoll<{ events: LiveEvent[]; last: number }>({
    path: '/api/verifier/v1/live?',
    waitSeconds: WAIT_SECONDS,
    onAnswer: (answer) => {
      if (answer.events.length === 0) return;
      events.value = [...answer.events].reverse().concat(events.value).slice(0, KEPT);
      onNews();
    },
  });
  if (allowed) start();
  return { events, away };
}
