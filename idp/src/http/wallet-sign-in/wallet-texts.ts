import type { WalletRefusal } from '../../domain/wallet-sign-in/accept-presentation.js';
import type { Text } from '../pages/layout.js';

/** Cause and next step of a refused sign-in by student ID. */
export const WALLET_REFUSALS: Record<WalletRefusal | 'number-mismatch' | 'expired', Text> = {
  'presentation-not-found': {
    zh: '没有收到这次出示的结果。请从头再来一次。',
    en: 'The result of this showing did not arrive. Start once more.',
  },
  'presentation-refused': {
    zh: '这次出示没有通过核验，或你在钱包里拒绝了。请再试一次。',
    en: 'The showing did not pass, or you refused in the wallet. Try once more.',
  },
  'credential-suspended': {
    zh: '这张学生证已停用，不能用来登录。请用其他方式登录后查看原因。',
    en: 'This student ID is suspended and cannot sign you in. Sign in another way to see why.',
  },
  'credential-revoked': {
    zh: '这张学生证已失效，不能用来登录。',
    en: 'This student ID has ended and cannot sign you in.',
  },
  'presentation-undecided': {
    zh: '现在核实不了学生证的状态。请过一会儿再试，或用其他方式登录。',
    en: 'The state of the student ID cannot be checked now. Try later, or sign in another way.',
  },
  'other-university': {
    zh: '这是别的学校的学生证。请用本校的学生证。',
    en: 'This is a student ID of another university. Use one of this university.',
  },
  'account-unknown': {
    zh: '没有找到对应的账号。新领的学生证请过一分钟再试。',
    en: 'There is no account for it. With a newly claimed ID, try again in a minute.',
  },
  'number-mismatch': {
    zh: '选的数字和另一块屏幕上的不一样，这次登录已停止。如果不是你自己在登录，请不要再扫那个码。',
    en: 'The number was not the one on the other screen, so this sign-in was stopped. If you did not start it, do not scan that code again.',
  },
  expired: {
    zh: '这次登录已过期或已经用过。请在要登录的那块屏幕上重新开始。',
    en: 'This sign-in has expired or was used. Start again on the screen where you want to sign in.',
  },
};
