/** What an enrolment status does to a person's credentials (docs/formats.md, enrolment states). */
export type CredentialEffect = 'valid' | 'suspended' | 'revoked';

type State = {
  /** The number on the wire of passes and packages; never reused. */
  readonly number: number;
  readonly code: string;
  /** 学籍状态, first the term of the regulations, then what rosters also say. */
  readonly zh: readonly [string, ...string[]];
  readonly credential: CredentialEffect;
  readonly alumniCredential: boolean;
  /** Revoked without a message to anybody. */
  readonly quiet: boolean;
};

const table = [
  state(1, 'not-registered', ['未注册'], 'suspended'),
  state(2, 'enrolled', ['注册学籍', '在籍在读'], 'valid'),
  state(3, 'admission-retained', ['保留入学资格'], 'suspended'),
  state(4, 'on-leave-of-absence', ['休学'], 'suspended'),
  state(5, 'status-retained', ['保留学籍'], 'suspended'),
  state(6, 'exchange', ['交流'], 'valid'),
  state(7, 'transferred-out', ['转出'], 'revoked'),
  state(8, 'withdrawn', ['退学'], 'revoked'),
  state(9, 'expelled', ['开除学籍'], 'revoked'),
  state(10, 'graduated', ['毕业'], 'revoked', { alumniCredential: true }),
  state(11, 'completed', ['结业'], 'revoked', { alumniCredential: true }),
  state(12, 'attended', ['肄业'], 'revoked', { alumniCredential: true }),
  state(13, 'deceased', ['死亡'], 'revoked', { quiet: true }),
] as const;

export type EnrolmentStatus = (typeof table)[number]['code'];
export type EnrolmentState = (typeof table)[number];

/** All states in the order of their numbers, 1 to 13. */
export const ENROLMENT_STATES: readonly EnrolmentState[] = table;

const byCode = new Map<string, EnrolmentState>(table.map((entry) => [entry.code, entry]));
const byNumber = new Map<number, EnrolmentState>(table.map((entry) => [entry.number, entry]));
const byZh = new Map<string, EnrolmentState>(table.flatMap((entry) => entry.zh.map((name) => [name, entry] as const)));

export function isEnrolmentStatus(value: unknown): value is EnrolmentStatus {
  return typeof value === 'string' && byCode.has(value);
}

export function enrolmentStateByCode(code: string): EnrolmentState | undefined {
  return byCode.get(code);
}

export function enrolmentStateByNumber(number: number): EnrolmentState | undefined {
  return byNumber.get(number);
}

/** Looks 学籍状态 up as a roster writes it, 在籍在读 included. */
export function enrolmentStateByZh(name: string): EnrolmentState | undefined {
  return byZh.get(name);
}

function state<Code extends string>(
  number: number,
  code: Code,
  zh: readonly [string, ...string[]],
  credential: CredentialEffect,
  more: { readonly alumniCredential?: boolean; readonly quiet?: boolean } = {},
): State & { readonly code: Code } {
  return { number, code, zh, credential, alumniCredential: more.alumniCredential ?? false, quiet: more.quiet ?? false };
}
