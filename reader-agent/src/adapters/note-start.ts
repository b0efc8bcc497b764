import type { SealedStore } from '@lanyard/platform';
import { z } from 'zod';

const file = 'starts';
const most = 20;
const zStarts = z.array(z.number());

/** Notes that the process starts; answers how often it did within the hour before a time, in seconds. */
export function noteStart(store: SealedStore, nowSeconds: number): (nowSeconds: number) => number {
  const starts = [...readStarts(store), nowSeconds].slice(-most);
  store.write(file, Buffer.from(JSON.stringify(starts)));
  return (now) => starts.filter((at) => at > now - 3_600 && at <= now).length;
}

/** Empty where there are none: a lost count is no reason not to start. */
function readStarts(store: SealedStore): number[] {
  const text = store.read(file);
  return text === undefined ? [] : (zStarts.safeParse(JSON.parse(text.toString('utf8'))).data ?? []);
}
