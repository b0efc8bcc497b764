import { join } from 'node:path';
import { openClientKey, openSealedStore } from '@lanyard/platform';
import type { Installation } from './installation.js';

/** What a service of this installation signs its calls with. */
export function serviceKey({ home }: Installation, service: 'admin' | 'campus' | 'issuer' | 'verifier' | 'idp') {
  return openClientKey(openSealedStore(join(home, service, 'store'), join(home, service, 'key'))).sign;
}
