/** The five business modules in the order the home page shows them: 日常业务, 奖助体系, 智慧教育, 创新创业, 综合服务. */
export const campusModules = ['daily-affairs', 'student-aid', 'education', 'innovation', 'general-services'] as const;
export type CampusModule = (typeof campusModules)[number];
