import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  startRegistration,
} from '@simplewebauthn/browser';
import { call, goOn } from './call.js';
import { showOutcome, showPasskeys } from './outcome.js';

/** Setting up a passkey by the button of the page. */
export function registerPasskey(form: HTMLFormElement): void {
  const base = form.dataset['register'] ?? '';
  if (!browserSupportsWebAuthn()) return;
  showPasskeys(form);
  let busy = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    register()
      .catch((thrown: unknown) => showOutcome(form, thrown))
      .then(() => {
        busy = false;
      });
  });
  async function register(): Promise<void> {
    const optionsJSON = await call<PublicKeyCredentialCreationOptionsJSON>(`${base}/options`);
    const answer = await startRegistration({ optionsJSON });
    const { location } = await call<{ location: string }>(`${base}/verify`, answer);
    goOn(location);
  }
}
