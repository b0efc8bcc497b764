import { pageConfig } from '@lanyard/look/staff/page-config.js';
import { ref } from 'vue';
import { ApiProblem, ask } from './api.js';

export interface SignedIn {
  actor: string;
  /** Null for the operator's link. */
  name: string | null;
  number: string | null;
  roles: string[];
  /** What the server lets this person use: `GET issuer /v1/students`. */
  routes: string[];
}

/** Who is signed in; undefined until asked, null when nobody is. */
export const session = ref<SignedIn | null | undefined>(undefined);

/** Asks the server once; later the answer of any call (`session-missing`) ends the session in the page. */
export async function hasSession(): Promise<boolean> {
  if (session.value === undefined) {
    try {
      session.value = await ask<SignedIn>('/api/session');
    } catch (error) {
      // Away or signed out: pages say which when they ask for their data.
      session.value = error instanceof ApiProblem && error.code !== 'session-missing' ? undefined : null;
      return session.value === undefined;
    }
  }
  return session.value !== null;
}

/** Whether to show what needs this route. The server decides; while it has not answered, pages show all they have. */
export const may = (route: string): boolean => session.value?.routes.includes(route) ?? true;

/** Uses a link's code up. @throws {ApiProblem} `link-invalid` for one that is unknown, used or expired. */
export async function openSession(code: string): Promise<void> {
  await ask('/api/session', { method: 'POST', body: { code } });
  session.value = undefined;
}

/** Ends the session here; answers where one is signed out everywhere, if one came from there. */
export async function endSession(): Promise<string | null> {
  const { logout_url: logoutUrl } = await ask<{ logout_url: string | null }>('/api/session/end', {
    method: 'POST',
    body: {},
  });
  session.value = null;
  return logoutUrl;
}

export const universityName = (): string => pageConfig('university');
/** Address of the identity layer; empty where this installation has none. */
export const idpAddress = (): string => pageConfig('idp');
export const walletAddress = (): string => pageConfig('wallet');
