/**
 * Asks the browser itself for a student ID (W3C Digital Credentials API). For staff with a session of this service: the
 * page holds nothing, its script calls routes that want the session cookie and our own origin.
 */
export const DC_API_PAGE = `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>浏览器核验 Verify with the browser</title><script src="/dc-api.js" defer></script></head>
<body><main><h1>浏览器核验 <span lang="en">Verify with the browser</span></h1>
<p>请学生用本机或扫码选择电子学生证。 <span lang="en">The student chooses the student ID on this device or by scanning.</span></p>
<p><label for="purpose">用途 <span lang="en">Purpose</span></label> <select id="purpose" disabled></select></p>
<p><button id="ask" type="button" disabled>核验 <span lang="en">Verify</span></button></p>
<p id="state" role="status"></p>
<p><a href="/staff">返回核验页 <span lang="en">Back to the staff page</span></a></p>
<noscript><p>请打开 JavaScript。 <span lang="en">Turn JavaScript on.</span></p></noscript></main></body></html>
`;

/** Plain browser code without a build: texts go in as text, never as markup. */
export const DC_API_SCRIPT = `const state = document.getElementById('state');
const ask = document.getElementById('ask');
const purpose = document.getElementById('purpose');
const say = (text) => { state.textContent = text; };
const call = async (path, body) => {
  const init = body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(path, init);
  const content = await answer.json();
  if (answer.status === 401) throw new Error('请先登录。 Sign in first.');
  if (!answer.ok) throw new Error([content.title_zh, content.title].filter(Boolean).join(' ') || String(answer.status));
  return content;
};
const supported = 'DigitalCredential' in globalThis && 'credentials' in navigator;
async function verify() {
  ask.disabled = true;
  say('请在钱包里确认。 Waiting for the wallet.');
  try {
    const made = await call('/v1/staff/dc-requests', { purpose: purpose.value });
    const credential = await navigator.credentials.get({ digital: made.dc_request, mediation: 'required' });
    const data = typeof credential.data === 'string' ? JSON.parse(credential.data) : credential.data;
    const result = await call('/v1/staff/dc-requests/' + made.id + '/answer', { data });
    say(result.title_zh + ' ' + result.title_en);
  } catch (error) {
    say(error.name === 'NotAllowedError' || error.name === 'AbortError' ? '没有出示。 Nothing was presented.' : error.message);
  } finally {
    ask.disabled = false;
  }
}
if (!supported) say('这个浏览器不支持数字凭证接口，请改用扫码核验。 This browser has no Digital Credentials API; scan a code instead.');
else call('/v1/staff/me').then(({ purposes }) => {
  for (const { id, name_zh, name_en } of purposes) purpose.add(new Option(name_zh + ' ' + name_en, id));
  purpose.disabled = ask.disabled = false;
  ask.addEventListener('click', verify);
}).catch((error) => say(error.message));
`;

export const DC_API_POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
