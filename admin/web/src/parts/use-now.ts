import { onScopeDispose, type Ref, ref } from 'vue';

/** The time in Unix milliseconds, once a second, for countdowns and ages. */
export function useNow(): Ref<number> {
  const now = ref(Date.now());
  const timer = setInterval(() => {
    now.value = Date.now();
  }, 1000);
  onScopeDispose(() => clearInterval(timer));
  return now;
}
