import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** A store of secrets in one folder, each file sealed with AES-256-GCM under the installation's key file. */
export interface SealedStore {
  read(name: string): Buffer | undefined;
  /** Durable before it returns: written beside, flushed, renamed. */
  write(name: string, content: Uint8Array): void;
  /** Durable as well; what is not there is no fault. */
  remove(name: string): void;
  list(): string[];
  /** A key of 32 bytes for one use (encrypting a column, hashing a number), derived from the key file. */
  derive(use: string): Buffer;
}

const NAME = /^[a-z0-9][a-z0-9.-]{0,99}$/;

/** Opens the store; makes the key file (0600) when neither it nor any sealed file exists. */
export function openSealedStore(folder: string, keyFile: string): SealedStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const master = readKeyFile(keyFile, readdirSync(folder).length === 0);
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', master, 'lanyard sealed store 1', use, 32));
  const sealKey = derive('seal');
  const path = (name: string) => {
    if (!NAME.test(name)) throw new TypeError(`not a name for a sealed file: ${name}`);
    return join(folder, name);
  };
  return {
    derive,
    list: () => readdirSync(folder).filter((name) => NAME.test(name) && !name.endsWith('.new')),
    read(name) {
      if (!existsSync(path(name))) return undefined;
      const sealed = readFileSync(path(name));
      const decipher = createDecipheriv('aes-256-gcm', sealKey, sealed.subarray(0, 12));
      decipher.setAAD(Buffer.from(name));
      decipher.setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
    },
    write(name, content) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce);
      cipher.setAAD(Buffer.from(name));
      const body = Buffer.concat([cipher.update(content), cipher.final()]);
      writeDurably(path(name), Buffer.concat([nonce, cipher.getAuthTag(), body]));
    },
    remove(name) {
      rmSync(path(name), { force: true });
      flushFolder(folder);
    },
  };
}

/** Writes a file of mode 0600 so that after a crash either the old or the whole new content is there. */
export function writeDurably(path: string, content: Uint8Array): void {
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
  flushFolder(dirname(path));
}

function flushFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function readKeyFile(path: string, mayMake: boolean): Buffer {
  if (!existsSync(path)) {
    if (!mayMake)
      throw new Error(
        `The key file ${path} is missing, and sealed files exist: restore it, a new one cannot open them.`,
      );
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeDurably(path, Buffer.from(`${randomBytes(32).toString('hex')}\n`));
  }
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
  if (key.length !== 32) throw new Error(`The key file ${path} does not hold 32 bytes in hex.`);
  return key;
}

/** First 8 bytes of SHA-256 over a compressed public key: a kid. */
export function keyIdOf(compressed: Uint8Array): Buffer {
  return createHash('sha256').update(compressed).digest().subarray(0, 8);
}
