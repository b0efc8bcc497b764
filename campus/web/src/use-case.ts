import { useEvery } from '@lanyard/look/staff/use-every.js';
import { ref, shallowRef } from 'vue';
import type { CaseAnswer, HistoryLine, ServiceDetail } from './answers.js';
import { ApiProblem, ask, isUnanswered, newKey } from './api.js';

const POLL_MS = 5_000;

/** One case as it stands, looked at every five seconds while somebody looks at the page and it is not closed. */
export function useCase(module: string, id: string) {
  const base = { module };
  const found = shallowRef<CaseAnswer>();
  const history = shallowRef<readonly HistoryLine[]>([]);
  const service = shallowRef<ServiceDetail>();
  const problem = shallowRef<unknown>();
  const isBusy = ref(false);

  async function look(background: boolean): Promise<void> {
    try {
      const answer = await ask<CaseAnswer>(base, `/cases/${id}`, { background });
      const isNew = answer.version !== found.value?.version;
      if (isNew) history.value = (await ask<{ history: HistoryLine[] }>(base, `/cases/${id}/history`)).history;
      found.value = answer;
      problem.value = undefined;
    } catch (error) {
      // A look in the background that got no answer leaves what is shown.
      if (!background || !isUnanswered(error)) problem.value = error;
    }
  }
  async function load(): Promise<void> {
    await look(false);
    const name = found.value?.service.id;
    if (name === undefined || service.value !== undefined) return;
    // A service that is no more in force leaves the case as it is, without what it says of delays.
    service.value = await ask<ServiceDetail>(base, `/services/${name}`).catch(() => undefined);
  }
  /** @returns whether it was done */
  async function act(action: Record<string, unknown>): Promise<boolean> {
    if (isBusy.value || found.value === undefined) return false;
    isBusy.value = true;
    problem.value = undefined;
    try {
      const body = { ...action, version: found.value.version };
      await ask(base, `/cases/${id}/actions`, { method: 'POST', body, key: newKey() });
      await look(false);
      return true;
    } catch (error) {
      const isOld = error instanceof ApiProblem && error.code === 'case-version-conflict';
      if (isOld) await look(false);
      problem.value = error;
      return false;
    } finally {
      isBusy.value = false;
    }
  }
  useEvery(POLL_MS, () => {
    if (document.visibilityState !== 'visible' || isBusy.value || found.value === undefined) return;
    if (found.value.status !== 'closed') void look(true);
  });
  void load();
  return { found, history, service, problem, isBusy, load, look, act };
}
