import { ref, watch } from 'vue';

/**
 * Whether there is a network: by the last call that was answered or not, and by what the browser tells meanwhile. What it
 * says of itself at the start is not believed: a PC behind a tunnel says it has none.
 */
export const isOnline = ref(true);
export function sawNetwork(isThere: boolean): void {
  isOnline.value = isThere;
}
if (typeof window !== 'undefined') {
  window.addEventListener('online', () => sawNetwork(true));
  window.addEventListener('offline', () => sawNetwork(false));
}

/** Does something each time the network is back, as long as the page lives that asked for it. */
export function onBackOnline(work: () => void): void {
  watch(isOnline, (isThere) => {
    if (isThere) work();
  });
}
