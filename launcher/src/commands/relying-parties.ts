import { type Command, type CommandContext, need, readJsonFile, table } from './command.js';

interface Party {
  id: string;
  name_zh: string;
  protocol: string;
  grade: string;
  disabled: boolean;
  last_seen_at: number | null;
  findings: { code: string; weight: string; zh: string }[];
  client_secret?: string;
  settings?: { client: string; text: string }[];
}

const pathOf = (context: CommandContext) => `/v1/relying-parties/${encodeURIComponent(need(context, 0, 'ID'))}`;

export const relyingPartyAdd: Command = {
  usage: 'relying-party add FILE',
  async run(context) {
    const party = await context.client.call<Party>('idp', '/v1/relying-parties', {
      body: readJsonFile(need(context, 0, 'FILE')),
    });
    const secret = party.client_secret === undefined ? '' : `\nclient_secret (shown this once)  ${party.client_secret}`;
    return { data: party, text: `${describe(party)}${secret}\n\n${settingsText(party)}` };
  },
};

export const relyingPartyList: Command = {
  usage: 'relying-party list',
  async run(context) {
    const answer = await context.client.call<{ relying_parties: Party[] }>('idp', '/v1/relying-parties');
    return {
      data: answer,
      text: table([
        ['id', 'name', 'protocol', 'grade', 'last seen'],
        ...answer.relying_parties.map((party) => [
          party.id,
          party.name_zh,
          party.protocol,
          party.disabled ? 'disabled' : party.grade,
          party.last_seen_at === null ? '-' : new Date(party.last_seen_at * 1000).toISOString(),
        ]),
      ]),
    };
  },
};

export const relyingPartyShow: Command = {
  usage: 'relying-party show ID',
  async run(context) {
    const party = await context.client.call<Party>('idp', pathOf(context));
    return { data: party, text: `${describe(party)}\n\n${settingsText(party)}` };
  },
};

export const relyingPartySecret: Command = {
  usage: 'relying-party secret ID',
  async run(context) {
    const answer = await context.client.call<{ client_secret: string }>('idp', `${pathOf(context)}/secret`, {
      body: {},
    });
    return { data: answer, text: answer.client_secret };
  },
};

export const relyingPartyDisable: Command = {
  usage: 'relying-party disable ID',
  async run(context) {
    const party = await context.client.call<Party>('idp', `${pathOf(context)}/disable`, { body: {} });
    return { data: party, text: describe(party) };
  },
};

function describe(party: Party): string {
  const findings = party.findings.map(
    (finding) => `  ${finding.weight === 'red' ? '!' : '-'} ${finding.zh} (${finding.code})`,
  );
  return [
    `${party.id}  ${party.name_zh}  ${party.protocol}  ${party.disabled ? 'disabled' : `grade ${party.grade}`}`,
    ...findings,
  ].join('\n');
}

const settingsText = (party: Party): string =>
  (party.settings ?? []).map((settings) => `# ${settings.client}\n${settings.text}`).join('\n\n');
