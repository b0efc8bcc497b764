import type { StudentIdClaim } from './student-id-claims.js';

/** A word in the two languages of every screen. */
export type NameInTwo = { readonly zh: string; readonly en: string };

/** What people read for a claim of the student ID, in the order in which they read them. */
export const STUDENT_ID_CLAIM_NAMES: { readonly [Claim in StudentIdClaim]: NameInTwo } = {
  name: { zh: '姓名', en: 'Name' },
  name_latin: { zh: '姓名拼音', en: 'Name in Latin letters' },
  portrait: { zh: '照片', en: 'Portrait' },
  student_number: { zh: '学号', en: 'Student number' },
  university_code: { zh: '学校标识码', en: 'University code' },
  university_name: { zh: '学校', en: 'University' },
  college: { zh: '院系', en: 'College' },
  major: { zh: '专业', en: 'Major' },
  class: { zh: '班级', en: 'Class' },
  level: { zh: '学历层次', en: 'Level of study' },
  length_of_study: { zh: '学制', en: 'Length of study in years' },
  study_form: { zh: '学习形式', en: 'Form of study' },
  entry_date: { zh: '入学日期', en: 'Date of entry' },
  expected_graduation: { zh: '预计毕业日期', en: 'Expected graduation' },
  enrolment_status: { zh: '学籍状态', en: 'Enrolment status' },
  registered_until: { zh: '学期注册有效期', en: 'Registered until' },
  birth_date: { zh: '出生日期', en: 'Date of birth' },
  sex: { zh: '性别', en: 'Sex' },
  identity_document: { zh: '身份证件', en: 'Identity document' },
  rail_interval: { zh: '火车乘车区间', en: 'Rail interval' },
};

/** Members of claims that are objects; they are disclosed with them, never alone. */
export const STUDENT_ID_MEMBER_NAMES: { readonly [claim: string]: { readonly [member: string]: NameInTwo } } = {
  identity_document: {
    type: { zh: '证件类型', en: 'Document type' },
    number: { zh: '证件号码', en: 'Document number' },
  },
  rail_interval: { from: { zh: '起点站', en: 'From' }, to: { zh: '终点站', en: 'To' } },
};

/** 电子学生证 as people read it, with the colours of its card. */
export const STUDENT_ID_LOOK = {
  name: { zh: '电子学生证', en: 'Electronic student ID' },
  backgroundColour: '#123A73',
  textColour: '#FFFFFF',
} as const;
