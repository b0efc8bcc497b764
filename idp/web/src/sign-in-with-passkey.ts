import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  WebAuthnAbortService,
} from '@simplewebauthn/browser';
import { CallRefused, call, goOn } from './call.js';
import { showOutcome, showPasskeys } from './outcome.js';

/** Before a challenge runs out on the server (5 minutes). */
const RENEW_MS = 240_000;

/**
 * Passkeys twice: as suggestions of the number field from the moment the page is there, and by the button. Only one of
 * the two may be under way, so the button ends the suggestions, and they come back when it led to nothing.
 */
export async function signInWithPasskey(form: HTMLFormElement): Promise<void> {
  const base = form.dataset['passkey'] ?? '';
  if (!browserSupportsWebAuthn()) return;
  showPasskeys(form);
  let suggesting = 0;
  async function ask(suggest: boolean): Promise<void> {
    const optionsJSON = await call<PublicKeyCredentialRequestOptionsJSON>(`${base}/options`);
    const answer = await startAuthentication({
      optionsJSON,
      useBrowserAutofill: suggest,
      verifyBrowserAutofillInput: false,
    });
    const { location } = await call<{ location: string }>(`${base}/verify`, answer);
    goOn(location);
  }
  function suggest(): void {
    const mine = ++suggesting;
    const renewal = window.setTimeout(() => {
      if (mine !== suggesting) return;
      WebAuthnAbortService.cancelCeremony();
      suggest();
    }, RENEW_MS);
    ask(true).catch((thrown: unknown) => {
      window.clearTimeout(renewal);
      // Nobody asked for the suggestion, so its end is no news; what our server refused is.
      if (mine === suggesting && thrown instanceof CallRefused) showOutcome(form, thrown);
    });
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    suggesting += 1;
    WebAuthnAbortService.cancelCeremony();
    ask(false).catch((thrown: unknown) => {
      showOutcome(form, thrown);
      if (canSuggest) suggest();
    });
  });
  const canSuggest = await browserSupportsWebAuthnAutofill().catch(() => false);
  if (canSuggest) suggest();
}
