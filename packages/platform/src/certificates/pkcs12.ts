import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type * as Asn1js from 'asn1js';
import type * as Pkijs from 'pkijs';

/** A key with its certificate and the CA above it, as a machine needs them to speak TLS. DER. */
export interface TlsIdentity {
  readonly privateKey: KeyObject;
  readonly certificate: Uint8Array;
  readonly authority: Uint8Array;
}

/** The bundle does not open: another passphrase, or no PKCS#12 of this kind. */
export class Pkcs12Error extends Error {
  override readonly name = 'Pkcs12Error';
}

const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';
/** The passphrase is random, so this only has to be what programs expect. */
const ITERATIONS = 10_000;
const MAX_BUNDLE_BYTES = 32_768;
const ENCRYPTION = {
  // The library makes the IV itself.
  contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 } as Pkijs.ContentEncryptionAlgorithm,
  hmacHashAlgorithm: 'SHA-256',
  iterationCount: ITERATIONS,
};

/** Packs an identity as PKCS#12 (RFC 7292): PBES2 with AES-256, MAC with SHA-256, as OpenSSL 3 reads it. */
export async function createPkcs12(identity: TlsIdentity, name: string, passphrase: string): Promise<Uint8Array> {
  const { asn1js, pkijs } = await loadLibraries();
  const password = bytesOf(passphrase);
  const keyBytes = identity.privateKey.export({ type: 'pkcs8', format: 'der' });
  const keyBag = new pkijs.PKCS8ShroudedKeyBag({ parsedValue: pkijs.PrivateKeyInfo.fromBER(bufferOf(keyBytes)) });
  await makeKeyBag(keyBag, password);
  const keyId = new asn1js.OctetString({ valueHex: bufferOf(Buffer.of(1)) });
  const attributes = [
    new pkijs.Attribute({ type: FRIENDLY_NAME, values: [new asn1js.BmpString({ value: name })] }),
    new pkijs.Attribute({ type: LOCAL_KEY_ID, values: [keyId] }),
  ];
  const certificateBag = (der: Uint8Array, bagAttributes?: Pkijs.Attribute[]) =>
    new pkijs.SafeBag({
      bagId: CERTIFICATE_BAG,
      bagValue: new pkijs.CertBag({ parsedValue: pkijs.Certificate.fromBER(bufferOf(der)) }),
      ...(bagAttributes === undefined ? {} : { bagAttributes }),
    });
  const keys = new pkijs.SafeContents({
    safeBags: [new pkijs.SafeBag({ bagId: SHROUDED_KEY_BAG, bagValue: keyBag, bagAttributes: attributes })],
  });
  const certificates = new pkijs.SafeContents({
    safeBags: [certificateBag(identity.certificate, attributes), certificateBag(identity.authority)],
  });
  const authenticatedSafe = new pkijs.AuthenticatedSafe({
    // The key is encrypted in its own bag, so its safe is plain (0); the certificates' safe is encrypted (1).
    parsedValue: {
      safeContents: [
        { privacyMode: 0, value: keys },
        { privacyMode: 1, value: certificates },
      ],
    },
  });
  await authenticatedSafe.makeInternalValues({ safeContents: [{}, { password, ...ENCRYPTION }] });
  const pfx = new pkijs.PFX({ parsedValue: { integrityMode: 0, authenticatedSafe } });
  await pfx.makeInternalValues({
    password,
    iterations: ITERATIONS,
    pbkdf2HashAlgorithm: { name: 'SHA-256' },
    hmacHashAlgorithm: 'SHA-256',
  });
  return new Uint8Array(pfx.toSchema().toBER(false));
}

function makeKeyBag(bag: Pkijs.PKCS8ShroudedKeyBag, password: ArrayBuffer): Promise<void> {
  return bag.makeInternalValues({ password, ...ENCRYPTION });
}

/** Opens a bundle of {@link createPkcs12}. @throws Pkcs12Error */
export async function readPkcs12(bundle: Uint8Array, passphrase: string): Promise<TlsIdentity> {
  if (bundle.length > MAX_BUNDLE_BYTES) throw new Pkcs12Error('the bundle is too large');
  const { pkijs } = await loadLibraries();
  const password = bytesOf(passphrase);
  try {
    const pfx = pkijs.PFX.fromBER(bufferOf(bundle));
    await pfx.parseInternalValues({ password, checkIntegrity: true });
    const safe = pfx.parsedValue?.authenticatedSafe;
    if (safe === undefined) throw new Pkcs12Error('the bundle holds nothing');
    await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password })) });
    const contents: { value: Pkijs.SafeContents }[] = safe.parsedValue.safeContents;
    const bags = contents.flatMap(({ value }) => value.safeBags);
    const keyBag = bags.find(({ bagId }) => bagId === SHROUDED_KEY_BAG)?.bagValue as
      | Pkijs.PKCS8ShroudedKeyBag
      | undefined;
    if (keyBag === undefined) throw new Pkcs12Error('the bundle holds no key');
    await openKeyBag(keyBag, password);
    const keyBytes: ArrayBuffer = keyBag.parsedValue?.toSchema().toBER(false) ?? new ArrayBuffer(0);
    const certificates = bags
      .filter(({ bagId }) => bagId === CERTIFICATE_BAG)
      .map(({ bagValue }) => derOf(bagValue as Pkijs.CertBag))
      .map((der) => new X509Certificate(der));
    const privateKey = createPrivateKey({ key: Buffer.from(keyBytes), format: 'der', type: 'pkcs8' });
    const own = certificates.find((certificate) => certificate.checkPrivateKey(privateKey));
    const authority = certificates.find((certificate) => certificate.ca);
    if (own === undefined || authority === undefined) throw new Pkcs12Error('the bundle lacks a certificate');
    return { privateKey, certificate: new Uint8Array(own.raw), authority: new Uint8Array(authority.raw) };
  } catch (cause) {
    if (cause instanceof Pkcs12Error) throw cause;
    throw new Pkcs12Error('the bundle does not open with this passphrase', { cause });
  }
}

function openKeyBag(bag: Pkijs.PKCS8ShroudedKeyBag, password: ArrayBuffer): Promise<void> {
  // Protected in the types; the library's own examples open bags this way.
  return (
    bag as unknown as { parseInternalValues(options: { password: ArrayBuffer }): Promise<void> }
  ).parseInternalValues({ password });
}

function derOf(bag: Pkijs.CertBag): Buffer {
  if (bag.certId !== X509_CERTIFICATE) throw new Pkcs12Error('a certificate of another kind');
  const parsed = bag.parsedValue as Pkijs.Certificate | undefined;
  if (parsed !== undefined) return Buffer.from(parsed.toSchema(true).toBER(false));
  return Buffer.from((bag.certValue as Asn1js.OctetString).valueBlock.valueHexView);
}

function bytesOf(text: string): ArrayBuffer {
  return bufferOf(Buffer.from(text, 'utf8'));
}

/** The libraries take whole buffers. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** Loaded when first needed: most processes never open a bundle. */
async function loadLibraries() {
  const [asn1js, pkijs] = await Promise.all([import('asn1js'), import('pkijs')]);
  const { crypto } = globalThis;
  pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto }));
  return { asn1js, pkijs };
}
