import { AsyncLocalStorage } from 'node:async_hooks';
import { deviceOf, placeOf } from '../../domain/sign-in/request-origin.js';
import type { RequestOrigin } from '../../storage/session-store.js';

const origins = new AsyncLocalStorage<RequestOrigin>();

/** Runs `work` with the device and place of this request at hand, for what the provider saves on the way. */
export const withOrigin = <T>(userAgent: string, address: string, work: () => T): T =>
  origins.run({ device: deviceOf(userAgent), place: placeOf(address) }, work);

export const currentOrigin = (): RequestOrigin => origins.getStore() ?? { device: '-', place: '-' };
