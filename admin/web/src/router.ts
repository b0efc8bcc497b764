import { createRouter, createWebHistory } from 'vue-router';
import { placesFor } from './domain/places.js';
import AccountsPage from './pages/accounts-page.vue';
import ActivitiesPage from './pages/activities-page.vue';
import AuditPage from './pages/audit-page.vue';
import CardsPage from './pages/cards-page.vue';
import CasesPage from './pages/cases-page.vue';
import CheckpointsPage from './pages/checkpoints-page.vue';
import ClaimCodesPage from './pages/claim-codes-page.vue';
import DelegationsPage from './pages/delegations-page.vue';
import DeliveriesPage from './pages/deliveries-page.vue';
import FleetAgentPage from './pages/fleet-agent-page.vue';
import FleetPage from './pages/fleet-page.vue';
import GatesPage from './pages/gates-page.vue';
import ImportPage from './pages/import-page.vue';
import InboxPage from './pages/inbox-page.vue';
import LogoutCallsPage from './pages/logout-calls-page.vue';
import OverviewPage from './pages/overview-page.vue';
import OwnStudentsPage from './pages/own-students-page.vue';
import PartnersPage from './pages/partners-page.vue';
import PortraitsPage from './pages/portraits-page.vue';
import RelyingPartiesPage from './pages/relying-parties-page.vue';
import RelyingPartyPage from './pages/relying-party-page.vue';
import RightsPage from './pages/rights-page.vue';
import SemesterPage from './pages/semester-page.vue';
import ServicePage from './pages/service-page.vue';
import ServicesPage from './pages/services-page.vue';
import SignInPage from './pages/sign-in-page.vue';
import StaffPage from './pages/staff-page.vue';
import StatisticsPage from './pages/statistics-page.vue';
import StatusChangesPage from './pages/status-changes-page.vue';
import StudentPage from './pages/student-page.vue';
import StudentsPage from './pages/students-page.vue';
import SurveysPage from './pages/surveys-page.vue';
import TrendsPage from './pages/trends-page.vue';
import WindowPage from './pages/window-page.vue';
import { hasSession, idpAddress, may } from './session.js';
import type { TextKey } from './texts/texts.js';

declare module 'vue-router' {
  interface RouteMeta {
    title: TextKey;
    open?: boolean;
  }
}

/** The paths `src/app.ts` answers with index.html. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: OverviewPage, meta: { title: 'overview' } },
    { path: '/sign-in', component: SignInPage, meta: { title: 'sign-in', open: true } },
    { path: '/students', component: StudentsPage, meta: { title: 'students' } },
    { path: '/students/:number', component: StudentPage, props: true, meta: { title: 'student' } },
    { path: '/import', component: ImportPage, meta: { title: 'import' } },
    { path: '/semester', component: SemesterPage, meta: { title: 'semester' } },
    { path: '/inbox', component: InboxPage, meta: { title: 'inbox' } },
    { path: '/window', component: WindowPage, meta: { title: 'window' } },
    { path: '/activities', component: ActivitiesPage, meta: { title: 'activities' } },
    { path: '/cases', component: CasesPage, meta: { title: 'cases' } },
    { path: '/statistics', component: StatisticsPage, meta: { title: 'statistics' } },
    { path: '/surveys', component: SurveysPage, meta: { title: 'surveys' } },
    { path: '/trends', component: TrendsPage, meta: { title: 'trends' } },
    { path: '/delegations', component: DelegationsPage, meta: { title: 'delegations' } },
    { path: '/services', component: ServicesPage, meta: { title: 'services' } },
    { path: '/services/:id', component: ServicePage, props: true, meta: { title: 'services' } },
    { path: '/own-students', component: OwnStudentsPage, meta: { title: 'own-students' } },
    { path: '/status-changes', component: StatusChangesPage, meta: { title: 'status-changes' } },
    { path: '/portraits', component: PortraitsPage, meta: { title: 'portraits' } },
    { path: '/cards', component: CardsPage, meta: { title: 'cards' } },
    { path: '/rights', component: RightsPage, meta: { title: 'rights' } },
    { path: '/checkpoints', component: CheckpointsPage, meta: { title: 'checkpoints' } },
    { path: '/fleet', component: FleetPage, meta: { title: 'fleet' } },
    { path: '/fleet/:id', component: FleetAgentPage, props: true, meta: { title: 'fleet-agent' } },
    { path: '/gates', component: GatesPage, meta: { title: 'gates' } },
    { path: '/partners', component: PartnersPage, meta: { title: 'partners' } },
    { path: '/claim-codes', component: ClaimCodesPage, meta: { title: 'claim-codes' } },
    { path: '/accounts', component: AccountsPage, meta: { title: 'accounts' } },
    { path: '/staff', component: StaffPage, meta: { title: 'staff' } },
    { path: '/relying-parties', component: RelyingPartiesPage, meta: { title: 'relying-parties' } },
    { path: '/relying-parties/:id', component: RelyingPartyPage, props: true, meta: { title: 'relying-party' } },
    { path: '/logout-calls', component: LogoutCallsPage, meta: { title: 'logout-calls' } },
    { path: '/deliveries', component: DeliveriesPage, meta: { title: 'deliveries' } },
    { path: '/audit', component: AuditPage, meta: { title: 'audit' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

router.beforeEach(async (to) => {
  if (to.meta.open === true) return true;
  if (!(await hasSession())) return { path: '/sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
  // The overview is not for everybody: whoever may not see it begins at the first page that is.
  const first = placesFor(may, idpAddress() !== '')[0]?.path;
  return to.path === '/' && first !== undefined && first !== '/' ? first : true;
});
