import { useEvery } from '@lanyard/look/staff/use-every.js';
import { shallowRef } from 'vue';
import type { Confirmation } from './answers.js';
import { ask, type Base } from './api.js';

const EVERY_MS = 4_000;

/** What a window waits for this student's word on: looked at while the page is seen, because he stands there. */
export function useConfirmations(base: Base) {
  const confirmations = shallowRef<readonly Confirmation[]>([]);
  async function askConfirmations(): Promise<void> {
    if (document.visibilityState !== 'visible') return;
    try {
      const answer = await ask<{ confirmations: Confirmation[] }>(base, '/window-confirmations', { background: true });
      confirmations.value = answer.confirmations;
    } catch {
      // What was shown stays until the next answer.
    }
  }
  useEvery(EVERY_MS, askConfirmations);
  void askConfirmations();
  return { confirmations, askConfirmations };
}
