import { type Ref, ref } from 'vue';

/** Work that may fail, and what it failed with last: the problem is gone as soon as something is tried again. */
export function useAttempt(): { problem: Ref<unknown>; attempt: (work: () => Promise<unknown>) => Promise<void> } {
  const problem = ref<unknown>();
  return {
    problem,
    async attempt(work) {
      problem.value = undefined;
      try {
        await work();
      } catch (error) {
        problem.value = error;
      }
    },
  };
}
