/**
 * Imports go down only: UI > http > storage, adapters > domain > packages/protocol. Services meet over HTTP and share
 * only a service's src/api. scripts/test/import-rules.test.ts plants one violation of each rule.
 */
const services = 'issuer|verifier|idp|campus|reader-agent|wallet-web|admin';
const tests = '(^|/)(test|e2e)/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'protocol-is-pure',
      comment: 'No clock, no network, no Node built-ins but in the two named adapters.',
      severity: 'error',
      from: {
        path: '^packages/protocol/src/',
        pathNot: '^packages/protocol/src/(crypto/node-crypto|status-list/node-zlib)\\.ts$',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'protocol-knows-nobody',
      severity: 'error',
      from: { path: '^packages/protocol/src/' },
      to: { path: `^(packages/(?!protocol)|${services}|launcher|bench)` },
    },
    {
      name: 'platform-knows-no-service',
      severity: 'error',
      from: { path: '^packages/platform/src/' },
      to: { path: `^(${services}|launcher|bench)` },
    },
    {
      name: 'partner-client-stands-alone',
      comment: 'Partners install it by itself: jose and what every Node has, nothing of ours.',
      severity: 'error',
      from: { path: '^packages/partner-client/src/' },
      to: { path: `^(packages/(?!partner-client)|${services}|launcher|bench)|node_modules/(?!jose/)` },
    },
    {
      name: 'domain-stays-below',
      comment: 'Domain imports neither frameworks nor the floors above it.',
      severity: 'error',
      from: { path: '^[^/]+/src/domain/' },
      to: { path: '^[^/]+/src/(http|storage|adapters)/|node_modules/(koa|@koa|knex|pg|lmdb|serialport)/' },
    },
    {
      name: 'storage-and-adapters-below-http',
      severity: 'error',
      from: { path: '^[^/]+/src/(storage|adapters)/' },
      to: { path: '^[^/]+/src/http/|node_modules/(koa|@koa)/' },
    },
    {
      name: 'nothing-imports-app',
      comment: 'app.ts and main.ts are where floors meet; nobody below knows them.',
      severity: 'error',
      from: { path: '^[^/]+/src/(domain|storage|adapters|http|api)/' },
      to: { path: '^[^/]+/src/(app|main)\\.ts$' },
    },
    {
      name: 'services-share-only-api',
      severity: 'error',
      from: { path: `^(${services})/(src|web)/`, pathNot: tests },
      to: { path: `^(${services})/`, pathNot: ['^$1/', `^(${services})/src/api/`] },
    },
    {
      name: 'pages-import-no-server',
      severity: 'error',
      from: { path: '^[^/]+/web/' },
      to: { path: '^([^/]+/src/(http|storage|adapters|domain)/|packages/platform/)' },
    },
    {
      name: 'product-imports-no-test',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: tests },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|dist-web|testdata)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.tests.json' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
