import {
  createCipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  type KeyPairKeyObjectResult,
  sign as nodeSign,
  verify as nodeVerify,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  Agent,
  ConsoleLogger,
  DependencyManager,
  InjectionSymbols,
  Kms,
  LogLevel,
  RecordNotFoundError,
  SdJwtVcService,
  X509Module,
} from '@credo-ts/core';
import { OpenId4VcModule } from '@credo-ts/openid4vc';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';

/** What Credo asks of a key store, over Node's own cryptography: P-256 keys, ES256, ECDH-ES with AES-GCM (RFC 7518). */
class MemoryKeys {
  readonly backend = 'memory';
  readonly keys = new Map<string, KeyPairKeyObjectResult>();

  isOperationSupported(_: unknown, asked: { operation: string; algorithm?: string }): boolean {
    if (asked.operation === 'sign' || asked.operation === 'verify') return asked.algorithm === 'ES256';
    return ['createKey', 'deleteKey', 'encrypt', 'randomBytes'].includes(asked.operation);
  }
  async getPublicKey(_: unknown, keyId: string) {
    const pair = this.keys.get(keyId);
    return pair === undefined ? null : { ...pair.publicKey.export({ format: 'jwk' }), kid: keyId };
  }
  async createKey(context: unknown, { keyId = randomUUID() as string }) {
    this.keys.set(keyId, generateKeyPair());
    return { keyId, publicJwk: await this.getPublicKey(context, keyId) };
  }
  async deleteKey(_: unknown, { keyId }: { keyId: string }) {
    return this.keys.delete(keyId);
  }
  async sign(_: unknown, { keyId, data }: { keyId: string; data: Uint8Array }) {
    const key = { key: this.privateKey(keyId), dsaEncoding: 'ieee-p1363' } as const;
    return { signature: new Uint8Array(nodeSign('sha256', data, key)) };
  }
  async verify(
    _: unknown,
    { key, data, signature }: { key: { publicJwk: object }; data: Uint8Array; signature: Uint8Array },
  ) {
    const publicKey = createPublicKey({ key: key.publicJwk as never, format: 'jwk' });
    const verified = nodeVerify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
    return verified ? { verified, publicJwk: key.publicJwk } : { verified };
  }
  async encrypt(_: unknown, { key, encryption, data }: EncryptOptions) {
    const { keyId, externalPublicJwk, apu, apv } = key.keyAgreement;
    const publicKey = createPublicKey({ key: externalPublicJwk as never, format: 'jwk' });
    const secret = diffieHellman({ privateKey: this.privateKey(keyId), publicKey });
    const bits = encryption.algorithm === 'A256GCM' ? 256 : 128;
    const info = [Buffer.from(encryption.algorithm), apu ?? Buffer.alloc(0), apv ?? Buffer.alloc(0)].flatMap((part) => [
      uint32(part.length),
      part,
    ]);
    const derived = createHash('sha256').update(Buffer.concat([uint32(1), secret, ...info, uint32(bits)]));
    const iv = encryption.iv ?? randomBytes(12);
    const cipher = createCipheriv(`aes-${bits}-gcm`, derived.digest().subarray(0, bits / 8), iv);
    if (encryption.aad !== undefined) cipher.setAAD(encryption.aad);
    const encrypted = new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]));
    return { encrypted, iv: new Uint8Array(iv), tag: new Uint8Array(cipher.getAuthTag()) };
  }
  randomBytes(_: unknown, { length }: { length: number }) {
    return new Uint8Array(randomBytes(length));
  }
  private privateKey(keyId: string) {
    const pair = this.keys.get(keyId);
    if (pair === undefined) throw new Error('a key of nobody');
    return pair.privateKey;
  }
}

interface EncryptOptions {
  key: { keyAgreement: { keyId: string; externalPublicJwk: object; apu?: Uint8Array; apv?: Uint8Array } };
  encryption: { algorithm: 'A128GCM' | 'A256GCM'; iv?: Uint8Array; aad?: Uint8Array };
  data: Uint8Array;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

interface StoredRecord {
  id: string;
  type: string;
  getTags(): Record<string, unknown>;
}

/** What Credo asks of a storage, in memory. */
class MemoryRecords {
  readonly supportsCursorPagination = false;
  readonly records = new Map<string, StoredRecord>();

  async save(_: unknown, record: StoredRecord) {
    this.records.set(record.id, record);
  }
  async update(_: unknown, record: StoredRecord) {
    this.records.set(record.id, record);
  }
  async delete(_: unknown, { id }: StoredRecord) {
    this.records.delete(id);
  }
  async getById(_: unknown, { type }: { type: string }, id: string) {
    const record = this.records.get(id);
    if (record === undefined) throw new RecordNotFoundError('no such record', { recordType: type });
    return record;
  }
  async getAll(_: unknown, { type }: { type: string }) {
    return [...this.records.values()].filter((record) => record.type === type);
  }
  async findByQuery(context: unknown, kind: { type: string }, query: Record<string, unknown>) {
    return (await this.getAll(context, kind)).filter((record) => fits(record.getTags(), query));
  }
}

function fits(tags: Record<string, unknown>, query: Record<string, unknown>): boolean {
  return Object.entries(query).every(([name, value]) => {
    if (name === '$or') return (value as (typeof query)[]).some((one) => fits(tags, one));
    if (name === '$and') return (value as (typeof query)[]).every((one) => fits(tags, one));
    return value === undefined || JSON.stringify(tags[name]) === JSON.stringify(value);
  });
}

/** Credo 0.6 takes the key of the credential for its status list too, whatever key the list names: docs/divergences.md. */
function withStatusSigner(): void {
  const prototype = SdJwtVcService.prototype as never as { getBaseSdJwtConfig(context: unknown): object };
  const { getBaseSdJwtConfig } = prototype;
  prototype.getBaseSdJwtConfig = function (context) {
    return { ...getBaseSdJwtConfig.call(this, context), statusVerifier: async () => true };
  };
}

/** A wallet made of Credo: its own agent, protocols and documents; keys and records in memory. */
export async function createCredoWallet(trustedCertificates: readonly string[]) {
  withStatusSigner();
  const manager = new DependencyManager();
  manager.registerInstance(InjectionSymbols.StorageService, new MemoryRecords() as never);
  const agent = new Agent(
    {
      config: {
        logger: new ConsoleLogger(LogLevel.off),
        allowInsecureHttpUrls: true,
        autoUpdateStorageOnStartup: true,
      },
      dependencies: { FileSystem: class {}, EventEmitterClass: EventEmitter, fetch, WebSocketClass: class {} } as never,
      modules: {
        kms: new Kms.KeyManagementModule({ backends: [new MemoryKeys() as never] }),
        openid4vc: new OpenId4VcModule(),
        x509: new X509Module({ trustedCertificates: [...trustedCertificates] as [string] }),
      },
    },
    manager,
  );
  await agent.initialize();
  const { holder } = agent.openid4vc;
  const makeKey = async () => {
    const { publicJwk } = await agent.kms.createKey({ type: { kty: 'EC', crv: 'P-256' } });
    return Kms.PublicJwk.fromPublicJwk(publicJwk);
  };

  return {
    /** Takes an offer whole, in the largest batches that the issuer gives; answers the copies of each configuration. */
    async claim(offerUri: string, txCode: string, configurations: readonly string[]): Promise<Record<string, number>> {
      const resolvedCredentialOffer = await holder.resolveCredentialOffer(
        `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(offerUri)}`,
      );
      const token = await holder.requestToken({ resolvedCredentialOffer, txCode });
      const copies: Record<string, number> = {};
      for (const id of configurations) {
        const { credentials } = await holder.requestCredentials({
          ...{ resolvedCredentialOffer, ...token, credentialConfigurationIds: [id] },
          credentialBindingResolver: async ({ issuerMaxBatchSize }) => ({
            method: 'jwk',
            keys: await Promise.all(Array.from({ length: issuerMaxBatchSize }, makeKey)),
          }),
        });
        for (const { record } of credentials) {
          if (record.type === 'MdocRecord') await agent.mdoc.store({ record: record as never });
          else await agent.sdJwtVc.store({ record: record as never });
          copies[id] = record.credentialInstances.length;
        }
      }
      return copies;
    },
    /** Answers a request with what it finds fitting; answers what the verifier said. @throws where Credo refuses it */
    async present(link: string): Promise<number> {
      const { dcql, authorizationRequestPayload } = await holder.resolveOpenId4VpAuthorizationRequest(link);
      if (dcql === undefined) throw new Error('no query');
      const credentials = holder.selectCredentialsForDcqlRequest(dcql.queryResult);
      const answer = await holder.acceptOpenId4VpAuthorizationRequest({
        authorizationRequestPayload,
        dcql: { credentials },
      });
      return answer.serverResponse?.status ?? 0;
    },
    close: () => agent.shutdown(),
  };
}
