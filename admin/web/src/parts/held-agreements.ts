import { onScopeDispose, ref } from 'vue';
import { ApiProblem, ask } from '../api.js';
import { type InboxTask, keyOf } from '../domain/inbox.js';

const HELD_SECONDS = 8;

/**
 * Agreements that somebody has given but that are held back for eight seconds, then sent one after the other, each for
 * the version of the case that was looked at. What is not taken comes back.
 */
export function useHeldAgreements(onEnd: (failed: readonly InboxTask[], sent: number) => void) {
  const held = ref<readonly InboxTask[]>([]);
  const secondsLeft = ref(0);
  const sending = ref<{ done: number; of: number }>();
  let timer: ReturnType<typeof setInterval> | undefined;

  async function send(): Promise<void> {
    clearInterval(timer);
    const tasks = held.value;
    held.value = [];
    if (tasks.length === 0) return;
    const failed: InboxTask[] = [];
    sending.value = { done: 0, of: tasks.length };
    for (const task of tasks) {
      const body = { verb: 'agree', step: task.step, version: task.case_version };
      await ask(`/api/campus/v1/cases/${task.case_id}/actions`, {
        method: 'POST',
        body,
        key: `agree-${keyOf(task)}-${task.case_version}`,
      }).catch((error: unknown) => {
        if (!(error instanceof ApiProblem)) throw error;
        failed.push(task);
      });
      sending.value = { done: sending.value.done + 1, of: tasks.length };
    }
    sending.value = undefined;
    onEnd(failed, tasks.length - failed.length);
  }

  function hold(tasks: readonly InboxTask[]): void {
    void send();
    held.value = tasks;
    secondsLeft.value = HELD_SECONDS;
    timer = setInterval(() => {
      secondsLeft.value -= 1;
      if (secondsLeft.value <= 0) void send();
    }, 1_000);
  }

  function undo(): readonly InboxTask[] {
    clearInterval(timer);
    const tasks = held.value;
    held.value = [];
    return tasks;
  }
  // Who leaves the page has decided.
  onScopeDispose(() => void send());
  return { held, secondsLeft, sending, hold, undo, send };
}
