/** Shown where the staff page itself is not built: hands the link's code over by a script, so that opening it uses nothing up. */
export const SIGN_IN_PAGE = `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>核验登录 Sign in</title><script src="/staff/sign-in.js" defer></script></head>
<body><main><h1>核验登录 Sign in</h1><p id="state" role="status">正在登录…… Signing in…</p>
<p><a href="/staff/sign-in/start">用统一身份认证登录 Sign in with the campus account</a></p>
<noscript><p>请打开 JavaScript。 Turn JavaScript on.</p></noscript></main></body></html>
`;

export const SIGN_IN_SCRIPT = `const state = document.getElementById('state');
const code = new URLSearchParams(location.search).get('code') ?? location.hash.replace(/^#code=/, '');
const problem = new URLSearchParams(location.search).get('problem');
history.replaceState(null, '', location.pathname);
if (code === '') state.textContent = problem ?? '';
else fetch('/staff/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code }) })
  .then(async (answer) => {
    if (answer.ok) return location.replace('/staff');
    const problem = await answer.json();
    state.textContent = problem.title_zh + ' ' + problem.title;
  })
  .catch(() => { state.textContent = '网络不通，请再试。 No network, try again.'; });
`;

export const SIGN_IN_POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
