interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

let offer: InstallOffer | undefined;

/** Keeps the browser's offer to install until the person asks for it. */
export function listenForInstall(): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    offer = event as InstallOffer;
  });
}

export const canInstall = (): boolean => offer !== undefined;

export async function install(): Promise<void> {
  const asked = offer;
  offer = undefined;
  await asked?.prompt();
}
