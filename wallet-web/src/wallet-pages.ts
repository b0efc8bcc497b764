import { type ServiceMiddleware, servePages } from '@lanyard/platform';

export interface WalletPagesOptions {
  folder: string;
  issuer: string;
  verifier: string;
  idp: string;
  universityCode: string;
  universityName: string;
}

/**
 * The built pages with their policy. A wallet talks to any issuer and any verifier, so `connect-src` is every https
 * address (docs/decisions/0017-wallet.md); scripts stay the wallet's own files. Plain http is for the demo on one device.
 */
export function walletPages(options: WalletPagesOptions): ServiceMiddleware[] {
  const { folder, issuer, verifier, idp } = options;
  const demo = [issuer, verifier, idp].some((address) => new URL(address).protocol === 'http:');
  const pages = servePages({
    folder,
    connect: ['https:', ...(demo ? ['http://localhost:*'] : [])],
    wasm: true,
    appRoutes: /^\/(answer|claim|card|records|verified|me|present|dc|issue\/callback)?$/,
    config: {
      issuer,
      verifier,
      idp,
      university_code: options.universityCode,
      university_name: options.universityName,
    },
  });
  return [keepOpener, pages];
}

/** The page that answers an opener has to keep it (docs/decisions/0017-wallet.md); all others are on their own. */
const keepOpener: ServiceMiddleware = async (context, next) => {
  if (context.path === '/dc') context.set('Cross-Origin-Opener-Policy', 'unsafe-none');
  await next();
};
