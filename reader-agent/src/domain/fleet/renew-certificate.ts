import type { Wait } from '../follow-package.js';

const lookEveryMs = 3_600_000;
const afterFaultMs = 600_000;
/** A listener that is not there yet may be there tomorrow. */
const withoutListenerMs = 86_400_000;
const renewBeforeMs = 30 * 86_400_000;

/** `kept`: there is a new certificate. `no-listener`: the verifier has none for agents. */
export type Renewal = 'kept' | 'no-listener';

/** Renews the client certificate 30 days before it ends, and gets the first one where there is none. */
export async function renewCertificate(options: {
  /** End of the present one in milliseconds; undefined without any. */
  endsMs: () => number | undefined;
  renew: (signal: AbortSignal) => Promise<Renewal>;
  nowMs: () => number;
  onFault: (error: unknown) => void;
  wait: Wait;
  signal: AbortSignal;
}): Promise<void> {
  const { signal } = options;
  while (!signal.aborted) {
    const endsMs = options.endsMs();
    let pauseMs = lookEveryMs;
    if (endsMs === undefined || endsMs - options.nowMs() < renewBeforeMs) {
      try {
        if ((await options.renew(signal)) === 'no-listener') pauseMs = withoutListenerMs;
      } catch (error) {
        if (signal.aborted) return;
        options.onFault(error);
        pauseMs = afterFaultMs;
      }
    }
    await options.wait(pauseMs, signal);
  }
}
