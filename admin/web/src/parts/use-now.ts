import { useEvery } from '@lanyard/look/staff/use-every.js';
import { type Ref, ref } from 'vue';

/** The time in Unix milliseconds, once a second, for countdowns and ages. */
export function useNow(): Ref<number> {
  const now = ref(Date.now());
  useEvery(1000, () => {
    now.value = Date.now();
  });
  return now;
}
