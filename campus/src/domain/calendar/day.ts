/** Calendar day (YYYY-MM-DD) of an instant in Asia/Shanghai, without summer time since 1991. */
export const dayInShanghai = (nowMs: number): string => new Date(nowMs + 8 * 3_600_000).toISOString().slice(0, 10);
