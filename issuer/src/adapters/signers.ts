import { type Clock, CustodyError, type Database, type KeyCustody, Refusal, type Transaction } from '@lanyard/platform';
import type { Sign } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import {
  compressPoint,
  createCertificateRequest,
  isCertifiedUse,
  parseCertificate,
  signerUsage,
  verifyCertificateChain,
  verifyCertificateList,
  X509Error,
} from '@lanyard/protocol/x509';
import {
  ANNOUNCED_MS,
  BACKDATED_MS,
  chooseActive,
  isAlive,
  OVERLAP_MS,
  PUBLISHED_AFTER_MS,
  type RetirementReason,
  SIGNER_LIFE_MS,
  SIGNER_USES,
  type SignerRecord,
  type SignerState,
  type SignerUse,
  startOfSuccessor,
  stateOf,
  WARN_MS,
} from '../domain/signers/signer.js';
import type { NewSigner, SignerStore } from '../storage/signers/signer-store.js';

/** A key that may sign now. The private half stays in custody. */
export interface ActiveSigner {
  use: SignerUse;
  kid: Uint8Array;
  kidText: string;
  compressed: Uint8Array;
  sign: Sign;
  /** DER, leaf first, without the root. Empty until the root has certified the key. */
  certificates: readonly Uint8Array[];
}

/** A signer as others see it. */
/** The `x5c` header of what it signs; none until the root has certified it. */
export const x5cHeaderOf = ({ certificates }: Pick<ActiveSigner, 'certificates'>): { x5c?: string[] } =>
  certificates.length === 0 ? {} : { x5c: certificates.map((der) => Buffer.from(der).toString('base64')) };

export interface PublishedSigner {
  use: SignerUse;
  kid: Uint8Array;
  compressed: Uint8Array;
  fromSeconds: number;
  toSeconds: number;
}

/** A signer that refuses everything it ever signed. */
export interface RetiredSigner extends PublishedSigner {
  sinceSeconds: number;
  reason: RetirementReason;
  certificateSerial: Uint8Array | undefined;
}

/** What the operator has to do something about. */
export interface SignerWarning {
  use: SignerUse;
  /** `ends`: within 60 days, and no certified successor is there. `not-certified`: the one that signs is not. */
  warning: 'ends' | 'not-certified';
  toSeconds: number;
}

/** `active` is missing where the key is: retired signers, and a database restored without its keys. */
type HeldSigner = SignerRecord & { readonly active: ActiveSigner | undefined };
type LivingSigner = HeldSigner & { readonly active: ActiveSigner };

export interface Signers {
  active(use: SignerUse): ActiveSigner;
  /** All that others may meet: past ones, the present one, announced ones. */
  published(): Promise<PublishedSigner[]>;
  retired(): Promise<RetiredSigner[]>;
  /** Keys of a use that sign now or will, for documents that announce their own signers. */
  announced(use: SignerUse): { kid: Uint8Array; key: Uint8Array }[];
  /** Makes missing signers and successors of those that end within the overlap; called at start and now and then. */
  maintain(): Promise<void>;
  list(): Promise<(SignerRecord & { state: SignerState })[]>;
  warnings(): SignerWarning[];
  /** Makes a signer by hand, in a transaction that is followed by {@link reload}; answers the kid in hex. */
  rotate(transaction: Transaction, use: SignerUse, actor: string): Promise<string>;
  /** A PKCS #10 request for a living signer. @throws Refusal `signer-not-found` */
  request(kid: string): { use: SignerUse; csr: Uint8Array; fromSeconds: number; toSeconds: number };
  /** @throws Refusal `signer-not-found`, `signer-certificate-invalid`, `root-missing` */
  certify(kid: string, der: Uint8Array, actor: string): Promise<void>;
  /**
   * Retires a signer, in a transaction that is followed by {@link reload}.
   *
   * @throws Refusal `signer-not-found`, `signer-use-not-retirable`, `signer-retired`
   */
  retire(
    transaction: Transaction,
    change: { kid: string; reason: RetirementReason; actor: string },
  ): Promise<{ retiredAt: Date; successor: string }>;
  /** Reads again what has been committed. */
  reload(): Promise<void>;
  /** @throws Refusal `revocation-list-invalid`, `revocation-list-older`, `root-missing` */
  publishRevocationList(der: Uint8Array, actor: string): Promise<void>;
}

const SELF = 'service:issuer';

/** Opens the signers, making those that are missing. */
export async function openSigners(parts: {
  database: Database;
  store: SignerStore;
  custody: KeyCustody;
  clock: Clock;
  issuerUrl: string;
  /** Roots of this installation, DER; none before the first `keys init`. */
  readRoots: () => readonly Uint8Array[];
}): Promise<Signers> {
  const { store, custody, clock, issuerUrl } = parts;
  let held = new Map<SignerUse, HeldSigner[]>();
  const of = (use: SignerUse) => held.get(use) ?? [];
  const alive = (use: SignerUse) => of(use).filter((signer): signer is LivingSigner => isLiving(signer, clock.nowMs()));
  const find = (kid: string) => {
    const signer = SIGNER_USES.flatMap(alive).find((one) => one.kid === kid);
    if (signer === undefined) throw new Refusal('signer-not-found');
    return signer;
  };

  async function load(): Promise<void> {
    const next = new Map<SignerUse, HeldSigner[]>(SIGNER_USES.map((use) => [use, []]));
    for (const record of await store.list(0)) {
      const known = of(record.use).find((signer) => signer.kid === record.kid);
      next.get(record.use)?.push({ ...record, active: openSigner(record, known) });
    }
    held = next;
  }

  function openSigner(record: SignerRecord, known: HeldSigner | undefined): ActiveSigner | undefined {
    if (!isAlive(record, clock.nowMs())) return undefined;
    // The same object as long as nothing changed: headers and signed lists are kept by it.
    if (known?.active !== undefined && sameBytes(known.certificate, record.certificate)) return known.active;
    const kept = known?.active?.sign;
    if (kept !== undefined) return activeOf(record, kept);
    const sign = custody.signer(record.kid);
    return sign === undefined ? undefined : activeOf(record, orAway(sign));
  }

  function make(use: SignerUse, fromMs: number): NewSigner {
    const { handle, compressed } = custody.generate();
    return { use, kid: handle, compressed, fromMs, toMs: fromMs + SIGNER_LIFE_MS };
  }

  async function maintain(): Promise<void> {
    for (const use of SIGNER_USES) {
      const now = clock.nowMs();
      const present = alive(use);
      if (present.some((signer) => signer.toMs > now + OVERLAP_MS)) continue;
      const signer = make(use, present.length === 0 ? now - BACKDATED_MS : now + ANNOUNCED_MS);
      await parts.database.transaction((transaction) => store.add(transaction, signer, SELF));
      await load();
    }
  }

  function roots(): readonly Uint8Array[] {
    const found = parts.readRoots();
    if (found.length === 0) throw new Refusal('root-missing');
    return found;
  }

  await load();
  await maintain();
  return {
    maintain,
    active(use) {
      const able = of(use).filter((one) => one.active !== undefined || one.retired !== undefined);
      const signer = chooseActive(able, clock.nowMs());
      if (signer?.active === undefined) throw new TypeError(`no signer for ${use}`);
      return signer.active;
    },
    announced: (use) => alive(use).map(({ active: { kid, compressed } }) => ({ kid, key: compressed })),
    published: async () =>
      (await store.list(PUBLISHED_AFTER_MS)).filter((signer) => signer.retired === undefined).map(toPublished),
    retired: async () =>
      (await store.list(PUBLISHED_AFTER_MS)).flatMap((signer) =>
        signer.retired === undefined
          ? []
          : [
              {
                ...toPublished(signer),
                sinceSeconds: Math.floor(signer.retired.atMs / 1000),
                reason: signer.retired.reason,
                certificateSerial:
                  signer.certificate === undefined ? undefined : parseCertificate(signer.certificate).serial,
              },
            ],
      ),
    async list() {
      const all = await store.list(PUBLISHED_AFTER_MS);
      const now = clock.nowMs();
      return all.map((signer) => ({
        ...signer,
        state: stateOf(
          signer,
          all.filter(({ use }) => use === signer.use),
          now,
        ),
      }));
    },
    warnings() {
      const now = clock.nowMs();
      return SIGNER_USES.filter(isCertifiedUse).flatMap((use): SignerWarning[] => {
        const certified = alive(use).filter((signer) => signer.certificate !== undefined);
        const last = Math.max(0, ...certified.map((signer) => signer.toMs));
        const bare = chooseActive(of(use), now)?.certificate === undefined;
        const warning = bare ? 'not-certified' : last < now + WARN_MS ? 'ends' : undefined;
        return warning === undefined ? [] : [{ use, warning, toSeconds: Math.floor(last / 1000) }];
      });
    },
    reload: load,
    async rotate(transaction, use, actor) {
      const signer = make(use, startOfSuccessor(use, clock.nowMs()));
      await store.add(transaction, signer, actor);
      return signer.kid;
    },
    request(kid) {
      const { use, active, fromMs, toMs } = find(kid);
      const csr = createCertificateRequest(pointOf(active.compressed), active.sign);
      return { use, csr, fromSeconds: Math.floor(fromMs / 1000), toSeconds: Math.floor(toMs / 1000) };
    },
    async certify(kid, der, actor) {
      const { use, active, fromMs } = find(kid);
      if (!isCertifiedUse(use)) throw new Refusal('signer-certificate-invalid', { detail: 'use' });
      const anchors = roots();
      const certificate = checked('signer-certificate-invalid', () =>
        verifyCertificateChain({
          ...{ leaf: der, chain: [], anchors, usage: signerUsage(use, issuerUrl), crypto: nodeCrypto },
          // An announced signer's certificate begins with it.
          atSeconds: Math.max(clock.nowSeconds(), Math.ceil(fromMs / 1000)),
        }),
      );
      if (!Buffer.from(compressPoint(certificate.publicPoint)).equals(active.compressed))
        throw new Refusal('signer-certificate-invalid', { detail: 'key' });
      await store.putCertificate(kid, { der, serial: certificate.serial }, actor);
      await load();
    },
    async retire(transaction, { kid, reason, actor }) {
      const done = await store.retire(kid, reason, {
        ...{ transaction, actor },
        // Nothing else signs for this use any more: no announcement.
        successor: (use) => make(use, clock.nowMs() - BACKDATED_MS),
      });
      return { retiredAt: done.retiredAt, successor: done.successor.kid };
    },
    async publishRevocationList(der, actor) {
      const [list] = roots().flatMap((root) => readList(der, root, clock.nowSeconds()));
      if (list === undefined) throw new Refusal('revocation-list-invalid');
      await store.putRevocationList({ ...list, der }, actor);
    },
  };
}

/** A list of this root; none where another signed it. */
function readList(der: Uint8Array, root: Uint8Array, atSeconds: number) {
  try {
    return [verifyCertificateList(der, parseCertificate(root), { crypto: nodeCrypto, atSeconds })];
  } catch (error) {
    if (error instanceof X509Error) return [];
    throw error;
  }
}

function checked<T>(code: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof X509Error) throw new Refusal(code, { detail: cause.code, cause });
    throw cause;
  }
}

function activeOf({ use, kid: hex, compressed, certificate }: SignerRecord, sign: Sign): ActiveSigner {
  const kid = Buffer.from(hex, 'hex');
  const certificates = certificate === undefined ? [] : [certificate];
  return { use, kid, kidText: kid.toString('base64url'), compressed, sign, certificates };
}

function toPublished({ use, kid, compressed, fromMs, toMs }: SignerRecord): PublishedSigner {
  const [fromSeconds, toSeconds] = [Math.floor(fromMs / 1000), Math.floor(toMs / 1000)];
  return { use, kid: Buffer.from(kid, 'hex'), compressed, fromSeconds, toSeconds };
}

/** A token that is away is no fault of ours: 503, and the wallet tries again. */
function orAway(sign: Sign): Sign {
  return (data) => {
    try {
      return sign(data);
    } catch (cause) {
      if (cause instanceof CustodyError) throw new Refusal('dependency-unavailable', { cause });
      throw cause;
    }
  };
}

function isLiving(signer: HeldSigner, nowMs: number): signer is LivingSigner {
  return signer.active !== undefined && isAlive(signer, nowMs);
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.from(a).equals(b);
}

function pointOf(compressed: Uint8Array): Uint8Array {
  const y = nodeCrypto.decompress(compressed);
  if (y === undefined) throw new TypeError('a signer has a key on P-256');
  return new Uint8Array(Buffer.concat([Buffer.of(4), compressed.subarray(1), y]));
}
