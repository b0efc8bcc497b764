/**
 * The columns of a roster as a registrar's system exports them. Columns are found by their Chinese name, in any order;
 * columns not listed here are ignored and named in the summary.
 *
 * Required is what the student ID cannot be issued without (formats.md section 2) and 院校代码, which is the only
 * defence against importing another university's roster. A required cell may not be empty either.
 */
export interface RosterColumn {
  readonly key: RosterColumnKey;
  readonly header: string;
  readonly required: boolean;
  /** How the text is mended: `code` is for machines (full-width forms have no place), `text` may be Chinese prose. */
  readonly kind: 'name' | 'code' | 'text';
  /** Sensitive cells are never repeated in a finding. */
  readonly sensitive: boolean;
}

export type RosterColumnKey =
  | 'studentNumber'
  | 'name'
  | 'sex'
  | 'birthDate'
  | 'ethnicity'
  | 'identityDocumentType'
  | 'identityNumber'
  | 'universityCode'
  | 'college'
  | 'majorCode'
  | 'major'
  | 'className'
  | 'grade'
  | 'level'
  | 'lengthOfStudy'
  | 'studyForm'
  | 'entryDate'
  | 'expectedGraduation'
  | 'enrolmentStatus'
  | 'campus'
  | 'railFrom'
  | 'railTo'
  | 'phone'
  | 'email'
  | 'counsellorStaffNumber';

function column(
  key: RosterColumnKey,
  header: string,
  need: 'required' | 'optional',
  kind: RosterColumn['kind'],
  sensitive = false,
): RosterColumn {
  return { key, header, required: need === 'required', kind, sensitive };
}

export const rosterColumns: readonly RosterColumn[] = [
  column('studentNumber', '学号', 'required', 'code'),
  column('name', '姓名', 'required', 'name'),
  column('sex', '性别', 'required', 'text'),
  column('birthDate', '出生日期', 'required', 'code'),
  column('ethnicity', '民族', 'optional', 'text'),
  column('identityDocumentType', '证件类型', 'required', 'text'),
  column('identityNumber', '证件号码', 'required', 'code', true),
  column('universityCode', '院校代码', 'required', 'code'),
  column('college', '学院', 'required', 'text'),
  column('majorCode', '专业代码', 'optional', 'code'),
  column('major', '专业', 'required', 'text'),
  column('className', '班级', 'optional', 'text'),
  column('grade', '年级', 'optional', 'code'),
  column('level', '培养层次', 'required', 'text'),
  column('lengthOfStudy', '学制', 'required', 'code'),
  column('studyForm', '学习形式', 'required', 'text'),
  column('entryDate', '入学日期', 'required', 'code'),
  column('expectedGraduation', '预计毕业日期', 'required', 'code'),
  column('enrolmentStatus', '学籍状态', 'required', 'text'),
  column('campus', '校区', 'optional', 'text'),
  column('railFrom', '乘车区间起点', 'optional', 'text'),
  column('railTo', '乘车区间终点', 'optional', 'text'),
  column('phone', '手机号码', 'optional', 'code', true),
  column('email', '电子邮箱', 'optional', 'code', true),
  column('counsellorStaffNumber', '辅导员工号', 'optional', 'code'),
];

/** Longest cell taken, in UTF-16 units. */
export const maxCellLength = 200;

/** Identifiers: digits lost on the way through a spreadsheet make another student of them. */
export const identifierColumns: readonly string[] = ['学号', '证件号码', '专业代码', '辅导员工号'];
