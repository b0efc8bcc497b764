// `npm run conformance`: writes docs/conformance.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { conformanceDocument, untested } from './lib/conformance.mjs';
import { root } from './lib/prepare.mjs';

writeFileSync(join(root, 'docs', 'conformance.md'), conformanceDocument());
const missing = untested();
console.log(missing.length === 0 ? 'every rule has a test' : `without a test: ${missing.join(', ')}`);
