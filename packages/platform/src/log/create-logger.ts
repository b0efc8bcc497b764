/** One structured line per event. Never a key, token, code, plain student number, name or photo. */
export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
export type LogFields = Record<string, string | number | boolean | null | undefined>;

const FORBIDDEN = /token|secret|password|authorization|cookie|student_number|name_|identity|code_text|key$|proof|jwt/i;
/** Values that this program makes itself. */
const OWN_FIELDS = new Set(['request_id', 'method', 'route', 'code', 'event']);
const LONGEST_VALUE = 500;
const forbiddenNames = new Map<string, boolean>();

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
  if (isForbidden(name)) return '[withheld]';
  if (typeof value !== 'string' || OWN_FIELDS.has(name)) return value;
  // Tokens, codes and long digit runs reach texts by accident (a library's message): cut them out.
  return value
    .slice(0, LONGEST_VALUE)
    .replace(/eyJ[\w-]{8,}[\w.~-]*/g, '[jwt]')
    .replace(/LY[GPC]1:\S+/g, '[code]')
    .replace(/\b\d{8,}[\dXx]?\b/g, '[digits]');
}

/** Field names are few and come from the source: each is looked at once. */
function isForbidden(name: string): boolean {
  let forbidden = forbiddenNames.get(name);
  if (forbidden === undefined) {
    forbidden = FORBIDDEN.test(name);
    if (forbiddenNames.size < 1000) forbiddenNames.set(name, forbidden);
  }
  return forbidden;
}
