import { ref } from 'vue';
import { ApiProblem, ask } from './api.js';

/** Who is signed in; undefined until asked, null when nobody is. */
export const session = ref<{ role: string; university: string } | null | undefined>(undefined);

/** Asks the server once; later the answer of any call (`session-missing`) ends the session in the page. */
export async function hasSession(): Promise<boolean> {
  if (session.value === undefined) {
    try {
      session.value = await ask<{ role: string; university: string }>('/api/session');
    } catch (error) {
      // Away or signed out: pages say which when they ask for their data.
      session.value = error instanceof ApiProblem && error.code !== 'session-missing' ? undefined : null;
      return session.value === undefined;
    }
  }
  return session.value !== null;
}

/** Uses a link's code up. @throws {ApiProblem} `link-invalid` for one that is unknown, used or expired. */
export async function openSession(code: string): Promise<void> {
  await ask('/api/session', { method: 'POST', body: { code } });
  session.value = undefined;
}

export async function endSession(): Promise<void> {
  await ask('/api/session/end', { method: 'POST', body: {} });
  session.value = null;
}

/** The university's name as the server put it into the page. */
export function universityName(): string {
  const content = document.querySelector('meta[name="lanyard-config"]')?.getAttribute('content');
  try {
    const config: unknown = JSON.parse(content ?? '{}');
    return typeof config === 'object' && config !== null && 'university' in config ? String(config.university) : '';
  } catch {
    return '';
  }
}
