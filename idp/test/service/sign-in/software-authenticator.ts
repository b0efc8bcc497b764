import { createHash, createSign, type KeyObject, randomBytes } from 'node:crypto';
import { type CborValue, encodeCbor } from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';

export interface Hostile {
  /** Overrides in the client data. */
  client?: Record<string, unknown>;
  rpId?: string;
  userVerified?: boolean;
  userPresent?: boolean;
  counter?: number;
  /** BE flag; by default as the authenticator is. */
  backupEligible?: boolean;
  userHandle?: string;
  credentialId?: Uint8Array;
  signature?: (data: Uint8Array) => Uint8Array;
}

export interface Options {
  challenge: string;
  rpId?: string;
  rp?: { id: string };
  user?: { id: string };
}

/** An authenticator by hand: does what a real one does, and whatever a hostile one would. */
export function createAuthenticator(origin: string, kind: { synced: boolean; counts?: boolean }) {
  const { privateKey, publicKey } = generateKeyPair();
  const credentialId = randomBytes(32);
  let counter = 0;
  let userHandle = '';
  const clientData = (type: string, challenge: string, hostile: Hostile) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...hostile.client }));
  const next = () => (kind.counts === false ? 0 : ++counter);
  function authenticatorData(rpId: string, hostile: Hostile, attested?: Uint8Array): Buffer {
    const eligible = hostile.backupEligible ?? kind.synced;
    const flags =
      ((hostile.userPresent ?? true) ? 1 : 0) |
      ((hostile.userVerified ?? true) ? 4 : 0) |
      (eligible ? 8 | 16 : 0) |
      (attested === undefined ? 0 : 64);
    const head = Buffer.alloc(5);
    head.writeUInt8(flags, 0);
    head.writeUInt32BE(hostile.counter ?? next(), 1);
    return Buffer.concat([
      createHash('sha256')
        .update(hostile.rpId ?? rpId)
        .digest(),
      head,
      attested ?? new Uint8Array(),
    ]);
  }
  return {
    credentialId,
    register(options: Options, hostile: Hostile = {}) {
      userHandle = options.user?.id ?? '';
      const client = clientData('webauthn.create', options.challenge, hostile);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(credentialId.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, credentialId, coseKey(publicKey)]);
      const data = authenticatorData(options.rp?.id ?? '', hostile, attested);
      const attestation = encodeCbor(
        new Map<string, CborValue>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', new Uint8Array(data)],
        ]),
      );
      const id = credentialId.toString('base64url');
      return {
        id,
        rawId: id,
        type: 'public-key',
        response: {
          clientDataJSON: client.toString('base64url'),
          attestationObject: Buffer.from(attestation).toString('base64url'),
          transports: ['internal'],
        },
        clientExtensionResults: {},
      };
    },
    sign(options: Options, hostile: Hostile = {}) {
      const client = clientData('webauthn.get', options.challenge, hostile);
      const data = authenticatorData(options.rpId ?? '', hostile);
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
      const signature = hostile.signature?.(signed) ?? createSign('sha256').update(signed).sign(privateKey);
      const id = Buffer.from(hostile.credentialId ?? credentialId).toString('base64url');
      return {
        id,
        rawId: id,
        type: 'public-key',
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: Buffer.from(signature).toString('base64url'),
          userHandle: hostile.userHandle ?? userHandle,
        },
        clientExtensionResults: {},
      };
    },
  };
}
export type Authenticator = ReturnType<typeof createAuthenticator>;

function coseKey(key: KeyObject): Uint8Array {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return encodeCbor(
    new Map<number, CborValue>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
      [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
    ]),
  );
}
