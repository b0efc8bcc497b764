/** Browsers before Chrome 71 and Safari 12.1 lack the name, and the passkey library asks for it on every page. */
if (typeof globalThis === 'undefined') Object.assign(window, { globalThis: window });
