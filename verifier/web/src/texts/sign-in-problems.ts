/** Why a sign-in did not come through, by the code in the address of the page. */
const TEXTS: Readonly<Record<string, { zh: string; en: string }>> = {
  'sign-in-expired': {
    zh: '这次登录已过期、已用过，或在别的浏览器里开始。请重新登录。',
    en: 'This sign-in has expired, was used, or began in another browser. Sign in again.',
  },
  'sign-in-cancelled': {
    zh: '没有登录。请再登录一次，或换一个账号。',
    en: 'You were not signed in. Try again, or use another account.',
  },
  'sign-in-not-valid': {
    zh: '统一身份认证的答复没有通过检查。请重新登录；再次出现就告诉管理员。',
    en: 'The answer of the campus sign-in did not pass our checks. Sign in again; if it comes back, tell the administrator.',
  },
  'sign-in-too-weak': {
    zh: '这里要用绑定设备的通行密钥登录。请换这种方式再登录。',
    en: 'This place needs a device-bound passkey. Sign in again with one.',
  },
  'sign-in-without-role': {
    zh: '你的账号在这里没有岗位。请联系管理员。',
    en: 'Your account has no role here. Ask the administrator.',
  },
  'sign-in-not-offered': {
    zh: '这里没有接入统一身份认证。请用登录链接。',
    en: 'The campus sign-in is not set up here. Use a sign-in link.',
  },
  'dependency-unavailable': {
    zh: '统一身份认证暂时连不上。过一会儿再试，急用请用登录链接。',
    en: 'The campus sign-in cannot be reached. Try again soon, or use a sign-in link.',
  },
};

/** The code with its texts; undefined for what is no such code, so that an address cannot write on the page. */
export function signInProblem(code: string): { code: string; titles: { zh: string; en: string } } | undefined {
  const titles = Object.hasOwn(TEXTS, code) ? TEXTS[code] : undefined;
  return titles === undefined ? undefined : { code, titles };
}
