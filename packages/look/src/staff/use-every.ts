import { onScopeDispose } from 'vue';

/** Does something again and again, as long as the page or the part is there. */
export function useEvery(ms: number, work: () => unknown): void {
  const timer = setInterval(() => void work(), ms);
  onScopeDispose(() => clearInterval(timer));
}
