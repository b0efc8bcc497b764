import type { AcrLevel } from '@lanyard/platform';

export * from './notice-delivery.js';
export * from './notice-settings.js';

/** The five business modules in the order the home page shows them: 日常业务, 奖助体系, 智慧教育, 创新创业, 综合服务. */
export const campusModules = ['daily-affairs', 'student-aid', 'education', 'innovation', 'general-services'] as const;
export type CampusModule = (typeof campusModules)[number];

/** 课程 科研 文化 网络 心理 管理 服务 资助. */
export const facets = [
  'courses',
  'research',
  'culture',
  'network',
  'psychology',
  'management',
  'services',
  'funding',
] as const;
export type Facet = (typeof facets)[number];

/** A part of campus that people sign in to by itself: the home page, or one module. */
export interface ModuleClient {
  readonly id: CampusModule | 'home';
  /** At the identity layer. */
  readonly clientId: string;
  readonly title: { readonly zh: string; readonly en: string };
  /** Where its pages and its interface lie, without a slash at the end. */
  readonly path: string;
  /** The rung of sign-in it needs: money takes a key that cannot be copied, health and study records one of one's own. */
  readonly acr: AcrLevel;
}

const moduleClient = (id: CampusModule, zh: string, en: string, acr: AcrLevel): ModuleClient => ({
  ...{ id, clientId: `lanyard-${id}`, title: { zh, en }, path: `/m/${id}`, acr },
});

export const MODULE_CLIENTS: readonly ModuleClient[] = [
  {
    ...{ id: 'home', clientId: 'lanyard-campus', path: '/home', acr: 'password' },
    title: { zh: '一站式学生社区', en: 'Student community' },
  },
  moduleClient('daily-affairs', '日常业务', 'Daily affairs', 'synced-passkey'),
  moduleClient('student-aid', '奖助体系', 'Student aid', 'device-passkey'),
  moduleClient('education', '智慧教育', 'Education', 'synced-passkey'),
  moduleClient('innovation', '创新创业', 'Innovation', 'password'),
  moduleClient('general-services', '综合服务', 'General services', 'password'),
];
