/** Enrolment states by the word of a roster (formats.md section 7). */
export const enrolmentStatusByWord: ReadonlyMap<string, EnrolmentStatus> = new Map([
  ['未注册', 'not-registered'],
  ['注册学籍', 'enrolled'],
  ['在籍在读', 'enrolled'],
  ['保留入学资格', 'admission-retained'],
  ['休学', 'on-leave-of-absence'],
  ['保留学籍', 'status-retained'],
  ['交流', 'exchange'],
  ['转出', 'transferred-out'],
  ['退学', 'withdrawn'],
  ['开除学籍', 'expelled'],
  ['毕业', 'graduated'],
  ['结业', 'completed'],
  ['肄业', 'attended'],
  ['死亡', 'deceased'],
]);

export type EnrolmentStatus =
  | 'not-registered'
  | 'enrolled'
  | 'admission-retained'
  | 'on-leave-of-absence'
  | 'status-retained'
  | 'exchange'
  | 'transferred-out'
  | 'withdrawn'
  | 'expelled'
  | 'graduated'
  | 'completed'
  | 'attended'
  | 'deceased';

export type Level = 'junior-college' | 'bachelor' | 'second-bachelor' | 'master' | 'doctor' | 'preparatory';
export type StudyForm = 'full-time' | 'part-time';
/** ISO/IEC 5218: 0 not known, 1 male, 2 female, 9 not applicable. */
export type Sex = 0 | 1 | 2 | 9;

/** One student as the roster tells it, mended and checked. Absent optional cells are empty texts; dates are full-date. */
export interface RosterRecord {
  readonly studentNumber: string;
  readonly name: string;
  readonly sex: Sex;
  readonly birthDate: string;
  readonly ethnicity: string;
  /** 居民身份证 for every spelling of the resident identity card; other documents as written. */
  readonly identityDocumentType: string;
  readonly identityNumber: string;
  readonly college: string;
  readonly majorCode: string;
  readonly major: string;
  readonly className: string;
  readonly grade: string;
  readonly level: Level;
  /** Years, as decimal text: `4`, `2.5`. */
  readonly lengthOfStudy: string;
  readonly studyForm: StudyForm;
  readonly entryDate: string;
  readonly expectedGraduation: string;
  readonly enrolmentStatus: EnrolmentStatus;
  readonly campus: string;
  readonly railFrom: string;
  readonly railTo: string;
  readonly phone: string;
  readonly email: string;
  readonly counsellorStaffNumber: string;
}
