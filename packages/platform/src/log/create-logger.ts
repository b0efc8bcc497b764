/** One structured line per event. Never a key, token, code, plain student number, name or photo. */
export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
export type LogFields = Record<string, string | number | boolean | null | undefined>;

const FORBIDDEN = /token|secret|password|authorization|cookie|student_number|name_|identity|code_text|key$|proof|jwt/i;
const LONGEST_VALUE = 500;

/** A logger that writes JSON lines and blanks fields whose name says that they hold what a log must not. */
export function createLogger(service: string, write: (line: string) => void, nowMs: () => number): Logger {
  const log =
    (level: string) =>
    (event: string, fields: LogFields = {}) => {
      const clean = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, sanitise(name, value)]));
      write(JSON.stringify({ at: new Date(nowMs()).toISOString(), level, service, event, ...clean }));
    };
  return { info: log('info'), warn: log('warn'), error: log('error') };
}

function sanitise(name: string, value: LogFields[string]): LogFields[string] {
  if (FORBIDDEN.test(name)) return '[withheld]';
  if (typeof value !== 'string') return value;
  // Tokens, codes and long digit runs reach texts by accident (a library's message): cut them out.
  return value
    .slice(0, LONGEST_VALUE)
    .replace(/eyJ[\w-]{8,}[\w.~-]*/g, '[jwt]')
    .replace(/LY[GPC]1:\S+/g, '[code]')
    .replace(/\b\d{8,}[\dXx]?\b/g, '[digits]');
}
