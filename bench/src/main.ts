import { campusLoadFigures } from './cases/campus-load.js';
import { codeBenches } from './cases/codes.js';
import { gateAgentFigures } from './cases/gate-agent.js';
import { identityFigures } from './cases/identity.js';
import { issuanceBenches } from './cases/issuance.js';
import { rosterImportFigure } from './cases/roster-import.js';
import { semesterFigure } from './cases/semester.js';
import { statusFigures } from './cases/status.js';
import { verifyApiFigures } from './cases/verify-api.js';
import { print } from './measure.js';

const BENCHES: Record<string, () => object | object[] | Promise<object | object[]>> = {
  ...codeBenches,
  ...issuanceBenches,
  'status-48m': statusFigures,
  'roster-import': rosterImportFigure,
  'semester-50k': semesterFigure(50_000, 3),
  'semester-1m': semesterFigure(1_000_000, 1),
  'verify-api': verifyApiFigures,
  'gate-agent': gateAgentFigures,
  'idp-signin': identityFigures,
  'campus-load': campusLoadFigures,
};

/** `./lanyard bench [NAME]`: one JSON line per figure; NAME is a bench or the beginning of several names. */
const wanted = process.argv[2] ?? '';
const names = Object.keys(BENCHES).filter((name) => name.startsWith(wanted));
if (names.length === 0) {
  process.stderr.write(`no such bench; there are ${Object.keys(BENCHES).join(', ')}\n`);
  process.exitCode = 2;
}
for (const name of names) {
  const figures = await BENCHES[name]?.();
  for (const figure of Array.isArray(figures) ? figures : [figures]) if (figure !== undefined) print(figure);
}
