import { createRouter, createWebHistory } from 'vue-router';
import AuditPage from './pages/audit-page.vue';
import CheckpointsPage from './pages/checkpoints-page.vue';
import ImportPage from './pages/import-page.vue';
import OverviewPage from './pages/overview-page.vue';
import SignInPage from './pages/sign-in-page.vue';
import StudentPage from './pages/student-page.vue';
import StudentsPage from './pages/students-page.vue';
import { hasSession } from './session.js';
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
    { path: '/checkpoints', component: CheckpointsPage, meta: { title: 'checkpoints' } },
    { path: '/audit', component: AuditPage, meta: { title: 'audit' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

router.beforeEach(async (to) => {
  if (to.meta.open === true || (await hasSession())) return true;
  return { path: '/sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
});
