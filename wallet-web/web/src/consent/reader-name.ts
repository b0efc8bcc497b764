import type { Reader } from '@lanyard/protocol';

/** What the certificate calls the asker, else its host; and the host, always. */
export function readerName({ subject, host }: Reader): { name: string; host: string } {
  return { name: subject.organisation ?? subject.commonName ?? host, host };
}
