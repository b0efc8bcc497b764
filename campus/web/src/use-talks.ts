import { useEvery } from '@lanyard/look/staff/use-every.js';
import { shallowRef } from 'vue';
import type { Talk } from './answers.js';
import { ask, isUnanswered } from './api.js';

const POLL_MS = 5_000;

/** The talks of one case, looked at every five seconds while somebody looks at the page and one is open. */
export function useTalks(module: string, caseId: string) {
  const base = { module };
  const path = `/cases/${caseId}/talks`;
  const talks = shallowRef<readonly Talk[]>([]);
  const left = shallowRef(0);
  const problem = shallowRef<unknown>();
  /** What was shown last, by the ids of its messages. */
  let shown = '';

  async function look(background: boolean): Promise<void> {
    try {
      const answer = await ask<{ talks: Talk[]; left_today: number }>(base, path, { background });
      talks.value = answer.talks;
      left.value = answer.left_today;
      problem.value = undefined;
      await markRead();
    } catch (error) {
      if (!background || !isUnanswered(error)) problem.value = error;
    }
  }
  /** The next message is told again once what is there has been shown. */
  async function markRead(): Promise<void> {
    const now = talks.value.map(({ messages, state }) => `${messages.at(-1)?.id} ${state}`).join();
    if (now === shown || document.visibilityState !== 'visible') return;
    await ask(base, `${path}/read`, { method: 'POST', body: {}, background: true });
    shown = now;
  }
  useEvery(POLL_MS, () => {
    if (document.visibilityState === 'visible' && talks.value.some(({ state }) => state === 'open')) void look(true);
  });
  void look(false);
  return { talks, left, problem, look };
}
