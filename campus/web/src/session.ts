import { pageConfig } from '@lanyard/look/staff/page-config.js';
import { ref } from 'vue';
import type { Session } from './answers.js';
import { ApiProblem, ask, type Base, onSignedIn, signInAddress } from './api.js';
import { dropAll, keep, kept, stopKeeping } from './kept.js';

/** Who is signed in at home; kept for the time without a network, when nothing can be asked. */
export const session = ref<Session | undefined>(undefined);
/** True while the name shown is the one kept from before. */
export const isFromBefore = ref(false);

const WENT = 'lanyard-campus-went';
/** A session that answers was kept: the next time it is missing, it has ended. */
onSignedIn((base) => {
  try {
    sessionStorage.removeItem(`${WENT}/${base === 'home' ? 'home' : base.module}`);
  } catch {
    // There is nothing to take away.
  }
});

let asking: Promise<void> | undefined;
/** Asks once. Without a network the student of this browser may go on with what it keeps. */
export function openSession(): Promise<void> {
  asking ??= readSession().finally(() => {
    asking = undefined;
  });
  return session.value !== undefined && !isFromBefore.value ? Promise.resolve() : asking;
}

async function readSession(): Promise<void> {
  try {
    const answer = await ask<Session>('home', '/session');
    const before = kept<Session>('session');
    // Another student on the same device finds nothing of the one before.
    if (before !== undefined && before.student_number !== answer.student_number) dropAll();
    session.value = answer;
    isFromBefore.value = false;
    keep('session', answer);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return;
    const before = kept<Session>('session');
    if (before === undefined) return;
    session.value = before;
    isFromBefore.value = true;
  }
}

/** Ends every session of this student here, and what this browser keeps of him; answers where to go. */
export async function endSession(): Promise<string> {
  const { location } = await ask<{ location: string }>('home', '/session/end', { method: 'POST' });
  dropAll();
  stopKeeping();
  return location;
}

/** Where the browser is, to come back to. */
export const hereNow = (): string => location.pathname + location.search + location.hash;
const SOON_MS = 10_000;
/** Goes to sign in and comes back; where that has just been tried, to the page that says so. */
export function goToSignIn(base: Base, here: string): void {
  const name = base === 'home' ? 'home' : base.module;
  const nowMs = Date.now();
  let last = 0;
  try {
    last = Number(sessionStorage.getItem(`${WENT}/${name}`) ?? 0);
    sessionStorage.setItem(`${WENT}/${name}`, String(nowMs));
  } catch {
    // Without storage the sign-in itself refuses what has no cookie.
  }
  const page = base === 'home' ? '/home/sign-in' : `/m/${base.module}/sign-in`;
  location.assign(
    nowMs - last < SOON_MS
      ? `${page}?problem=session-not-kept&next=${encodeURIComponent(here)}`
      : signInAddress(base, here),
  );
}

export const universityName = (): string => pageConfig('university');
export const walletAddress = (): string => pageConfig('wallet').replace(/\/$/, '');
/** Where a lost phone or card is blocked, and a new phone takes over; empty where no identity layer is configured. */
export function lostThingsAddress(): string {
  const idp = pageConfig('idp').replace(/\/$/, '');
  return idp === '' ? '' : `${idp}/account/student-id`;
}
