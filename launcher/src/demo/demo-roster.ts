/** Header of a roster file, 25 columns. */
export const rosterColumnNames =
  '学号,姓名,性别,出生日期,民族,证件类型,证件号码,院校代码,学院,专业代码,专业,班级,年级,培养层次,学制,学习形式,入学日期,预计毕业日期,学籍状态,校区,乘车区间起点,乘车区间终点,手机号码,电子邮箱,辅导员工号';
const SURNAMES = [...'赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜'];
const GIVEN = [
  '明远',
  '思齐',
  '若水',
  '子衿',
  '清和',
  '知行',
  '嘉木',
  '望舒',
  '书瑶',
  '安然',
  '一诺',
  '景行',
  '致远',
  '云舒',
  '可欣',
  '弘毅',
  '沐阳',
  '听雨',
  '晓岚',
];
const COLLEGES = [
  ['计算机与信息工程学院', '080901', '计算机科学与技术', '计科'],
  ['工商管理学院', '120201K', '工商管理', '工商'],
  ['外国语学院', '050201', '英语', '英语'],
  ['美术设计学院', '130502', '视觉传达设计', '视传'],
  ['工学院', '080202', '机械设计制造及其自动化', '机械'],
] as const;
const PLACES = ['兰州西', '武汉', '南昌西', '石家庄', '拉萨', '贵阳北', '昆明南', '哈尔滨西'];
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

export const DEMO_SIZE = 600;
/** One student in each state, by seat; everybody else is 注册学籍. */
const STATES_BY_SEAT: Record<number, string> = {
  11: '未注册',
  12: '保留入学资格',
  13: '休学',
  14: '保留学籍',
  15: '交流',
  16: '转出',
  17: '退学',
  18: '开除学籍',
  19: '毕业',
  20: '结业',
  21: '肄业',
  22: '死亡',
};
const NAMES_BY_SEAT: Record<number, string> = {
  2: '阿依古丽·买买提',
  3: '阿卜杜热合曼·麦麦提图尔荪·努尔艾合麦提江·吾布力',
};
/** Seat of the student who did not register this semester. */
export const UNREGISTERED_SEAT = 4;

export const demoNumber = (seat: number) =>
  `9${2023 + (seat % 4)}${String(10 + (seat % 5))}${String(seat).padStart(6, '0')}`;
/** Every fifth student lives in dormitory 7, the others in 1 to 6. */
export const demoBuilding = (seat: number) => `${seat % 5 === 0 ? 7 : 1 + (seat % 6)} 号宿舍楼`;
export const demoSeats = (): number[] => Array.from({ length: DEMO_SIZE }, (_, index) => index + 1);

/** The demo's students as a roster file: fictional people, identity numbers beginning with 99. */
export function makeDemoRoster(universityCode: string): string {
  const rows = demoSeats().map((seat) => rosterRow(seat, universityCode));
  return `\uFEFF${[rosterColumnNames, ...rows].join('\r\n')}\r\n`;
}

/** One row of a roster file for any seat up to a million. */
export function rosterRow(seat: number, universityCode: string): string {
  const year = 2023 + (seat % 4);
  const [college, majorCode, major, short] = COLLEGES[seat % COLLEGES.length] ?? COLLEGES[0];
  const male = seat % 2 === 1;
  const day = Math.floor(seat / 336);
  const birth = `${year - 18 - (day % 40)}-${String((seat % 12) + 1).padStart(2, '0')}-${String((Math.floor(seat / 12) % 28) + 1).padStart(2, '0')}`;
  const name =
    NAMES_BY_SEAT[seat] ?? `${SURNAMES[seat % SURNAMES.length] ?? '赵'}${GIVEN[(seat * 7) % GIVEN.length] ?? '明远'}`;
  return [
    ...[demoNumber(seat), name, male ? '男' : '女', birth, seat === 2 ? '维吾尔族' : '汉族', '居民身份证'],
    ...[identityNumber(seat, birth, male), universityCode.slice(-5), college, majorCode, major],
    ...[
      `${year % 100}${short}${(seat % 4) + 1}班`,
      String(year),
      '本科',
      '4',
      '全日制',
      `${year}-09-01`,
      `${year + 4}-06-30`,
    ],
    ...[
      STATES_BY_SEAT[seat] ?? '注册学籍',
      seat % 3 === 0 ? '三水校区' : '花都校区',
      '广州南',
      PLACES[seat % PLACES.length] ?? '武汉',
    ],
    ...[`100${String(90_000_000 + seat)}`, `d${seat}@example.edu`, `T00${String((seat % 20) + 1).padStart(2, '0')}`],
  ].join(',');
}

function identityNumber(seat: number, birth: string, male: boolean): string {
  const order = seat * 2 - (male ? 1 : 0);
  // No area begins with 99: the rest of the area carries what does not fit the order number.
  const area = `99${String(1000 + Math.floor(order / 1000)).padStart(4, '0')}`;
  const body = `${area}${birth.replaceAll('-', '')}${String(order % 1000).padStart(3, '0')}`;
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(body[index]), 0);
  return body + ('10X98765432'[sum % 11] ?? '');
}
