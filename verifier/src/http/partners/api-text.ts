import { openApiOf } from '@lanyard/platform';
import { PARTNER_TOKEN_PATH } from './partner-token-routes.js';

const check = { purpose: 'rail-discount', code: 'LYP1:…' };
const use = { state: 'reserved', fare_fen: 34_763, reserved_until: '2026-11-29T08:30:00.000Z', left: 3 };
const examples = {
  'POST /partner/v1/checks': {
    body: check,
    answer: {
      ...{ id: 'Zm9ydHktdHdvLWlzLWl0LW', purpose: 'rail-discount', at: '2026-11-29T08:00:00.000Z', result: 'eligible' },
      ...{ valid_until: '2027-02-28', claims: { interval: { from: '广州南', to: '武汉' } }, receipt: 'eyJ…' },
      entitlement: {
        ...{ id: 'rail-student-discount', year_from: '2026-10-01', year_to: '2027-09-30', uses: 4, left: 4 },
      },
    },
  },
  'POST /partner/v1/checks/:id/uses': {
    body: {
      ...{ travel_date: '2026-12-20', from: '广州南', to: '武汉', seat_class: 'emu-second' },
      ...{ charged_fen: 46_350, published_fen: 46_350 },
    },
    answer: { id: 'dXNlLW9mLWEtZGlzY291bn', ...use },
  },
  'POST /partner/v1/check-requests': {
    body: { purpose: 'rail-discount', flow: 'same-device', return_url: 'https://partner.example/back' },
    answer: {
      ...{ id: 'Zm9ydHktdHdvLWlzLWl0LW', state: 'open', expires_at: '2026-11-29T08:05:00.000Z' },
      wallet_link: 'https://wallet.example.edu.cn/present?client_id=…',
      authorization_request: 'openid4vp://?client_id=…',
    },
  },
  'POST /partner/v1/check-requests/:id/sandbox-answer': {
    body: { person: 'SANDBOX:ELIGIBLE' },
    answer: {
      ...{ id: 'Zm9ydHktdHdvLWlzLWl0LW', state: 'answered' },
      return_to: 'https://partner.example/back#response_code=…',
    },
  },
  'POST /partner/v1/checks/:id/passenger': {
    body: { name: '测试·乘客', document_number: '990101200001011234' },
    answer: { passenger: 'match' },
  },
  'PUT /partner/v1/callback': {
    body: { url: 'https://partner.example/events', events: ['check.answered', 'consent.revoked', 'use.expired'] },
    answer: {
      callback: { url: 'https://partner.example/events', events: ['check.answered', 'consent.revoked', 'use.expired'] },
    },
  },
  'POST /partner/v1/uses/:id/redeem': { answer: { id: 'dXNlLW9mLWEtZGlzY291bn', ...use, state: 'redeemed' } },
};

/** The partner API as OpenAPI 3.1, made from the schemas the routes are checked by. */
export function createPartnerApiText(parts: { routers: readonly object[]; verifierUrl: string }): object {
  return openApiOf(parts.routers, {
    title: 'Lanyard partner API',
    version: '1.0.0',
    description:
      'Is this a student, and is the discount left? docs/partner-api.md has the steps. An Idempotency-Key header makes each POST count once.',
    serverUrl: parts.verifierUrl,
    examples,
    securitySchemes: {
      partner: {
        type: 'oauth2',
        description: 'private_key_jwt (RFC 7523), ES256; or mutual TLS (RFC 8705)',
        flows: { clientCredentials: { tokenUrl: `${parts.verifierUrl}${PARTNER_TOKEN_PATH}`, scopes: {} } },
      },
    },
    securityOf: ({ path }) => (path.endsWith('-keys') || path === PARTNER_TOKEN_PATH ? undefined : 'partner'),
  });
}
