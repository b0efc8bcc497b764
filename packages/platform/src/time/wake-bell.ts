import { EventEmitter } from 'node:events';

/** Wakes long polls of this process. */
export interface WakeBell {
  ring(): void;
  /** How often it has rung: noted before looking, so that a ring during the look is not slept through. */
  readonly rings: number;
  /**
   * Resolves at the next ring, after `timeoutMs`, or when the client goes away; at once where it has rung since
   * `heard` was noted.
   */
  wait(timeoutMs: number, signal: AbortSignal, heard?: number): Promise<void>;
}

export function createWakeBell(): WakeBell {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  let rings = 0;
  return {
    ring() {
      rings += 1;
      emitter.emit('ring');
    },
    get rings() {
      return rings;
    },
    wait: (timeoutMs, signal, heard = rings) =>
      new Promise((resolve) => {
        if (heard !== rings) return resolve();
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
