import type { KeptRecord } from '../storage/kept.js';

/** The history as a file a person can keep or hand on: times as RFC 3339, names as they are kept, no keys. */
export function exportRecords(records: readonly KeptRecord[], exportedAtMs: number): string {
  const rows = records.map(({ atMs, kind, to, known, purpose, cards, learned, reason }) => ({
    at: new Date(atMs).toISOString(),
    kind,
    ...(to === undefined ? {} : { to }),
    ...(known === undefined ? {} : { certified: known }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(cards === undefined ? {} : { cards }),
    ...(learned === undefined ? {} : { claims: learned }),
    ...(reason === undefined ? {} : { reason }),
  }));
  return JSON.stringify({ exported_at: new Date(exportedAtMs).toISOString(), records: rows }, null, 2);
}

/** Hands a text to the browser as a download. */
export function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it in its own time.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
