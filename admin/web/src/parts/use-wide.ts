import { onScopeDispose, type Ref, ref } from 'vue';

/** Whether the page is at least 768 px wide: a table there, a list below. */
export function useWide(): Ref<boolean> {
  const query = window.matchMedia('(min-width: 768px)');
  const wide = ref(query.matches);
  const follow = () => {
    wide.value = query.matches;
  };
  query.addEventListener('change', follow);
  onScopeDispose(() => query.removeEventListener('change', follow));
  return wide;
}
