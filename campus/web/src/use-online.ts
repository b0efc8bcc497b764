import { onScopeDispose, ref } from 'vue';

/** Whether the browser has a network, as far as it knows. */
export const isOnline = ref(typeof navigator === 'undefined' || navigator.onLine !== false);
if (typeof window !== 'undefined') {
  window.addEventListener('online', () => {
    isOnline.value = true;
  });
  window.addEventListener('offline', () => {
    isOnline.value = false;
  });
}

/** Does something each time the network is back. */
export function onBackOnline(work: () => void): void {
  window.addEventListener('online', work);
  onScopeDispose(() => window.removeEventListener('online', work));
}
