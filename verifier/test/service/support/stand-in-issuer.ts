import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { keyIdOf } from '@lanyard/platform';
import {
  createPassIssuer,
  createPassList,
  createPeopleDelta,
  createPeoplePart,
  createSaltSource,
  createStatusBits,
  createStatusListToken,
  createStudentIdSdJwt,
  createStudentIdSigner,
  diffPeopleRows,
  digestTextWith,
  encodePeopleRows,
  encodeStudentIdClaims,
  keyDay,
  type PassClaims,
  type PeopleRow,
  parseP256Jwk,
  peopleTableDigest,
  setStatus,
} from '@lanyard/protocol';
import {
  createMdocRandomSource,
  createMdocSigner,
  createStatusListCwt,
  createStudentIdMdoc,
  encodeStudentIdElements,
} from '@lanyard/protocol/mdoc';
import {
  createSigner,
  generateKeyPair,
  type NodeKeyPair,
  nodeCrypto,
  nodeRandomBytes,
} from '@lanyard/protocol/node-crypto';
import { compressZlib } from '@lanyard/protocol/node-zlib';
import {
  assembleCertificate,
  type CertificatePlan,
  createCertificateList,
  EKU_MDOC_DOCUMENT_SIGNER,
  pointOfJwk,
  prepareCertificate,
  verifyCertificateRequest,
} from '@lanyard/protocol/x509';

export const UNIVERSITY = '4199090001';
export const nowSeconds = () => Math.floor(Date.now() / 1000);

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export interface TestSigner {
  use: 'pass' | 'status' | 'package' | 'document';
  kid: Uint8Array;
  kidText: string;
  pair: NodeKeyPair;
  sign: ReturnType<typeof createSigner>;
  from: number;
  to: number;
}

export function makeSigner(use: TestSigner['use']): TestSigner {
  const pair = generateKeyPair();
  const kid = keyIdOf(pair.compressed);
  return {
    use,
    kid,
    kidText: kid.toString('base64url'),
    pair,
    sign: createSigner(pair.privateKey),
    from: nowSeconds() - 3600,
    to: nowSeconds() + 86_400,
  };
}

const signerAnswer = (signer: TestSigner) => ({
  use: signer.use,
  kid: signer.kidText,
  key: Buffer.from(signer.pair.compressed).toString('base64url'),
  from: signer.from,
  to: signer.to,
});

/** An authority for certificates of readers and signers, as the issuer has them. */
export function makeAuthority(commonName = '示例大学', issuerUrl = 'https://issuer.example') {
  const pair = generateKeyPair();
  const issuerPoint = pointOfJwk(pair.jwk);
  const issuer = { commonName };
  const validity = { notBeforeSeconds: nowSeconds() - 300, notAfterSeconds: nowSeconds() + 365 * 86_400 };
  const certify = (what: Pick<CertificatePlan, 'subject' | 'publicPoint' | 'profile'>) => {
    const serial = Buffer.concat([Buffer.of(0x40), randomBytes(15)]);
    const prepared = prepareCertificate({ ...what, ...validity, serial, issuer, issuerPoint }, nodeCrypto);
    return assembleCertificate(prepared, createSigner(pair.privateKey)(prepared.toBeSigned));
  };
  return {
    root: certify({ subject: issuer, publicPoint: issuerPoint, profile: { kind: 'ca' } }),
    certify: (publicPoint: Uint8Array, dnsName = 'localhost') =>
      certify({ subject: { commonName: dnsName }, publicPoint, profile: { kind: 'leaf', dnsName } }),
    /** A certificate of a signer; by default for mdocs. */
    certifySigner: (signer: TestSigner, extendedKeyUsages: readonly string[] = [EKU_MDOC_DOCUMENT_SIGNER]) =>
      certify({
        subject: { commonName: signer.kidText },
        publicPoint: pointOfJwk(signer.pair.jwk),
        profile: {
          kind: 'leaf',
          uri: signer.use === 'status' ? `${issuerUrl}/status-lists` : issuerUrl,
          extendedKeyUsages,
          revocationListUri: `${issuerUrl}/crl`,
        },
      }),
    /** The list of what this authority took back. */
    revocationList: (number: number, serials: readonly Uint8Array[]) =>
      createCertificateList(
        {
          ...{ issuer, issuerPoint, number, thisUpdateSeconds: nowSeconds(), nextUpdateSeconds: nowSeconds() + 86_400 },
          revoked: serials.map((serial) => ({ serial, sinceSeconds: nowSeconds(), reason: 'superseded' as const })),
        },
        nodeCrypto,
        createSigner(pair.privateKey),
      ),
  };
}

/** What the verifier needs of an issuer, made from protocol functions; the real one is tested in real-issuer.test.ts. */
export async function startStandInIssuer(port: number) {
  const url = `http://localhost:${port}`;
  const signers = {
    pass: makeSigner('pass'),
    status: makeSigner('status'),
    package: makeSigner('package'),
    document: makeSigner('document'),
  };
  const day = keyDay(nowSeconds() - 300);
  let rows: PeopleRow[] = [];
  let sequence = 1;
  const history = new Map<number, Uint8Array>([[1, new Uint8Array()]]);
  const changes: { n: number; kind: string; at: string }[] = [];
  const waiting = new Set<() => void>();
  const passRevoked = new Set<number>();
  const statuses = new Map<number, number>();
  const state = {
    away: false,
    statusAway: false,
    /** DER of the list of revoked certificates; none is published without. */
    revocationList: undefined as Uint8Array | undefined,
    statusExpired: false,
    statusVersion: 1,
    listVersion: 1,
    listLastsSeconds: 86_400,
    faces: new Map<number, { name: string; student_number: string; portrait_id: string | null }>(),
    faceActors: [] as string[],
    peopleIssuedAt: () => nowSeconds(),
    requests: [] as string[],
    withoutDeltas: false,
    /** Signs lists in place of the issuer's status signer, with certificates where given. */
    statusSigner: undefined as { signer: TestSigner; x5chain?: Uint8Array[] } | undefined,
    /** Changes a list before it is signed. */
    statusChange: {} as { uri?: string; issuedAtSeconds?: number },
    /** Changes the bytes of a list on their way out. */
    statusTamper: (token: Buffer) => token,
    certificatesAway: false,
    /** What every tap of a card is answered with. */
    cardTap: undefined as object | undefined,
    /** Who is behind a pass (`list/index`) or a row, as partners' checks are told. */
    partnerSubjects: new Map<string, object>(),
    partnerSubjectsAway: false,
    passengerName: '测试·学生',
    /** Signers that were retired. */
    retired: [] as TestSigner[],
  };
  const authority = makeAuthority();
  /** Certifies document and status signers; wallets of readers never see it. */
  const documentAuthority = makeAuthority('示例大学 root', url);

  function change(kind: string) {
    changes.push({ n: changes.length + 1, kind, at: new Date().toISOString() });
    for (const wake of waiting) wake();
    waiting.clear();
  }
  function publish(next: PeopleRow[]) {
    rows = next;
    sequence += 1;
    history.set(sequence, encodePeopleRows(rows));
    change('person.changed');
  }
  function peoplePart(have: number | undefined): Uint8Array | undefined {
    if (have === sequence) return undefined;
    const after = encodePeopleRows(rows);
    const head = {
      universityCode: UNIVERSITY,
      keyDay: day,
      sequence,
      issuedAtSeconds: state.peopleIssuedAt(),
      auditHead: new Uint8Array(32),
    };
    const before = have === undefined || state.withoutDeltas ? undefined : history.get(have);
    if (before === undefined || have === undefined)
      return createPeoplePart(nodeCrypto, { ...head, rows: after }, signers.package);
    return createPeopleDelta(
      { ...head, baseSequence: have, digest: peopleTableDigest(nodeCrypto, after), ...diffPeopleRows(before, after) },
      signers.package,
    );
  }
  const passList = () =>
    createPassList(
      {
        universityCode: UNIVERSITY,
        listNumber: 1,
        sequence: state.listVersion,
        issuedAtSeconds: nowSeconds(),
        nextUpdateSeconds: nowSeconds() + state.listLastsSeconds,
        expiresSeconds: nowSeconds() + 7 * 86_400,
        size: 1024,
        revoked: Uint32Array.from([...passRevoked].sort((a, b) => a - b)),
        suspended: new Uint32Array(),
      },
      signers.status,
    );
  function statusToken(id: number, form: 'jwt' | 'cwt'): Buffer {
    const bytes = createStatusBits(2, 1024);
    for (const [index, status] of statuses) setStatus(bytes, 2, index, status);
    const { signer, x5chain } = state.statusSigner ?? { signer: signers.status };
    const list = {
      uri: `${url}/status-lists/${id}`,
      bits: 2 as const,
      bytes,
      issuedAtSeconds: nowSeconds(),
      expiresAtSeconds: nowSeconds() + (state.statusExpired ? -1 : 3600),
      ttlSeconds: 60,
      compress: compressZlib,
      ...state.statusChange,
    };
    const x5c = x5chain?.map((der) => Buffer.from(der).toString('base64'));
    return form === 'cwt'
      ? Buffer.from(
          createStatusListCwt(
            { ...list, signer: { kid: signer.kid, ...(x5chain === undefined ? {} : { x5chain }) } },
            signer.sign,
          ),
        )
      : Buffer.from(
          createStatusListToken(
            { ...list, signer: { kid: signer.kidText, ...(x5c === undefined ? {} : { x5c }) } },
            signer.sign,
          ),
        );
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url ?? '/', url);
    state.requests.push(target.pathname + target.search);
    const json = (body: unknown, status = 200) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (state.away) return void response.destroy();
    if (target.pathname === '/v1/signers') {
      return json({
        university_code: UNIVERSITY,
        signers: Object.values(signers)
          .filter((signer) => !state.retired.includes(signer))
          .map(signerAnswer),
        retired: state.retired.map((signer) => ({
          ...signerAnswer(signer),
          ...{ since: nowSeconds(), reason: 'compromised', certificate_serial: null },
        })),
      });
    }
    if (target.pathname === '/v1/card-taps' && state.cardTap !== undefined) {
      const { taps } = JSON.parse(await textOf(request)) as { taps: { id: string }[] };
      return json({ results: taps.map(({ id }) => ({ id, ...state.cardTap })) });
    }
    if (target.pathname === '/v1/partner-subjects') {
      const { by, passenger } = JSON.parse(await textOf(request)) as {
        by: { list: number; index: number } | { row: number } | { subject: string };
        passenger?: { name: string };
      };
      if (state.partnerSubjectsAway) return json({ code: 'internal' }, 500);
      const found =
        'subject' in by
          ? [...state.partnerSubjects.values()].findLast((one) => (one as { subject?: string }).subject === by.subject)
          : state.partnerSubjects.get('row' in by ? `${by.row}` : `${by.list}/${by.index}`);
      const matched = passenger?.name === state.passengerName ? 'match' : 'mismatch';
      if (found === undefined) return json({ code: 'student-not-found' }, 404);
      return json({ ...found, ...(passenger === undefined ? {} : { passenger: matched }) });
    }
    if (target.pathname === '/v1/anchors') return json({ reader: [Buffer.from(authority.root).toString('base64')] });
    if (target.pathname === '/v1/certificates') {
      if (state.certificatesAway) return json({ code: 'dependency-unavailable' }, 503);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { csr } = JSON.parse(Buffer.concat(chunks).toString()) as { csr: string };
      const leaf = authority.certify(verifyCertificateRequest(Buffer.from(csr, 'base64'), nodeCrypto));
      return json({ certificates: [leaf, authority.root].map((der) => Buffer.from(der).toString('base64')) }, 201);
    }
    if (target.pathname === '/v1/changes') {
      const after = Number(target.searchParams.get('after'));
      if (!changes.some((entry) => entry.n > after)) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Number(target.searchParams.get('wait')) * 1000);
          const wake = () => {
            clearTimeout(timer);
            resolve();
          };
          waiting.add(wake);
          request.once('close', wake);
        });
      }
      if (state.away) return void response.destroy();
      return json({ changes: changes.filter((entry) => entry.n > after), last: Math.max(after, changes.length) });
    }
    if (target.pathname === '/v1/people-part') {
      const have = target.searchParams.get('have');
      const part = peoplePart(have === null ? undefined : Number(have));
      response.writeHead(part === undefined ? 304 : 200, { 'Content-Type': 'application/cose' });
      return void response.end(part);
    }
    if (target.pathname === '/v1/pass-lists')
      return json({ lists: [{ list: 1, cose: Buffer.from(passList()).toString('base64url') }] });
    const face = /^\/v1\/people\/(\d+)\/face$/.exec(target.pathname);
    if (face !== null) {
      state.faceActors.push(String(request.headers['lanyard-actor']));
      const found = state.faces.get(Number(face[1]));
      return found === undefined ? json({ code: 'student-not-found' }, 404) : json(found);
    }
    if (target.pathname === '/v1/people-searches') {
      const { q } = JSON.parse(await textOf(request)) as { q: string };
      state.faceActors.push(String(request.headers['lanyard-actor']));
      const people = [...state.faces].filter(([, { student_number }]) => student_number.startsWith(q));
      const rest = { look: 'A'.repeat(22), college: '', class: '', credential_state: 'valid', registered: true };
      return json({
        people: people.map(([row, face]) => ({ ...rest, ...face, row: row < 0 ? null : row })),
        more: false,
      });
    }
    if (target.pathname.startsWith('/v1/portraits/')) {
      response.writeHead(200, { 'Content-Type': 'image/jpeg' });
      return void response.end(Buffer.from(`jpeg of ${target.pathname.slice(14)}`));
    }
    if (target.pathname === '/crl' && state.revocationList !== undefined)
      return void response.end(state.revocationList);
    const list = /^\/status-lists\/(\d+)$/.exec(target.pathname);
    if (list !== null && !state.statusAway) {
      const form = request.headers.accept === 'application/statuslist+cwt' ? 'cwt' : 'jwt';
      response.writeHead(200, { 'Content-Type': `application/statuslist+${form}` });
      return void response.end(state.statusTamper(statusToken(Number(list[1]), form)));
    }
    json({ code: 'not-found' }, 404);
  }

  const server = await new Promise<Server>((resolve) => {
    const made = createServer((request, response) => void answer(request, response));
    made.listen(port, 'localhost', () => resolve(made));
  });
  const digestText = digestTextWith(nodeCrypto.sha256);
  const random = createMdocRandomSource(nodeRandomBytes);
  return {
    documentAuthority,
    url,
    state,
    signers,
    authority,
    change,
    publish,
    rows: () => rows,
    sequence: () => sequence,
    keyDay: day,
    peoplePart,
    /** A person with a gate key; publish the row to make it known. */
    makePerson(change: Partial<Omit<PeopleRow, 'key' | 'linkKey'>> = {}): TestPerson {
      const pair = generateKeyPair();
      return {
        pair,
        row: {
          rowNumber: randomBytes(4).readUInt32BE(),
          key: pair.compressed,
          linkKey: randomBytes(16),
          state: { registered: true, suspended: false, revoked: false, enrolmentState: 'enrolled' },
          policyClass: 0,
          portraitId: new Uint8Array(8),
          ...change,
        },
      };
    },
    revokePass(index: number) {
      passRevoked.add(index);
      state.listVersion += 1;
      change('passes.changed');
    },
    setStatus(index: number, status: number) {
      statuses.set(index, status);
      change('passes.changed');
    },
    makePass(change: Partial<PassClaims> = {}, signer = signers.pass) {
      const pair = generateKeyPair();
      const { universityCode = UNIVERSITY, ...claims } = change;
      const pass = createPassIssuer({ universityCode, kid: signer.kid, sign: signer.sign })({
        validFromSeconds: nowSeconds() - 60,
        expiresSeconds: nowSeconds() + 7 * 86_400,
        passNumber: randomBytes(8),
        kind: 'student',
        level: 'bachelor',
        registeredUntilDay: Math.floor(nowSeconds() / 86_400) + 30,
        listNumber: 1,
        listIndex: 5,
        holderKey: pair.compressed,
        ...claims,
      });
      return { pair, pass };
    },
    makeStudentId(
      options: {
        claims?: object;
        issuer?: string;
        signer?: TestSigner;
        index?: number;
        uri?: string;
        issuedAt?: number;
        expires?: number;
        x5c?: string[];
      } = {},
    ) {
      const pair = generateKeyPair();
      const signer = options.signer ?? signers.document;
      const issuedAtSeconds = options.issuedAt ?? nowSeconds() - 60;
      const compact = createStudentIdSdJwt({
        claims: encodeStudentIdClaims({
          name: '测试·学生',
          student_number: '9900000001',
          university_code: UNIVERSITY,
          enrolment_status: 'enrolled',
          registered_until: '2099-01-01',
          ...options.claims,
        }),
        holderJwk: parseP256Jwk(pair.jwk),
        signer: createStudentIdSigner({
          issuer: options.issuer ?? url,
          kid: signer.kidText,
          ...(options.x5c === undefined ? {} : { x5c: options.x5c }),
        }),
        validity: {
          issuedAtSeconds,
          notBeforeSeconds: issuedAtSeconds,
          expiresAtSeconds: options.expires ?? nowSeconds() + 86_400,
        },
        status: { uri: options.uri ?? `${url}/status-lists/7`, index: options.index ?? 3 },
        salts: createSaltSource(nodeRandomBytes),
        digestText,
        sign: signer.sign,
      });
      return { pair, compact };
    },
    /** The same person as an mdoc. */
    makeStudentIdMdoc(
      options: {
        claims?: object;
        signer?: TestSigner;
        /** DER, leaf first. */
        x5chain?: Uint8Array[];
        index?: number;
        uri?: string;
        issuedAt?: number;
        expires?: number;
      } = {},
    ) {
      const pair = generateKeyPair();
      const signer = options.signer ?? signers.document;
      const signedSeconds = options.issuedAt ?? nowSeconds() - 60;
      const issuerSigned = createStudentIdMdoc({
        elements: encodeStudentIdElements({
          name: '测试·学生',
          student_number: '9900000001',
          university_code: UNIVERSITY,
          enrolment_status: 'enrolled',
          registered_until: '2099-01-01',
          ...options.claims,
        }),
        holderJwk: parseP256Jwk(pair.jwk),
        signer: createMdocSigner({ x5chain: options.x5chain ?? [documentAuthority.certifySigner(signer)] }),
        validity: {
          signedSeconds,
          validFromSeconds: signedSeconds,
          validUntilSeconds: options.expires ?? nowSeconds() + 86_400,
        },
        status: { uri: options.uri ?? `${url}/status-lists/7`, index: options.index ?? 3 },
        random,
        sha256: nodeCrypto.sha256,
        sign: signer.sign,
      });
      return { pair, issuerSigned };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type StandInIssuer = Awaited<ReturnType<typeof startStandInIssuer>>;

export interface TestPerson {
  pair: NodeKeyPair;
  row: PeopleRow;
}
