/** What the server put into the page, by name; empty where it did not. */
export function pageConfig(name: string): string {
  const content = document.querySelector('meta[name="lanyard-config"]')?.getAttribute('content');
  try {
    const config: unknown = JSON.parse(content ?? '{}');
    const value = typeof config === 'object' && config !== null ? (config as Record<string, unknown>)[name] : undefined;
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}
