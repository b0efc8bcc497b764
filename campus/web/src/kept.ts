/** What this browser keeps for the student signed in. All of it goes when he signs out. */
const PREFIX = 'lanyard-campus/';

let isStopped = false;
/** Whoever was here has gone: what still comes back from a call leaves nothing behind. Until the page is loaded anew. */
export function stopKeeping(): void {
  isStopped = true;
}
export function keep(name: string, value: unknown): void {
  if (isStopped) return;
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Forbidden or full: the page goes on with what it holds itself.
  }
}
export function kept<Value>(name: string): Value | undefined {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? undefined : (JSON.parse(text) as Value);
  } catch {
    return undefined;
  }
}
export function drop(name: string): void {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // Nothing was kept.
  }
}
export function keptNames(): string[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}
export function dropAll(): void {
  for (const name of keptNames()) drop(name);
}
