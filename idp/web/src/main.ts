import '@lanyard/look/tokens.css';
import '@lanyard/look/components.css';
import './idp.css';
import './old-browsers.js';
import { focusTrouble } from './focus-trouble.js';
import { registerPasskey } from './register-passkey.js';
import { signInWithPasskey } from './sign-in-with-passkey.js';
import { waitForPhone } from './wait-for-phone.js';

// Each page marks with a data attribute what is to be done on it; the server renders everything that is read.
for (const form of document.querySelectorAll<HTMLFormElement>('form[data-passkey]')) void signInWithPasskey(form);
for (const form of document.querySelectorAll<HTMLFormElement>('form[data-register]')) registerPasskey(form);
for (const place of document.querySelectorAll<HTMLElement>('[data-state]')) void waitForPhone(place);
focusTrouble();
