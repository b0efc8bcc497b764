import { EventEmitter } from 'node:events';

/** Wakes long polls of this process. */
export interface WakeBell {
  ring(): void;
  /** Resolves at the next ring, after `timeoutMs`, or when the client goes away. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

export function createWakeBell(): WakeBell {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return {
    ring: () => void emitter.emit('ring'),
    wait: (timeoutMs, signal) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          emitter.off('ring', done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        emitter.once('ring', done);
        signal.addEventListener('abort', done, { once: true });
        if (signal.aborted) done();
      }),
  };
}
