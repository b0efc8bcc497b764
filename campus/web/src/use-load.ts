import { onScopeDispose, ref, shallowRef } from 'vue';

/** Data of a page: loaded at once, again on demand, and what went wrong. The last answer stays while a new one comes. */
export function useLoad<Data>(read: () => Promise<Data>) {
  const data = shallowRef<Data>();
  const problem = shallowRef<unknown>();
  const isLoading = ref(false);
  let turn = 0;
  async function load(): Promise<void> {
    const mine = ++turn;
    isLoading.value = true;
    try {
      const answer = await read();
      if (mine !== turn) return;
      data.value = answer;
      problem.value = undefined;
    } catch (error) {
      if (mine === turn) problem.value = error;
    } finally {
      if (mine === turn) isLoading.value = false;
    }
  }
  onScopeDispose(() => {
    turn++;
  });
  void load();
  return { data, problem, isLoading, load };
}
