import type { Reader } from '@lanyard/protocol';

/** Who asks, as far as that is proved: without a root that knows it, the host alone. */
export interface Asker {
  readonly name: string;
  readonly host: string;
  /** Who certified it; undefined where nobody did whom our issuer stands for. */
  readonly certifiedBy: string | undefined;
}

/** What the certificate calls the asker, else its host; and the host, always. */
export function askerOf({ subject, issuer, host }: Reader, known: boolean): Asker {
  if (!known) return { name: host, host, certifiedBy: undefined };
  const name = subject.organisation ?? subject.commonName ?? host;
  return { name, host, certifiedBy: issuer.organisation ?? issuer.commonName ?? host };
}
