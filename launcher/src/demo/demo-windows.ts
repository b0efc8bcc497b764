import type { OperatorClient } from '../client/call-service.js';

const WORKING_HOURS = [
  { days: [1, 2, 3, 4, 5], from: '08:30', to: '12:00' },
  { days: [1, 2, 3, 4, 5], from: '14:00', to: '17:30' },
];
const CLERKS = { role: 'window-clerk', scope: { kind: 'university', value: '' } };

/** Windows of the demo university, each for what its office does. */
const WINDOWS = [
  {
    id: 'student-centre',
    title: { zh: '学生事务窗口', en: 'Student affairs window' },
    place: { zh: '大学生活动中心一层 1 号', en: 'Student centre, ground floor, 1' },
    services: ['enrolment-certificate', 'id-card-reissue', 'leave', 'status-change', 'graduation-clearance'],
    kiosk: true,
    reader: 'window-1',
  },
  {
    id: 'aid-centre',
    title: { zh: '学生资助窗口', en: 'Student aid window' },
    place: { zh: '大学生活动中心一层 2 号', en: 'Student centre, ground floor, 2' },
    services: ['bursary', 'hardship-assessment', 'scholarship', 'work-study'],
    kiosk: false,
    reader: null,
  },
];

/** Puts the demo's windows into campus. */
export async function makeDemoWindows(client: OperatorClient): Promise<number> {
  for (const { id, ...window } of WINDOWS) {
    const body = { ...window, clerks: CLERKS, hours: WORKING_HOURS };
    await client.call('campus', `/v1/windows/${id}`, { method: 'PUT', body });
  }
  return WINDOWS.length;
}
