import { xmlText } from '../../domain/cas/xml-text.js';

/** Submits the form of the page; a file of its own, as the policy allows no script in a page. */
export const POST_SCRIPT = `document.querySelector('form').submit();\n`;

/** Lets our script run and the form go to this one service. */
export function postPolicy(serviceOrigin: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `form-action ${serviceOrigin}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** A form that goes to the service by itself, or by its button where no script runs (CAS protocol §2.1.1, method). */
export function postPage(parts: { action: string; field: string; ticket: string; scriptPath: string }): string {
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>正在进入 Signing in</title><script src="${xmlText(parts.scriptPath)}" defer></script></head>
<body><main><h1>正在进入 <span lang="en">Signing in</span></h1>
<form method="post" action="${xmlText(parts.action)}"><input type="hidden" name="${xmlText(parts.field)}" value="${xmlText(parts.ticket)}">
<button type="submit">继续 <span lang="en">Continue</span></button></form></main></body></html>
`;
}
