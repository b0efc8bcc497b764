import { ask } from './api.js';

/** Where there is no worker or no push, as in the iPhone's browser outside of the home screen. */
export const canPush = (): boolean =>
  'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

/** Only Apple's browsers know `standalone`: they push to what lies on the home screen, and to no page in a tab. */
export const wantsHomeScreen = (): boolean => (navigator as { standalone?: boolean }).standalone === false;

const ready = (): Promise<ServiceWorkerRegistration> => navigator.serviceWorker.ready;

export async function isPushOn(): Promise<boolean> {
  if (!canPush()) return false;
  const registration = await navigator.serviceWorker.getRegistration();
  return (
    ((await registration?.pushManager.getSubscription()) ?? null) !== null && Notification.permission === 'granted'
  );
}

/** By a button alone: only then somebody is asked. `blocked`: not allowed by whoever was asked, now or before. */
export async function turnPushOn(): Promise<'on' | 'blocked' | 'failed'> {
  if ((await Notification.requestPermission()) !== 'granted') return 'blocked';
  const { key } = await ask<{ key: string }>('home', '/push-key');
  const registration = await ready();
  let subscription: PushSubscription;
  try {
    subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch {
    return 'failed';
  }
  const { endpoint, keys } = subscription.toJSON();
  await ask('home', '/push-subscriptions', { method: 'PUT', body: { endpoint, keys } });
  return 'on';
}

/** The browser forgets first: what is sent until the server knows comes to nobody. */
export async function turnPushOff(): Promise<void> {
  if (!canPush()) return;
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  if (subscription === undefined || subscription === null) return;
  await subscription.unsubscribe();
  const body = { endpoint: subscription.endpoint };
  await ask('home', '/push-subscriptions', { method: 'DELETE', body, background: true });
}
