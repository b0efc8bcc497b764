import type { Context } from 'koa';

export interface OwnCookie {
  name: string;
  /** Null takes it away; without a life it ends with the browser. */
  value: string | null;
  path: string;
  /** Whether browsers send it over https only. */
  isSecure: boolean;
  /** `lax` where it has to come along on a redirect from another site. */
  sameSite?: 'strict' | 'lax';
  life?: { maxAge: number } | { expires: Date };
}

/** A cookie of ours: never for scripts, without a domain, in the place of one of its name. */
export function setCookie(context: Context, cookie: OwnCookie): void {
  // TLS ends before this process; the cookie is for https all the same.
  if (cookie.isSecure) context.cookies.secure = true;
  context.cookies.set(cookie.name, cookie.value, {
    ...{ httpOnly: true, overwrite: true, path: cookie.path, secure: cookie.isSecure },
    sameSite: cookie.sameSite ?? 'strict',
    ...(cookie.value === null ? { maxAge: 0 } : cookie.life),
  });
}
