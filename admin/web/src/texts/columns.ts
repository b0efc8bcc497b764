import { language } from '@lanyard/look/staff/language.js';

/** Columns of a roster by their Chinese names, which are what files and answers use. */
const ENGLISH: Readonly<Record<string, string>> = {
  学号: 'Student number',
  姓名: 'Name',
  性别: 'Sex',
  出生日期: 'Birth date',
  民族: 'Ethnicity',
  证件类型: 'Document type',
  证件号码: 'Identity number',
  院校代码: 'University code',
  学院: 'College',
  专业代码: 'Major code',
  专业: 'Major',
  班级: 'Class',
  年级: 'Grade',
  培养层次: 'Level',
  学制: 'Length of study',
  学习形式: 'Study form',
  入学日期: 'Entry date',
  预计毕业日期: 'Expected graduation',
  学籍状态: 'Enrolment status',
  校区: 'Campus',
  乘车区间起点: 'Rail from',
  乘车区间终点: 'Rail to',
  手机号码: 'Phone',
  电子邮箱: 'Email',
  '手机号码、电子邮箱': 'Phone, email',
  辅导员工号: 'Counsellor',
};

export function columnText(column: string): string {
  return language.value === 'zh' ? column : (ENGLISH[column] ?? column);
}
