import { readFileSync } from 'node:fs';
import { CommandRefusal } from '../client/call-service.js';
import { type Command, need, option, table, WrongCall } from './command.js';

interface RequestAnswer {
  id: string;
  authorization_request: string;
  haip_authorization_request?: string;
  wallet_link: string;
  request_uri: string;
  expires_at: string;
}

interface ResultAnswer {
  id: string;
  state: 'created' | 'fetched' | 'answered' | 'expired';
  verdict?: string;
  reason?: string;
  claims?: Record<string, unknown>;
}

export const presentationRequest: Command = {
  usage: 'presentation request --query FILE [--response-mode M] [--profile haip] [--request-uri-method M]',
  valued: ['query', 'response-mode', 'profile', 'request-uri-method'],
  async run(context) {
    const file = option(context, 'query');
    if (file === undefined) throw new WrongCall('--query is missing');
    // What each may be, and which go together, is the verifier's to say.
    const options = {
      response_mode: option(context, 'response-mode'),
      profile: option(context, 'profile'),
      request_uri_method: option(context, 'request-uri-method'),
    };
    const answer = await context.client.call<RequestAnswer>('verifier', '/v1/presentation-requests', {
      body: {
        dcql_query: readQuery(file),
        flow: 'cross-device',
        ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
      },
    });
    const { haip_authorization_request: haip } = answer;
    return {
      data: answer,
      text: `${answer.authorization_request}\n${haip === undefined ? '' : `${haip}\n`}for the wallet's page: ${answer.wallet_link}\nid ${answer.id}, valid until ${answer.expires_at}`,
    };
  },
};

export const presentationResult: Command = {
  usage: 'presentation result ID',
  async run(context) {
    const id = encodeURIComponent(need(context, 0, 'ID'));
    const answer = await context.client.call<ResultAnswer>('verifier', `/v1/presentation-requests/${id}`);
    const verdict = answer.verdict === undefined ? '' : `: ${answer.verdict}`;
    const reason = answer.reason === undefined || answer.reason === null ? '' : ` (${answer.reason})`;
    const claims = Object.entries(answer.claims ?? {}).map(([name, value]) => [name, textOf(value)]);
    return {
      data: answer,
      text: [`${answer.state}${verdict}${reason}`, ...(claims.length === 0 ? [] : [table(claims)])].join('\n'),
      // Still waiting is an answer; only what was decided against is a failure.
      failed: answer.state === 'expired' || (answer.verdict !== undefined && answer.verdict !== 'accepted'),
    };
  },
};

/** A DCQL query (OpenID4VP 1.0 §6) as JSON; what it means is the verifier's to check. */
function readQuery(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new WrongCall(`${file} cannot be read`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CommandRefusal('query-malformed', `${file} is not JSON`);
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
