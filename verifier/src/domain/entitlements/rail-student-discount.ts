import type { EntitlementDefinition } from './entitlement.js';

/** Places students of the demo live in and study at; a real list is the railway's. */
const STATIONS = [
  '广州南',
  '广州',
  '深圳北',
  '武汉',
  '长沙南',
  '贵阳北',
  '昆明南',
  '海口东',
  '南宁东',
  '成都东',
  '重庆北',
  '西安北',
  '兰州西',
  '郑州东',
  '石家庄',
  '北京西',
  '上海虹桥',
  '杭州东',
  '南京南',
  '合肥南',
  '南昌西',
  '福州',
  '厦门北',
  '哈尔滨西',
  '沈阳北',
  '乌鲁木齐',
  '拉萨',
  '呼和浩特东',
  '银川',
  '西宁',
];

/** 火车票学生优惠: facts of 2025-09 and later. */
export const railStudentDiscount: EntitlementDefinition = {
  id: 'rail-student-discount',
  version: 1,
  purpose: 'rail-discount',
  name_zh: '火车票学生优惠',
  name_en: 'Railway student discount',
  // The railway's year, which is not the university's.
  yearBegins: { month: 10, day: 1 },
  usesPerYear: 4,
  admits: { states: ['enrolled'], studyForms: ['full-time'] },
  stations: STATIONS,
  fares: [
    ...(['second', 'first', 'sleeper'] as const).map((seat) => ({
      seatClass: `emu-${seat}`,
      name_zh: { second: '动车组二等座', first: '动车组一等座', sleeper: '动车组卧铺' }[seat],
      name_en: { second: 'EMU, second class', first: 'EMU, first class', sleeper: 'EMU, sleeper' }[seat],
      ...{ percent: 75, basis: 'charged' as const, floorPercent: 40 },
    })),
    { seatClass: 'hard-seat', name_zh: '硬座', name_en: 'Hard seat', percent: 50, basis: 'published' },
  ],
};

/** Every entitlement there is, by the purpose its checks are made for. */
export const ENTITLEMENTS: readonly EntitlementDefinition[] = [railStudentDiscount];

export function findEntitlement(id: string): EntitlementDefinition | undefined {
  return ENTITLEMENTS.find((entry) => entry.id === id);
}
