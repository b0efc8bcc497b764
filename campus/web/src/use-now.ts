import { useEvery } from '@lanyard/look/staff/use-every.js';
import { ref } from 'vue';

const EVERY_MS = 30_000;
/** The time, for what a page says about today and how long is left. */
export function useNow() {
  const nowMs = ref(Date.now());
  useEvery(EVERY_MS, () => {
    nowMs.value = Date.now();
  });
  return nowMs;
}
