import type { Reason, ReasonTexts } from '@lanyard/protocol';

/** Reasons that only an answer to a request for a presentation can have; gates never show them. */
export const ANSWER_REASONS = ['declined', 'wallet-error', 'query-not-satisfied', 'transaction-not-confirmed'] as const;
export type AnswerReason = Reason | (typeof ANSWER_REASONS)[number];

/** What is known of one credential, or of the whole answer. */
export type AnswerVerdict =
  | { verdict: 'accepted'; reason?: undefined }
  | { verdict: 'rejected' | 'cannot-decide'; reason: AnswerReason };

/** `local`: the issuer is known by a root of this installation alone (LANYARD_TRUST_ANCHORS). */
export type Trusted = { trust?: 'local' };

export const answerReasonTexts: Record<(typeof ANSWER_REASONS)[number], ReasonTexts> = {
  declined: {
    zh: {
      title: '本人没有同意',
      cause: '持证人在钱包里拒绝了这次出示。',
      next_guard: '需要时请重新发起。',
      next_student: '改变主意时，请重新开始。',
    },
    en: {
      title: 'Declined by the holder',
      cause: 'The holder refused this presentation in the wallet.',
      next_guard: 'Ask again if it is still needed.',
      next_student: 'Start again if you change your mind.',
    },
  },
  'wallet-error': {
    zh: {
      title: '钱包没能出示',
      cause: '钱包报告说它不能回答这次请求。',
      next_guard: '请重新发起；再失败请联系管理员。',
      next_student: '请更新钱包后再试。',
    },
    en: {
      title: 'The wallet could not',
      cause: 'The wallet said that it cannot answer this request.',
      next_guard: 'Ask again; if it fails again, call the operator.',
      next_student: 'Update the wallet and try again.',
    },
  },
  'query-not-satisfied': {
    zh: {
      title: '证件不符合要求',
      cause: '出示的证件没有满足请求的条件。',
      next_guard: '请核对所要求的内容。',
      next_student: '请换一张符合要求的证件。',
    },
    en: {
      title: 'Not what was asked for',
      cause: 'The credential does not meet what was asked for.',
      next_guard: 'Check what was asked for.',
      next_student: 'Show a credential that fits.',
    },
  },
  'transaction-not-confirmed': {
    zh: {
      title: '没有确认所示事项',
      cause: '持证人的签名里没有这次要确认的内容。',
      next_guard: '请重新发起；再失败请联系管理员。',
      next_student: '请用能显示确认内容的钱包再试。',
    },
    en: {
      title: 'Not confirmed',
      cause: 'The holder did not sign what was to be confirmed.',
      next_guard: 'Ask again; if it fails again, call the operator.',
      next_student: 'Try again with a wallet that shows what is to be confirmed.',
    },
  },
};
