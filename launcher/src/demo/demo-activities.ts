import type { OperatorClient } from '../client/call-service.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What the demo's students can sign up for: days from today, full hours in UTC. */
const ACTIVITIES = [
  {
    ...{ id: 'demo-lecture', service: 'second-classroom', capacity: 120, inDays: 2, hours: 2 },
    title: { zh: '讲座：怎样读一篇论文', en: 'Lecture: how to read a paper' },
    place: { zh: '图书馆报告厅', en: 'Library lecture hall' },
  },
  {
    ...{ id: 'demo-robot-night', service: 'second-classroom', capacity: 2, inDays: 4, hours: 3 },
    title: { zh: '机器人开放夜', en: 'Robot night' },
    place: { zh: '创新工坊', en: 'Innovation workshop' },
  },
  {
    ...{ id: 'demo-library-shift', service: 'volunteering', capacity: 8, inDays: 3, hours: 4 },
    title: { zh: '图书馆上架志愿服务', en: 'Shelving books in the library' },
    place: { zh: '图书馆二层', en: 'Library, second floor' },
  },
] as const;

/** Puts the demo's activities into campus, all in the days to come. */
export async function makeDemoActivities(client: OperatorClient, nowMs: number): Promise<number> {
  for (const { id, inDays, hours, ...activity } of ACTIVITIES) {
    const startsMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS + inDays * DAY_MS;
    const body = {
      ...activity,
      starts_at: new Date(startsMs).toISOString(),
      ends_at: new Date(startsMs + hours * HOUR_MS).toISOString(),
    };
    await client.call('campus', `/v1/activities/${id}`, { method: 'PUT', body });
  }
  return ACTIVITIES.length;
}
