// `npm start`: a fresh clone needs nothing but Node and npm.
import { ensureBuilt, ensureInstalled } from './lib/prepare.mjs';

ensureInstalled();
ensureBuilt();
process.argv.splice(1, process.argv.length, 'launcher', 'up');
await import('../launcher/dist/main.js');
