import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isPublicWorkday } from './adapters/public-holidays.js';
import { parseSmtpUrl } from './adapters/smtp-settings.js';
import { parseSchoolCalendar } from './domain/calendar/school-calendar.js';

const OWN_CALENDAR = new URL('../catalogue/school-calendar.json', import.meta.url).pathname;

/** Configuration of campus, from the environment the launcher gives (docs/services.md). */
export const zCampusConfig = z
  .object({
    LANYARD_PORT: z.coerce.number().int().min(1).max(65_535).describe('Port on the loopback'),
    LANYARD_DATABASE_URL: z.string().startsWith('postgres').describe('Run-time role of schema campus'),
    LANYARD_DATABASE_SEAL_URL: z.string().startsWith('postgres').describe('Role that seals the audit'),
    LANYARD_STORE: z.string().min(1).describe('Folder of sealed files'),
    LANYARD_KEY_FILE: z.string().min(1).describe('Key file that opens the sealed files, mode 0600'),
    LANYARD_OPERATOR_TOKEN_DIGEST_FILE: z
      .string()
      .default('')
      .describe('File with the hex SHA-256 of the operator token; may be missing'),
    LANYARD_CALLERS: z.string().min(1).describe('Folder with the public client keys of other services'),
    LANYARD_PUBLIC_URL_ISSUER: z.url().describe('Address of the issuer, whose register fills forms'),
    LANYARD_PUBLIC_URL_CAMPUS: z.url().default('http://localhost:8084').describe('Origin of the five modules'),
    LANYARD_PUBLIC_URL_IDP: z.url().optional().describe('Identity layer that students sign in through'),
    LANYARD_PUBLIC_URL_VERIFIER: z
      .url()
      .default('http://localhost:8083')
      .describe('Verifier, which reads the codes of who comes to an activity'),
    LANYARD_PUBLIC_URL_WALLET: z.url().default('http://localhost:8080').describe('Origin of the wallet'),
    LANYARD_PUBLIC_URL_ADMIN: z.url().default('http://localhost:8085').describe('Origin of the console'),
    LANYARD_SMTP_URL: z
      .string()
      .default('')
      .transform((text, check) => {
        if (text === '') return undefined;
        const settings = parseSmtpUrl(text);
        // The text holds a password and is not repeated.
        if (settings === undefined) check.addIssue({ code: 'custom', message: 'is no smtp:// or smtps:// address' });
        return settings;
      })
      .describe('Mail server for notices, smtps://USER:PASSWORD@HOST:PORT or smtp://…; without it no mail is sent'),
    LANYARD_MAIL_FROM: z
      .union([z.literal(''), z.email()])
      .default('')
      .describe('Sender of mails; needed with LANYARD_SMTP_URL'),
    LANYARD_FETCH_ALLOW: z
      .string()
      .default('')
      .describe('Private hosts that may be called, host or host:port, with commas between'),
    LANYARD_UNIVERSITY_NAME: z.string().default('示例大学').describe('Name of the university'),
    LANYARD_SCHOOL_CALENDAR: z
      .string()
      .default(OWN_CALENDAR)
      .transform((path, check) => {
        try {
          return parseSchoolCalendar(JSON.parse(readFileSync(path, 'utf8')), isPublicWorkday);
        } catch (error) {
          check.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'not readable' });
          return z.NEVER;
        }
      })
      .describe('JSON file with working hours and holidays of the school'),
  })
  .refine(({ LANYARD_SMTP_URL: smtp, LANYARD_MAIL_FROM: from }) => smtp === undefined || from !== '', {
    path: ['LANYARD_MAIL_FROM'],
    message: 'is needed with LANYARD_SMTP_URL',
  });
export type CampusConfig = z.output<typeof zCampusConfig>;
