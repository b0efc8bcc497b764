import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperatorClient } from '../client/call-service.js';
import { importService } from '../commands/services.js';
import { onceInHome } from '../installation/prepare-databases.js';
import type { Installation } from '../installation/read-installation.js';
import { makeDemoActivities } from './demo-activities.js';
import { makeDemoCounter } from './demo-counter.js';
import { makeDemoResidences } from './demo-residences.js';
import { demoNumber, demoSeats, makeDemoRoster, UNREGISTERED_SEAT } from './demo-roster.js';
import { makeDemoWindows } from './demo-windows.js';

const portraitFolder = new URL('../../assets/portraits/', import.meta.url).pathname;
const staffRoster = new URL('../../assets/staff.csv', import.meta.url).pathname;
const catalogueFolder = new URL('../../../campus/catalogue/', import.meta.url).pathname;
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const REGISTERED_UNTIL = '2027-02-28';

const enrolled = { states: ['enrolled', 'exchange'] };
const inZone = (mode: 'soft' | 'hard', direction: 'in' | 'both', hours: number) => ({
  anti_passback: { mode, direction, forget_minutes: hours * 60 },
});
const door = (fail: 'secure' | 'safe') => ({ door: { output: 'none', fail, open_seconds: 5 } });

/**
 * Policies of the demo's checkpoints (docs/formats.md, checkpoint policy). No doors hang on them; what is said of doors
 * holds as soon as an output is named.
 */
export const DEMO_CHECKPOINTS = [
  checkpoint('south-gate', '南门', 'South gate', { classes: 'any', ...enrolled, foreign_passes: true }, false, {
    offline_cards: 'accept-marked',
    guard_release: true,
    paper_passes: 'accept-marked',
    ...door('safe'),
  }),
  checkpoint('library', '图书馆', 'Library', { classes: 'any', ...enrolled, foreign_passes: false }, true, {
    ...inZone('soft', 'both', 14),
    ...door('safe'),
    zone: 'library',
    offline_cards: 'accept-marked',
    guard_release: true,
    paper_passes: 'accept-marked',
  }),
  checkpoint('dorm-7', '7 号宿舍楼', 'Dormitory 7', { classes: [7], ...enrolled, foreign_passes: false }, false, {
    ...door('secure'),
    zone: 'dorm-7',
    guard_release: true,
    dark_days: { day_0_1: 'own-people', day_1_7: 'own-people', after: 'listed' },
    door_tags: 'open',
  }),
  checkpoint(
    'window-1',
    '1 号窗口',
    'Window 1',
    {
      classes: 'any',
      states: ['enrolled', 'exchange', 'on-leave-of-absence', 'status-retained'],
      foreign_passes: true,
    },
    false,
    { window_mode: 'open', paper_passes: 'accept-marked' },
  ),
];

function checkpoint(
  id: string,
  name_zh: string,
  name_en: string,
  admits: object,
  registration: boolean,
  more: Record<string, unknown>,
) {
  return {
    id,
    name_zh,
    name_en,
    policy: {
      admits,
      requires_semester_registration: registration,
      hours: 'always',
      utc_offset_minutes: 480,
      requires_challenge: false,
      grace: 'accept-marked',
      show_portrait: true,
      zone: 'campus',
      ...more,
    },
  };
}

/** The fictional students, their portraits and registrations, and the checkpoints; each part once per home. */
export async function loadDemoData(
  installation: Installation,
  client: OperatorClient,
  say: (line: string) => void,
): Promise<void> {
  await onceInHome(installation, 'demo-students', async () => {
    const bytes = new TextEncoder().encode(makeDemoRoster(installation.universityCode));
    const imported = await client.call<{ importable: number; rows: number }>('issuer', '/v1/roster-imports', {
      bytes,
      type: 'text/csv',
    });
    say(`demo: ${imported.importable} of ${imported.rows} students imported`);
  });
  await onceInHome(installation, 'demo-staff', async () => {
    const staff = await client.call<{ people: number }>('idp', '/v1/staff-imports', {
      bytes: readFileSync(staffRoster),
      type: 'text/csv',
    });
    say(`demo: ${staff.people} staff imported`);
  });
  await onceInHome(installation, 'demo-residences', async () => {
    say(`demo: ${await makeDemoResidences(installation, client)} students live in dormitories`);
  });
  await onceInHome(installation, 'demo-classes', async () => {
    await client.call('issuer', '/v1/semester-registrations', {
      body: {
        student_numbers: demoSeats()
          .filter((seat) => seat !== UNREGISTERED_SEAT && seat !== 11)
          .map(demoNumber),
        registered_until: REGISTERED_UNTIL,
      },
    });
  });
  await onceInHome(installation, 'demo-portraits', async () => {
    const pictures = readdirSync(portraitFolder)
      .filter((name) => name.endsWith('.jpg'))
      .sort()
      .map((name) => readFileSync(join(portraitFolder, name)).toString('base64url'));
    if (pictures.length === 0) return;
    const items = demoSeats().map((seat) => ({
      student_number: demoNumber(seat),
      jpeg: pictures[seat % pictures.length],
    }));
    for (let start = 0; start < items.length; start += 100)
      await client.call('issuer', '/v1/portraits', { body: { items: items.slice(start, start + 100) } });
    say(`demo: ${items.length} portraits stored`);
  });
  await onceInHome(installation, 'demo-checkpoints', async () => {
    for (const { id, ...body } of DEMO_CHECKPOINTS)
      await client.call('verifier', `/v1/checkpoints/${id}`, { method: 'PUT', body });
  });
  await onceInHome(installation, 'demo-counter', () => makeDemoCounter(client));
  await onceInHome(installation, 'demo-services', () => publishServices(client, say));
  await onceInHome(installation, 'demo-activities', async () => {
    say(`demo: ${await makeDemoActivities(client, Date.now())} activities to sign up for`);
  });
  await onceInHome(installation, 'demo-windows', async () => {
    say(`demo: ${await makeDemoWindows(client)} service windows`);
  });
}

/** The services this repository ships, as files; a university changes them and imports its own. */
async function publishServices(client: OperatorClient, say: (line: string) => void): Promise<void> {
  const files = readdirSync(catalogueFolder).filter(
    (name) => name.endsWith('.json') && name !== 'school-calendar.json',
  );
  for (const file of files.sort()) await importService(client, readJson(join(catalogueFolder, file)));
  say(`demo: ${files.length} services published`);
}

export interface AgentPlan {
  name: string;
  port: number;
  environment: Record<string, string>;
}

/** The gates that run beside the services: south-gate on +6, further ones (LANYARD_AGENTS, comma-separated) from +10. */
export async function prepareDemoAgents(
  installation: Installation,
  client: OperatorClient,
  environment: NodeJS.ProcessEnv,
): Promise<AgentPlan[]> {
  const shipped = environment['LANYARD_DEMO'] === '0' ? '' : 'south-gate';
  const checkpoints = (environment['LANYARD_AGENTS'] ?? shipped).split(',').filter((id) => id !== '');
  const plans: AgentPlan[] = [];
  for (const [index, id] of checkpoints.entries()) {
    const name = index === 0 ? 'reader-agent' : `reader-agent-${id}`;
    const enrolled = existsSync(join(installation.storeOf(name).folder, 'identity'));
    const code = enrolled
      ? ''
      : (
          await client.call<{ code: string }>('verifier', `/v1/checkpoints/${id}/enrolments`, {
            method: 'POST',
            body: {},
          })
        ).code;
    const ofGate = (name: string) => environment[`${name}_${id.toUpperCase().replaceAll('-', '_')}`] ?? '';
    plans.push({
      name,
      port: index === 0 ? installation.port('reader-agent') : installation.portBase + 9 + index,
      environment: {
        LANYARD_ENROLMENT_CODE: code,
        LANYARD_SCANNER: ofGate('LANYARD_SCANNER'),
        LANYARD_READERS: ofGate('LANYARD_READERS'),
        LANYARD_CARD_DESK: ofGate('LANYARD_CARD_DESK'),
        ...(environment['LANYARD_READER_BINDING']
          ? { LANYARD_READER_BINDING: environment['LANYARD_READER_BINDING'] }
          : {}),
        LANYARD_VERIFIER_URL:
          environment['LANYARD_AGENT_VERIFIER_URL'] || `http://localhost:${installation.port('verifier')}`,
      },
    });
  }
  return plans;
}
