/** 培养层次 and 学习形式 as rosters write them, first the usual term. The number is the one on the wire of passes. */
const levels = [
  term(1, 'junior-college', ['专科', '专科(高职)', '专科（高职）']),
  term(2, 'bachelor', ['本科']),
  term(3, 'second-bachelor', ['第二学士学位']),
  term(4, 'master', ['硕士']),
  term(5, 'doctor', ['博士']),
  term(6, 'preparatory', ['预科']),
] as const;

const studyForms = [term(1, 'full-time', ['全日制']), term(2, 'part-time', ['非全日制'])] as const;

export type StudyTerm<Code extends string> = {
  readonly number: number;
  readonly code: Code;
  readonly zh: readonly [string, ...string[]];
};
export type Level = (typeof levels)[number]['code'];
export type StudyForm = (typeof studyForms)[number]['code'];

export const LEVELS: readonly StudyTerm<Level>[] = levels;
export const STUDY_FORMS: readonly StudyTerm<StudyForm>[] = studyForms;

const levelCodes = new Set<unknown>(levels.map(({ code }) => code));
const studyFormCodes = new Set<unknown>(studyForms.map(({ code }) => code));

export function isLevel(value: unknown): value is Level {
  return levelCodes.has(value);
}

export function isStudyForm(value: unknown): value is StudyForm {
  return studyFormCodes.has(value);
}

/** The code of 培养层次 as a roster writes it. */
export function levelByZh(name: string): Level | undefined {
  return levels.find(({ zh }) => zh.includes(name))?.code;
}

/** The code of 学习形式 as a roster writes it. */
export function studyFormByZh(name: string): StudyForm | undefined {
  return studyForms.find(({ zh }) => zh.includes(name))?.code;
}

function term<Code extends string>(number: number, code: Code, zh: readonly [string, ...string[]]): StudyTerm<Code> {
  return { number, code, zh };
}
