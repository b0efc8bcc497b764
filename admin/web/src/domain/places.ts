import type { TextKey } from '../texts/texts.js';

export interface ConsolePlace {
  path: string;
  icon: string;
  text: TextKey;
  section?: TextKey;
  /** Shown to who may use one of these. */
  routes: readonly string[];
}

/** The pages of the console in the order of the menu, each with the routes it is made of. */
export const PLACES: readonly ConsolePlace[] = [
  { path: '/', icon: 'chart', text: 'overview', routes: ['GET issuer /v1/summary'] },
  { path: '/inbox', icon: 'inbox', text: 'inbox', section: 'section-affairs', routes: ['GET campus /v1/inbox'] },
  {
    path: '/window',
    icon: 'id',
    text: 'window',
    section: 'section-affairs',
    routes: ['GET campus /v1/clerk-windows'],
  },
  {
    path: '/activities',
    icon: 'qr',
    text: 'activities',
    section: 'section-affairs',
    routes: ['GET campus /v1/activity-services'],
  },
  { path: '/cases', icon: 'list', text: 'cases', section: 'section-affairs', routes: ['GET campus /v1/staff-cases'] },
  {
    path: '/statistics',
    icon: 'chart',
    text: 'statistics',
    section: 'section-affairs',
    routes: ['GET campus /v1/statistics'],
  },
  {
    path: '/surveys',
    icon: 'list',
    text: 'surveys',
    section: 'section-affairs',
    routes: ['GET campus /v1/surveys'],
  },
  {
    path: '/trends',
    icon: 'mega',
    text: 'trends',
    section: 'section-affairs',
    routes: ['GET campus /v1/trends'],
  },
  {
    path: '/delegations',
    icon: 'users',
    text: 'delegations',
    section: 'section-affairs',
    routes: ['GET campus /v1/delegations'],
  },
  {
    path: '/services',
    icon: 'grid',
    text: 'services',
    section: 'section-affairs',
    routes: ['GET campus /v1/service-definitions'],
  },
  {
    path: '/students',
    icon: 'users',
    text: 'students',
    section: 'section-students',
    routes: ['GET issuer /v1/students'],
  },
  {
    path: '/import',
    icon: 'upload',
    text: 'import',
    section: 'section-students',
    routes: ['POST issuer /v1/roster-imports'],
  },
  {
    path: '/semester',
    icon: 'cal',
    text: 'semester',
    section: 'section-students',
    routes: ['GET issuer /v1/semesters'],
  },
  {
    path: '/own-students',
    icon: 'users',
    text: 'own-students',
    section: 'section-students',
    routes: ['GET issuer /v1/own-students/semesters'],
  },
  {
    path: '/status-changes',
    icon: 'branch',
    text: 'status-changes',
    section: 'section-students',
    routes: ['POST issuer /v1/status-change-batches'],
  },
  {
    path: '/portraits',
    icon: 'camera',
    text: 'portraits',
    section: 'section-students',
    routes: ['GET issuer /v1/portrait-submissions'],
  },
  {
    path: '/claim-codes',
    icon: 'file',
    text: 'claim-codes',
    section: 'section-students',
    routes: ['POST idp /v1/claim-codes'],
  },
  { path: '/cards', icon: 'nfc', text: 'cards', section: 'section-students', routes: ['GET issuer /v1/cards'] },
  {
    path: '/rights',
    icon: 'lock',
    text: 'rights',
    section: 'section-students',
    routes: ['GET issuer /v1/passage-openings', 'GET issuer /v1/corrections'],
  },
  {
    path: '/checkpoints',
    icon: 'gate',
    text: 'checkpoints',
    section: 'section-checks',
    routes: ['GET verifier /v1/checkpoints'],
  },
  {
    path: '/fleet',
    icon: 'online',
    text: 'fleet',
    section: 'section-checks',
    routes: ['GET verifier /v1/fleet'],
  },
  {
    path: '/gates',
    icon: 'flag',
    text: 'gates',
    section: 'section-checks',
    routes: ['GET verifier /v1/double-uses'],
  },
  {
    path: '/partners',
    icon: 'train',
    text: 'partners',
    section: 'section-checks',
    routes: ['GET verifier /v1/partners'],
  },
  {
    path: '/accounts',
    icon: 'user',
    text: 'accounts',
    section: 'section-identity',
    routes: ['POST idp /v1/account-searches', 'POST idp /v1/recoveries'],
  },
  {
    path: '/staff',
    icon: 'building',
    text: 'staff',
    section: 'section-identity',
    routes: ['POST idp /v1/staff-imports'],
  },
  {
    path: '/relying-parties',
    icon: 'partner',
    text: 'relying-parties',
    section: 'section-identity',
    routes: ['GET idp /v1/relying-parties'],
  },
  {
    path: '/logout-calls',
    icon: 'branch',
    text: 'logout-calls',
    section: 'section-identity',
    routes: ['GET idp /v1/logout-deliveries'],
  },
  {
    path: '/deliveries',
    icon: 'bell',
    text: 'deliveries',
    section: 'section-system',
    routes: ['GET campus /v1/notice-deliveries'],
  },
  { path: '/audit', icon: 'shield', text: 'audit', section: 'section-system', routes: ['GET issuer /v1/audit'] },
];

/** What one person sees; the first of a section carries its heading. Without an identity layer its pages are left out. */
export function placesFor(may: (route: string) => boolean, hasIdp: boolean): (ConsolePlace & { heads: boolean })[] {
  const shown = PLACES.filter(({ routes }) =>
    routes.some((route) => may(route) && (hasIdp || !route.includes(' idp '))),
  );
  return shown.map((place, index) => ({
    ...place,
    heads: place.section !== undefined && shown[index - 1]?.section !== place.section,
  }));
}
