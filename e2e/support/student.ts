import { createSoftwareWallet, type OfferObject } from '../../launcher/src/software-wallet/software-wallet.js';
import { type CampusBrowser, openCampusBrowser } from './campus-browser.js';
import { eventually, type Installation } from './installation.js';

export interface Student {
  number: string;
  name: string;
  browser: CampusBrowser;
  /** Signs out at the identity layer's own page; answers when it was asked, in ms since 1970. */
  signOut(): Promise<number>;
}

/** A student with a student ID in a wallet, and a browser that signs in with it on the same device. */
export async function openStudent(
  installation: Installation,
  number: string,
  options: { idp: string; caFile?: string },
): Promise<Student> {
  const offer = await installation.operator<{ credential_offer: OfferObject; tx_code: string }>(
    'issuer',
    '/v1/credential-offers',
    { student_number: number },
  );
  const wallet = createSoftwareWallet();
  await wallet.claim(offer.credential_offer, offer.tx_code, { ids: 10, passes: 0 });
  const { answer: account } = await eventually(
    () => installation.idp<{ name: string }>('/v1/account-searches', { number }).catch(() => undefined),
    (found) => found !== undefined,
    20_000,
  );
  const browser = openCampusBrowser({
    ...(options.caFile === undefined ? {} : { caFile: options.caFile }),
    signInAt: (own) => async (interaction) => {
      const asked = await own.send(`${interaction}/wallet`);
      const back = await wallet.presentTo(asked.headers.location ?? '');
      if (back === undefined) throw new Error(`the wallet was led nowhere from ${asked.status} ${asked.text}`);
      return back;
    },
  });
  return {
    number,
    name: account?.name ?? '',
    browser,
    async signOut() {
      const atMs = Date.now();
      const page = await browser.open(`${options.idp}/logout`, { to: '' });
      if (page.status !== 200) throw new Error(`signing out answered ${page.status}`);
      return atMs;
    },
  };
}
