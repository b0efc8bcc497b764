import { ref } from 'vue';

const KEY = 'lanyard-campus-kiosk';

/** `/?kiosk` makes this tab a kiosk until it is closed; a sign-in leads away and back, and it still is one. */
function readKiosk(): boolean {
  if (typeof window === 'undefined') return false;
  try {
    if (new URLSearchParams(location.search).has('kiosk')) sessionStorage.setItem(KEY, '1');
    return sessionStorage.getItem(KEY) === '1';
  } catch {
    return false;
  }
}
export const isKiosk = ref(readKiosk());

/** Leaves the tab a kiosk and nothing else in its storage. */
export function wipeStorage(): void {
  try {
    localStorage.clear();
    sessionStorage.clear();
    if (isKiosk.value) sessionStorage.setItem(KEY, '1');
  } catch {
    // Nothing was kept.
  }
}
