import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type { HeldKey, KeyCustody } from './key-custody.js';
import type { Pkcs11Binding } from './pkcs11-binding.js';
import { keyIdOf } from './sealed-store.js';

/** Why keys in a token cannot be reached; the message is for the operator. */
export type CustodyErrorCode = 'pkcs11-missing' | 'pkcs11-token-missing' | 'pkcs11-pin-wrong' | 'pkcs11-failed';
export class CustodyError extends Error {
  override readonly name = 'CustodyError';
  constructor(
    readonly code: CustodyErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** OBJECT IDENTIFIER of P-256 (RFC 5480 §2.1.1.1), as CKA_EC_PARAMS wants it. */
const P256 = Buffer.from('06082a8648ce3d030107', 'hex');
const LABEL = 'lanyard signer';
/** A token that was pulled or restarted: sessions and object handles are gone, keys are not. */
const LOST = [
  'CKR_SESSION_HANDLE_INVALID',
  'CKR_SESSION_CLOSED',
  'CKR_OBJECT_HANDLE_INVALID',
  'CKR_USER_NOT_LOGGED_IN',
];

/**
 * Keys in a PKCS#11 token, made there and not extractable. One session of this process signs for all; C_Sign is
 * synchronous. A lost session is opened again once for each call.
 *
 * @throws CustodyError where module, token or PIN do not work
 */
export function openPkcs11Custody(parts: { module: string; token: string; pin: string }): KeyCustody {
  const js = loadBinding();
  const pkcs11 = new js.PKCS11();
  attempt('pkcs11-missing', `The PKCS#11 module ${parts.module} cannot be used.`, () => {
    pkcs11.load(parts.module);
    try {
      pkcs11.C_Initialize();
    } catch (error) {
      if (nameOf(error) !== 'CKR_CRYPTOKI_ALREADY_INITIALIZED') throw error;
    }
  });
  const privateKeys = new Map<string, Buffer>();
  let session = openSession();

  function openSession(): Buffer {
    const slot = attempt('pkcs11-token-missing', `There is no token ${parts.token}.`, () => {
      const found = pkcs11.C_GetSlotList(true).find((one) => pkcs11.C_GetTokenInfo(one).label.trim() === parts.token);
      if (found === undefined) throw new Error('no slot has it');
      return found;
    });
    return attempt('pkcs11-pin-wrong', `The PIN does not open the token ${parts.token}.`, () => {
      const opened = pkcs11.C_OpenSession(slot, js.CKF_SERIAL_SESSION | js.CKF_RW_SESSION);
      try {
        pkcs11.C_Login(opened, js.CKU_USER, parts.pin);
      } catch (error) {
        if (nameOf(error) !== 'CKR_USER_ALREADY_LOGGED_IN') throw error;
      }
      return opened;
    });
  }

  function inSession<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!LOST.includes(nameOf(error))) throw failed(error);
      privateKeys.clear();
      session = openSession();
      return attempt('pkcs11-failed', 'The token refused.', work);
    }
  }

  function find(handle: string, kind: number): Buffer | undefined {
    pkcs11.C_FindObjectsInit(session, [
      { type: js.CKA_CLASS, value: kind },
      { type: js.CKA_ID, value: Buffer.from(handle, 'hex') },
      { type: js.CKA_LABEL, value: LABEL },
    ]);
    try {
      return pkcs11.C_FindObjects(session, 1)[0];
    } finally {
      pkcs11.C_FindObjectsFinal(session);
    }
  }

  function privateKey(handle: string): Buffer | undefined {
    const known = privateKeys.get(handle) ?? find(handle, js.CKO_PRIVATE_KEY);
    if (known !== undefined) privateKeys.set(handle, known);
    return known;
  }

  function compressedOf(object: Buffer): Uint8Array {
    const [attribute] = pkcs11.C_GetAttributeValue(session, object, [{ type: js.CKA_EC_POINT }]);
    const value = attribute?.value as Buffer | undefined;
    // An OCTET STRING around the point; some tokens give the point alone.
    const point = value?.length === 67 ? value.subarray(2) : value;
    if (point?.length !== 65 || point[0] !== 4) throw new Error('the token gave no point of P-256');
    const parity = (point[64] ?? 0) & 1;
    return new Uint8Array([2 + parity, ...point.subarray(1, 33)]);
  }

  function generate(): HeldKey {
    const common = [
      { type: js.CKA_TOKEN, value: true },
      { type: js.CKA_LABEL, value: LABEL },
      { type: js.CKA_ID, value: randomBytes(16) },
    ];
    const pair = pkcs11.C_GenerateKeyPair(
      session,
      { mechanism: js.CKM_EC_KEY_PAIR_GEN },
      [...common, { type: js.CKA_EC_PARAMS, value: P256 }, { type: js.CKA_VERIFY, value: true }],
      [
        ...common,
        { type: js.CKA_PRIVATE, value: true },
        { type: js.CKA_SENSITIVE, value: true },
        { type: js.CKA_EXTRACTABLE, value: false },
        { type: js.CKA_SIGN, value: true },
      ],
    );
    const compressed = compressedOf(pair.publicKey);
    const kid = keyIdOf(compressed);
    for (const object of [pair.publicKey, pair.privateKey])
      pkcs11.C_SetAttributeValue(session, object, [{ type: js.CKA_ID, value: kid }]);
    return { handle: kid.toString('hex'), compressed };
  }

  return {
    generate: () => inSession(generate),
    publicKey: (handle) =>
      inSession(() => {
        const found = find(handle, js.CKO_PUBLIC_KEY);
        return found === undefined ? undefined : compressedOf(found);
      }),
    signer(handle) {
      if (inSession(() => privateKey(handle)) === undefined) return undefined;
      return (data) =>
        inSession(() => {
          const key = privateKey(handle);
          if (key === undefined) throw new Error('the key has been taken out of the token');
          pkcs11.C_SignInit(session, { mechanism: js.CKM_ECDSA }, key);
          // CKM_ECDSA signs a digest and answers r || s.
          const digest = createHash('sha256').update(data).digest();
          return new Uint8Array(pkcs11.C_Sign(session, digest, Buffer.alloc(64)));
        });
    },
    destroy: (handle) =>
      inSession(() => {
        privateKeys.delete(handle);
        for (const kind of [js.CKO_PRIVATE_KEY, js.CKO_PUBLIC_KEY]) {
          const found = find(handle, kind);
          if (found !== undefined) pkcs11.C_DestroyObject(session, found);
        }
      }),
    close() {
      privateKeys.clear();
      try {
        pkcs11.C_CloseSession(session);
      } catch {
        // The token was gone before us.
      }
    },
  };
}

/** An optional dependency: loaded only where a token is configured. */
function loadBinding(): Pkcs11Binding {
  return attempt('pkcs11-missing', 'The package pkcs11js is not installed.', () =>
    createRequire(import.meta.url)('pkcs11js'),
  );
}

function attempt<T>(code: CustodyErrorCode, message: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof CustodyError) throw cause;
    throw new CustodyError(code, `${message} (${nameOf(cause)})`, { cause });
  }
}

function failed(cause: unknown): CustodyError {
  return cause instanceof CustodyError ? cause : new CustodyError('pkcs11-failed', nameOf(cause), { cause });
}

/** The CKR_… name, with which the binding begins its messages. */
function nameOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /CKR_[A-Z0-9_]+/.exec(message)?.[0] ?? message;
}
