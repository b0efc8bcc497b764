import { CallRefused } from './call.js';

/**
 * Shows why nothing came of it, in words; a cancelled prompt is no fault and says so. The place is an alert, so it is read
 * out by itself: the focus stays on the button, which is what one presses again.
 */
export function showOutcome(form: HTMLElement, thrown: unknown): void {
  const place = form.querySelector<HTMLElement>('.outcome');
  if (place === null) return;
  place.textContent = '';
  place.classList.add('error');
  if (thrown instanceof CallRefused) {
    place.append(`${thrown.text} `);
    const code = document.createElement('span');
    code.className = 'code-text';
    code.textContent = thrown.code;
    place.append(code);
    if (thrown.stepUpUrl !== undefined)
      place.append(
        linkTo(
          thrown.stepUpUrl,
          document.documentElement.lang.indexOf('zh') === 0 ? '再次确认是我' : 'Confirm it is me',
        ),
      );
    const add = place.dataset['add'];
    if (thrown.code === 'passkey-not-device-bound' && add !== undefined)
      place.append(linkTo('/account/passkeys/new', add));
  } else if (thrown instanceof TypeError) place.append(place.dataset['offline'] ?? '');
  else if (thrown instanceof Error && thrown.name === 'InvalidStateError') place.append(place.dataset['exists'] ?? '');
  else place.append(place.dataset['cancelled'] ?? '');
}

function linkTo(href: string, text: string): HTMLElement {
  const link = document.createElement('a');
  link.href = href;
  link.className = 'btn';
  link.textContent = text;
  return link;
}

/** Where passkeys work, what needs them appears, and the sentence that they do not goes away. */
export function showPasskeys(form: HTMLElement): void {
  for (const part of form.querySelectorAll<HTMLElement>('.with-script')) part.hidden = false;
  for (const part of form.querySelectorAll<HTMLElement>('.without-passkeys')) part.hidden = true;
}
