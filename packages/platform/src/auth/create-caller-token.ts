import { randomBytes } from 'node:crypto';
import { type Sign, signJws } from '@lanyard/protocol';
import { CALLER_TOKEN_MAX_SECONDS, CALLER_TOKEN_TYPE } from './verify-caller-token.js';

/** A fresh token for one call of `caller` to `audience` (a service's name). */
export function createCallerToken(options: {
  caller: string;
  audience: string;
  sign: Sign;
  nowSeconds: number;
}): string {
  return signJws(
    { typ: CALLER_TOKEN_TYPE },
    {
      iss: options.caller,
      sub: options.caller,
      aud: options.audience,
      iat: options.nowSeconds,
      exp: options.nowSeconds + CALLER_TOKEN_MAX_SECONDS - 5,
      jti: randomBytes(16).toString('base64url'),
    },
    options.sign,
  );
}
