const two = (value: number) => String(value).padStart(2, '0');

/** `2026-11-23 14:05` in the reader's own time zone; seconds where the order of events matters. */
export function showMoment(iso: string | null | undefined, seconds = false): string {
  if (iso === null || iso === undefined) return '';
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}${seconds ? `:${two(at.getSeconds())}` : ''}`;
}

/** `2026-11-23` for today, in the reader's own time zone. */
export function dayOf(nowMs: number): string {
  return showMoment(new Date(nowMs).toISOString()).slice(0, 10);
}

/** `9:05` until a time; `0:00` once it is over. */
export function showCountdown(untilIso: string, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((Date.parse(untilIso) - nowMs) / 1000));
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** Whether a semester registration holds on a day (`null`: never registered). */
export function isRegistered(registeredUntil: string | null, today: string): boolean {
  return registeredUntil !== null && registeredUntil.slice(0, 10) >= today;
}

/** What a field of date and time holds, as an instant; empty stays empty. */
export const instantOf = (local: string): string => (local === '' ? '' : new Date(local).toISOString());
