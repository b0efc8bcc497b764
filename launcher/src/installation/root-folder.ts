import { createCipheriv, createDecipheriv, createPrivateKey, randomBytes, scrypt, X509Certificate } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeRoot, type OfflineRoot, openRoot, type RootRecord, writeDurably } from '@lanyard/platform';
import { CommandRefusal } from '../client/call-service.js';
import type { Installation } from './read-installation.js';

/** 128 MiB and half a second for each guess. */
const SCRYPT = { N: 131_072, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
const KDF = 'scrypt-131072-8-1';
const AAD = Buffer.from('lanyard root 1');
const SHORTEST_PASSPHRASE = 12;

/** The sealed key as a file; the parameters of scrypt are not negotiable. */
interface SealedKey {
  version: 1;
  kdf: 'scrypt-131072-8-1';
  salt: string;
  nonce: string;
  /** AES-256-GCM, the tag at the end. */
  sealed: string;
}

const keyFile = (installation: Installation) => join(installation.files.rootFolder, 'root-key.json');
const ledgerFile = (installation: Installation) => join(installation.files.rootFolder, 'issued.jsonl');

/** True where a root was made for this installation, even when its key has been moved away. */
export function hasRoot(installation: Installation): boolean {
  return existsSync(installation.files.rootCertificates);
}

/** The passphrase from LANYARD_ROOT_PASSPHRASE, or the one that was made for a demo. */
export function readPassphrase(installation: Installation, environment: NodeJS.ProcessEnv): string | undefined {
  const given = environment['LANYARD_ROOT_PASSPHRASE'];
  if (given) return given;
  const { rootPassphrase } = installation.files;
  return existsSync(rootPassphrase) ? readFileSync(rootPassphrase, 'utf8').trim() : undefined;
}

/** As {@link readPassphrase}; makes one (0600) where there is none, so that a first start needs nobody. */
export function ensurePassphrase(installation: Installation, environment: NodeJS.ProcessEnv): string {
  const known = readPassphrase(installation, environment);
  if (known !== undefined) return known;
  const made = randomBytes(24).toString('base64url');
  mkdirSync(installation.home, { recursive: true, mode: 0o700 });
  writeDurably(installation.files.rootPassphrase, Buffer.from(`${made}\n`));
  return made;
}

/** Makes the root. @throws CommandRefusal `root-exists`, `root-passphrase-weak` */
export async function initRoot(
  installation: Installation,
  passphrase: string,
  nowSeconds: number,
): Promise<Uint8Array> {
  if (hasRoot(installation) || existsSync(keyFile(installation)))
    throw new CommandRefusal('root-exists', `There is a root already: ${installation.files.rootCertificates}`);
  if (passphrase.length < SHORTEST_PASSPHRASE)
    throw new CommandRefusal('root-passphrase-weak', `A passphrase has at least ${SHORTEST_PASSPHRASE} characters.`);
  mkdirSync(installation.files.rootFolder, { recursive: true, mode: 0o700 });
  const { privateKey, certificate } = makeRoot(installation.universityName, {
    nowSeconds,
    record: recordIn(installation),
  });
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  writeDurably(keyFile(installation), Buffer.from(`${JSON.stringify(await seal(pkcs8, passphrase))}\n`));
  // Last: whoever sees the certificate can rely on the key.
  writeDurably(installation.files.rootCertificates, Buffer.from(new X509Certificate(certificate).toString()));
  return certificate;
}

/** The root for one command. @throws CommandRefusal `root-missing`, `root-passphrase-missing`, `root-passphrase-wrong` */
export async function openRootFolder(installation: Installation, passphrase: string | undefined): Promise<OfflineRoot> {
  const file = keyFile(installation);
  if (!existsSync(file) || !hasRoot(installation))
    throw new CommandRefusal('root-missing', `No key of a root in ${installation.files.rootFolder}.`);
  if (passphrase === undefined)
    throw new CommandRefusal('root-passphrase-missing', 'Give the passphrase in LANYARD_ROOT_PASSPHRASE.');
  const pkcs8 = await unseal(readSealed(file), passphrase);
  return openRoot({
    privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
    certificate: new Uint8Array(new X509Certificate(readFileSync(installation.files.rootCertificates)).raw),
    universityName: installation.universityName,
    record: recordIn(installation),
  });
}

/** The number the next revocation list takes: above all this root has signed. */
export function nextListNumber(installation: Installation): number {
  const path = ledgerFile(installation);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  const numbers = lines.map((line) => (JSON.parse(line) as Partial<{ number: number }>).number ?? 0);
  return Math.max(0, ...numbers) + 1;
}

/** Written down and flushed before the root signs. */
function recordIn(installation: Installation): (record: RootRecord) => void {
  return (record) => {
    const file = openSync(ledgerFile(installation), 'a', 0o600);
    try {
      writeSync(file, `${JSON.stringify(record)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  };
}

function readSealed(file: string): SealedKey {
  const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<SealedKey>;
  const { version, kdf, salt, nonce, sealed } = read;
  if (version !== 1 || kdf !== KDF || salt === undefined || nonce === undefined || sealed === undefined)
    throw new CommandRefusal('root-unreadable', `${file} is not a sealed root of this version.`);
  return { version, kdf, salt, nonce, sealed };
}

async function seal(plain: Buffer, passphrase: string): Promise<SealedKey> {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, salt), nonce);
  cipher.setAAD(AAD);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const text = (value: Buffer) => value.toString('base64url');
  return { version: 1, kdf: KDF, salt: text(salt), nonce: text(nonce), sealed: text(sealed) };
}

async function unseal(key: SealedKey, passphrase: string): Promise<Buffer> {
  const [salt, nonce, sealed] = [key.salt, key.nonce, key.sealed].map((text) => Buffer.from(text, 'base64url')) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const opener = await keyOf(passphrase, salt);
  try {
    const decipher = createDecipheriv('aes-256-gcm', opener, nonce, { authTagLength: 16 });
    decipher.setAAD(AAD);
    decipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  } catch {
    throw new CommandRefusal('root-passphrase-wrong', 'The passphrase does not open the root.');
  }
}

/** Not the synchronous form: connections to the services are alive meanwhile. */
function keyOf(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, 32, SCRYPT, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
