/** What a client shows of the person it took in. */
export interface Shown {
  user: string;
  name: string;
  /** A claim of several values, as the client reads it. */
  groups: string[];
}

/** An existing system that signs its people in here: another project's client, set up by configuration only. */
export interface ForeignClient {
  id: string;
  /** Registration, as an operator writes it. */
  registration: Record<string, unknown>;
  /** Heading of the settings that are pasted. */
  settings: string;
  /** The page behind the sign-in. */
  page: string;
}

/** Reads what the page shows; undefined where it shows nobody. */
export function shownOn(text: string): Shown | undefined {
  const line = /^SIGNED-IN (\{.*\})$/m.exec(text)?.[1];
  return line === undefined ? undefined : (JSON.parse(line) as Shown);
}

export const PURPOSE = { purpose_zh: '在旧系统里认出本人', purpose_en: 'To know the person in an existing system' };
