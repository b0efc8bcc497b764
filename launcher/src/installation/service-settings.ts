import { join, resolve } from 'node:path';
import type { Installation } from './read-installation.js';

type Settings = Record<string, string>;

/** Those of the names that the environment sets; an empty one is not set. */
const passedOn = (environment: NodeJS.ProcessEnv, isWanted: (name: string) => boolean): Settings =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && value !== '' && isWanted(name) ? [[name, value]] : [],
    ),
  );

/** The university's message gateway, or a folder of this home where there is none. */
export function noticeSettings(installation: Installation, environment: NodeJS.ProcessEnv): Settings {
  const url = environment['LANYARD_NOTICE_GATEWAY_URL'];
  if (!url) return { LANYARD_NOTICE_FOLDER: join(installation.home, 'issuer', 'notices') };
  return {
    LANYARD_NOTICE_GATEWAY_URL: url,
    LANYARD_NOTICE_GATEWAY_TOKEN: environment['LANYARD_NOTICE_GATEWAY_TOKEN'] ?? '',
  };
}

const OF_CAMPUS = ['LANYARD_SMTP_URL', 'LANYARD_MAIL_FROM'];

/** The mail server is campus's alone: its password goes to no other process. The calendar's path is the operator's. */
export function campusSettings(environment: NodeJS.ProcessEnv): Settings {
  const calendar = environment['LANYARD_SCHOOL_CALENDAR'];
  return {
    ...passedOn(environment, (name) => OF_CAMPUS.includes(name)),
    ...(calendar ? { LANYARD_SCHOOL_CALENDAR: resolve(calendar) } : {}),
  };
}

const OF_IDENTITY = [
  ...['LANYARD_PASSWORDS', 'LANYARD_BREACHED_PASSWORDS', 'LANYARD_CAS_PREFIXES', 'LANYARD_UPSTREAMS'],
  'LANYARD_TRUSTED_PROXIES',
];

/** What the university has decided about sign-in, and the secrets of its upstream servers. */
export const identitySettings = (environment: NodeJS.ProcessEnv): Settings =>
  passedOn(environment, (name) => OF_IDENTITY.includes(name) || name.startsWith('LANYARD_UPSTREAM_SECRET_'));
