import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { ForeignClient } from './foreign-client.js';
import { PURPOSE } from './foreign-client.js';

const require = createRequire(import.meta.url);

/** phpCAS: a page of PHP. */
export function phpCas(port: number): ForeignClient & { files(settings: string): Record<string, string> } {
  return {
    ...casParty('old-php', '教务旧系统', `http://localhost:${port}/`),
    settings: 'phpCAS 1.6',
    files: (settings) => ({
      'index.php': `<?php
${settings}
header('Content-Type: text/plain; charset=utf-8');
echo 'SIGNED-IN ' . json_encode(['user' => $number, 'name' => $attributes['cn'],
  'groups' => (array) ($attributes['memberOf'] ?? [])], JSON_UNESCAPED_UNICODE) . "\\n";
`,
    }),
  };
}

/** mod_auth_cas: the page learns the person from headers that the module sets. */
export function modAuthCas(port: number): ForeignClient & { files: Record<string, string> } {
  return {
    ...casParty('old-apache', '设备处网站', `http://localhost:${port}/`),
    settings: 'mod_auth_cas 1.2',
    files: {
      'index.php': `<?php
$headers = getallheaders();
header('Content-Type: text/plain; charset=utf-8');
echo 'SIGNED-IN ' . json_encode(['user' => $headers['CAS-User'], 'name' => $headers['CAS-cn'],
  'groups' => array_filter(explode(',', $headers['CAS-memberOf'] ?? ''))], JSON_UNESCAPED_UNICODE) . "\\n";
`,
    },
  };
}

/** http-cas-client: a server of Node. */
export function httpCasClient(port: number) {
  return {
    ...casParty('old-node', '社团平台', `http://localhost:${port}/`),
    settings: 'http-cas-client',
    program: (settings: string) => `import { createServer } from 'node:http';
import casClient from '${pathToFileURL(require.resolve('http-cas-client'))}';
${settings}
createServer(async (request, response) => {
  try {
    if (!(await handler(request, response))) return response.end();
  } catch {
    response.statusCode = 403;
    return response.end('refused');
  }
  const { user, attributes } = request.principal;
  response.end('SIGNED-IN ' + JSON.stringify({ user, name: attributes.cn, groups: [attributes.memberOf ?? []].flat() }));
}).listen(${port}, 'localhost');
`,
  } satisfies ForeignClient & Record<string, unknown>;
}

/** AuthCAS: a CGI program that keeps its own sessions, with the few lines for single logout that the module lacks. */
export function authCas(port: number) {
  return {
    ...casParty('old-perl', '图书馆旧目录', `http://localhost:${port}/`),
    settings: 'AuthCAS 1.7 (Perl)',
    files: (settings: string, sessionFolder: string): Record<string, string> => ({
      'index.pl': `#!/usr/bin/perl
use strict; use warnings; use AuthCAS; use JSON::PP; use Digest::SHA 'sha256_hex';
my $folder = '${sessionFolder}';
if ($ENV{REQUEST_METHOD} eq 'POST') {
  read STDIN, my $body, $ENV{CONTENT_LENGTH} // 0;
  $body =~ tr/+/ /; $body =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
  unlink "$folder/" . sha256_hex($1) if $body =~ m{<samlp:SessionIndex>([^<]+)</samlp:SessionIndex>};
  print "Status: 204\\n\\n";
  exit;
}
my %query = map { split /=/, $_, 2 } split /&/, $ENV{QUERY_STRING} // '';
my $ticket = $query{ticket};
${settings}
if (defined $user) {
  my $session = sha256_hex($ticket);
  my @groups = split m{</cas:memberOf>\\s*<cas:memberOf>}, $attributes->{'cas:memberOf'}[0] // '';
  open my $file, '>', "$folder/$session" or die;
  print $file JSON::PP->new->encode({ user => $user, name => $attributes->{'cas:cn'}[0], groups => \\@groups });
  close $file;
  print "Status: 302\\nLocation: /\\nSet-Cookie: PERL_SESSION=$session; Path=/; HttpOnly\\n\\n";
  exit;
}
my ($session) = ($ENV{HTTP_COOKIE} // '') =~ /PERL_SESSION=([0-9a-f]{64})/;
if (defined $session && open my $file, '<', "$folder/$session") {
  print "Content-Type: text/plain; charset=utf-8\\n\\nSIGNED-IN ", <$file>, "\\n";
} else {
  print "Status: 302\\nLocation: $login\\n\\n";
}
`,
    }),
  } satisfies ForeignClient & Record<string, unknown>;
}

function casParty(id: string, nameZh: string, page: string) {
  return {
    id,
    page,
    registration: {
      id,
      name_zh: nameZh,
      name_en: id,
      protocol: 'cas',
      ...PURPOSE,
      claims: ['name', GROUPS],
      cas: { services: [{ url: page, match: 'prefix' }], attributes: { cn: 'name', memberOf: GROUPS } },
    },
  };
}

/** The claim of several values that the clients read. */
export const GROUPS = 'groups';
