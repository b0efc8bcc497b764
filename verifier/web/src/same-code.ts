const REMEMBERED_MS = 30_000;

/**
 * Whether a code from the camera is one just handed in: the same picture is seen many times a second, and a second
 * submission would only say `replayed`.
 */
export function createSameCode(nowMs: () => number): (code: string) => boolean {
  const seen = new Map<string, number>();
  return (code) => {
    const now = nowMs();
    for (const [other, at] of seen) if (now - at > REMEMBERED_MS) seen.delete(other);
    const known = seen.has(code);
    // Seen again: it is still in front of the camera, so it stays known.
    seen.set(code, now);
    return known;
  };
}
