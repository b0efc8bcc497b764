/**
 * Words of their own for what happens with cards, in place of those of the reason. `card-torn` is no verdict: nothing
 * was decided, and nothing is journalled.
 */
export type TapNotice =
  | 'card-torn'
  | 'card-legacy'
  | 'card-not-ours'
  | 'card-answers-wrong'
  | 'tap-declined'
  | 'tap-refused';

interface Words {
  readonly title: string;
  readonly next: string;
}

export const tapNoticeTexts: Record<TapNotice, { readonly zh: Words; readonly en: Words }> = {
  'card-torn': {
    zh: { title: '没有读完', next: '请把卡或手机贴住读卡器，停一秒，再刷一次。' },
    en: { title: 'Not read to the end', next: 'Hold card or phone to the reader for a second and tap again.' },
  },
  'tap-declined': {
    zh: { title: '手机上选了不出示', next: '要进入，请再碰一次标签，或出示学生证码。' },
    en: { title: 'Declined on the phone', next: 'Touch the tag again, or show the code of your student ID.' },
  },
  'tap-refused': {
    zh: { title: '手机的回答不能用', next: '请再碰一次标签；还是不行，请出示学生证码。' },
    en: {
      title: 'The answer does not fit',
      next: 'Touch the tag again; if it stays so, show the code of your student ID.',
    },
  },
  'card-legacy': {
    zh: { title: '这张卡不能作证件', next: '只有编号的卡可以被复制，不能放行。请出示学生证码、手机或新校园卡。' },
    en: {
      title: 'This card proves nothing',
      next: 'A card with only a number can be copied. Show a code, a phone or a new campus card.',
    },
  },
  'card-not-ours': {
    zh: { title: '不是校园卡', next: '请刷校园卡或手机，或出示学生证码。' },
    en: { title: 'Not a campus card', next: 'Tap a campus card or phone, or show the code of your student ID.' },
  },
  'card-answers-wrong': {
    zh: { title: '卡的回答不对', next: '请再刷一次；还是不行，请出示学生证码。' },
    en: { title: 'The card answered wrongly', next: 'Tap again; if it stays so, show the code of your student ID.' },
  },
};
