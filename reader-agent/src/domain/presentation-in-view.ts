import { samePresentationGapSeconds } from '@lanyard/protocol';

/** What each reader sees right now: a code that stays in view without a gap over 1.5 s is one presentation. */
export interface PresentationsInView<T> {
  /** The value kept for this text if it is still in view of this reader; being seen again keeps it in view. */
  stillInView(readerId: string, text: string, nowMs: number): T | undefined;
  keep(readerId: string, text: string, nowMs: number, value: T): void;
}

const maxKept = 32;

/** A negative gap is a clock set back: never the same presentation (formats.md §5). */
export function createPresentationsInView<T>(): PresentationsInView<T> {
  const kept = new Map<string, { value: T; seenMs: number }>();
  const inView = (seenMs: number, nowMs: number) =>
    nowMs >= seenMs && nowMs - seenMs <= samePresentationGapSeconds * 1000;
  return {
    stillInView(readerId, text, nowMs) {
      const found = kept.get(`${readerId} ${text}`);
      if (found === undefined || !inView(found.seenMs, nowMs)) return undefined;
      found.seenMs = nowMs;
      return found.value;
    },
    keep(readerId, text, nowMs, value) {
      if (kept.size >= maxKept) for (const [name, { seenMs }] of kept) if (!inView(seenMs, nowMs)) kept.delete(name);
      if (kept.size >= maxKept) kept.clear();
      kept.set(`${readerId} ${text}`, { value, seenMs: nowMs });
    },
  };
}
