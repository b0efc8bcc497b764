import { createRouter, createWebHistory } from 'vue-router';
import HomePage from './pages/home-page.vue';
import { isFromBefore, openSession, session } from './session.js';
import { loadTexts, type TextKey } from './texts/texts.js';

declare module 'vue-router' {
  interface RouteMeta {
    title: TextKey;
    /** Needs nobody signed in. */
    open?: boolean;
    /** Has an action bar of its own at the foot instead of the tabs. */
    ownBar?: boolean;
  }
}

/** A page with the texts of forms and cases. */
const withWork = <Page>(page: Promise<Page>): Promise<Page> => loadTexts('work').then(() => page);

/** The paths the service answers with index.html; the same at all widths. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: HomePage, meta: { title: 'home' } },
    { path: '/services', component: () => withWork(import('./pages/services-page.vue')), meta: { title: 'services' } },
    { path: '/answers', component: () => withWork(import('./pages/answers-page.vue')), meta: { title: 'answers' } },
    { path: '/surveys', component: () => withWork(import('./pages/surveys-page.vue')), meta: { title: 'surveys' } },
    { path: '/cases', component: () => import('./pages/cases-page.vue'), meta: { title: 'my-cases' } },
    { path: '/windows', component: () => withWork(import('./pages/windows-page.vue')), meta: { title: 'windows' } },
    {
      path: '/windows/:id/:screen?',
      component: () => withWork(import('./pages/open-window-page.vue')),
      props: true,
      meta: { title: 'windows', open: true },
    },
    { path: '/notices', component: () => import('./pages/notices-page.vue'), meta: { title: 'notices' } },
    {
      path: '/notices/settings',
      component: () => withWork(import('./pages/notice-settings-page.vue')),
      meta: { title: 'notice-settings', ownBar: true },
    },
    {
      path: '/home/sign-in',
      component: () => import('./pages/sign-in-page.vue'),
      meta: { title: 'sign-in', open: true },
    },
    {
      path: '/m/:module/sign-in',
      component: () => import('./pages/sign-in-page.vue'),
      props: true,
      meta: { title: 'sign-in', open: true },
    },
    {
      path: '/m/:module',
      component: () => import('./pages/module-page.vue'),
      props: true,
      meta: { title: 'services' },
    },
    {
      path: '/m/:module/services/:id',
      component: () => withWork(import('./pages/service-page.vue')),
      props: true,
      meta: { title: 'service', ownBar: true },
    },
    {
      path: '/m/:module/surveys/:id',
      component: () => withWork(import('./pages/survey-page.vue')),
      props: true,
      meta: { title: 'surveys' },
    },
    {
      path: '/m/:module/cases/:id',
      component: () => withWork(import('./pages/case-page.vue')),
      props: true,
      meta: { title: 'case' },
    },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

router.beforeEach(async (to) => {
  if (to.meta.open === true) return true;
  if (session.value === undefined || isFromBefore.value) await openSession();
  // Without anybody signed in the answer 401 has sent the browser off already; the page stays as it is meanwhile.
  return true;
});
