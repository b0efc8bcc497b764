import type { PresentedCard, ReaderEvent, ReaderPort } from '../../src/domain/reader-port.js';

/** The events of a port in their order, each handed out once; health is left out. */
export function tapEvents(port: ReaderPort) {
  const seen: ReaderEvent[] = [];
  let wake = () => {};
  const leave = port.listen((event) => {
    if (event.kind === 'health') return;
    seen.push(event);
    wake();
  });
  async function next(withinMs = 5_000): Promise<ReaderEvent> {
    if (seen.length === 0) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no event within ${withinMs} ms`)), withinMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return seen.shift() as ReaderEvent;
  }
  return {
    next,
    /** The next card; what happened before it is dropped. */
    async card(withinMs = 5_000): Promise<PresentedCard> {
      for (;;) {
        const event = await next(withinMs);
        if (event.kind === 'card') return event.card;
      }
    },
    async gone(): Promise<void> {
      while ((await next()).kind !== 'card-gone');
    },
    clear: () => void seen.splice(0),
    leave,
  };
}
