import { onScopeDispose, ref } from 'vue';

const EVERY_MS = 30_000;
/** The time, for what a page says about today and how long is left. */
export function useNow() {
  const nowMs = ref(Date.now());
  const timer = setInterval(() => {
    nowMs.value = Date.now();
  }, EVERY_MS);
  onScopeDispose(() => clearInterval(timer));
  return nowMs;
}
