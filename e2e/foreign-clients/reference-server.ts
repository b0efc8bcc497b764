import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../packages/platform/test/support/free-port.js';
import { runProgram } from '../support/run-program.js';

export interface ReferenceServer {
  /** With the path prefix. */
  prefix: string;
  user: string;
  password: string;
  stop(): Promise<void>;
}

/** Debian's own, where its packages are. */
const PYTHON = '/usr/bin/python3';
const URLS = `from django.urls import include, re_path
urlpatterns = [re_path('^cas/', include('cas_server.urls', namespace='cas_server'))]
`;
const USER = { user: 'reference', password: 'a password of this test' };

/**
 * Another project's CAS server (django-cas-server of Debian), with one person and the same services: what it answers
 * is compared with ours.
 */
export async function startReferenceServer(options: {
  /** Regular expressions of service addresses, and what each may do. */
  services: { name: string; pattern: string; proxy: boolean; proxyCallback: boolean }[];
  ticketLifeSeconds: number;
  caFile: string;
}): Promise<ReferenceServer> {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-reference-'));
  const port = await freePort();
  const environment = { DJANGO_SETTINGS_MODULE: 'reference', PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' };
  writeFileSync(join(folder, 'reference.py'), settings(folder, options));
  writeFileSync(join(folder, 'reference_urls.py'), URLS);
  writeFileSync(join(folder, 'fixture.py'), fixture(options.services));
  const env = { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...environment };
  for (const words of [['-m', 'django', 'migrate', '--verbosity', '0'], ['fixture.py']])
    execFileSync(PYTHON, words, { cwd: folder, env, stdio: 'pipe' });
  const program = await runProgram(
    PYTHON,
    ['-m', 'django', 'runserver', '--noreload', '--insecure', `127.0.0.1:${port}`],
    { url: `http://127.0.0.1:${port}/cas/login`, cwd: folder, environment },
  );
  return {
    prefix: `http://127.0.0.1:${port}/cas`,
    ...USER,
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function settings(folder: string, options: { ticketLifeSeconds: number; caFile: string }): string {
  return `
SECRET_KEY = 'a key of this test'
DEBUG = False
ALLOWED_HOSTS = ['127.0.0.1']
ROOT_URLCONF = 'reference_urls'
INSTALLED_APPS = ['django.contrib.admin', 'django.contrib.auth', 'django.contrib.contenttypes', 'django.contrib.sessions',
                  'django.contrib.messages', 'django.contrib.staticfiles', 'cas_server']
MIDDLEWARE = ['django.contrib.sessions.middleware.SessionMiddleware', 'django.middleware.locale.LocaleMiddleware',
              'django.middleware.common.CommonMiddleware', 'django.middleware.csrf.CsrfViewMiddleware',
              'django.contrib.auth.middleware.AuthenticationMiddleware',
              'django.contrib.messages.middleware.MessageMiddleware']
TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True, 'OPTIONS': {'context_processors': [
    'django.template.context_processors.request', 'django.contrib.auth.context_processors.auth',
    'django.contrib.messages.context_processors.messages']}}]
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '${folder}/reference.sqlite'}}
DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'
LANGUAGE_CODE = 'en'
USE_TZ = True
STATIC_URL = '/static/'
CAS_AUTH_CLASS = 'cas_server.auth.TestAuthUser'
CAS_TEST_USER = '${USER.user}'
CAS_TEST_PASSWORD = '${USER.password}'
CAS_TEST_ATTRIBUTES = {'cn': '阿依古丽·买买提', 'memberOf': ['外国语学院', '25英语2班']}
CAS_TICKET_VALIDITY = ${options.ticketLifeSeconds}
CAS_PROXY_CA_CERTIFICATE_PATH = '${options.caFile}'
CAS_NEW_VERSION_HTML_WARNING = CAS_NEW_VERSION_EMAIL_WARNING = False
`;
}

function fixture(services: { name: string; pattern: string; proxy: boolean; proxyCallback: boolean }[]): string {
  return `
import django, json
django.setup()
from cas_server.models import ServicePattern
for position, service in enumerate(json.loads(r'''${JSON.stringify(services)}''')):
    made = ServicePattern.objects.create(pos=position, name=service['name'], pattern=service['pattern'],
        proxy=service['proxy'], proxy_callback=service['proxyCallback'], single_log_out=True)
    made.attributs.create(name='cn')
    made.attributs.create(name='memberOf')
`;
}
