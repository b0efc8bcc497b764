import { randomInt } from 'node:crypto';
import { signInWithStudentId } from '../demo/sign-in-with-student-id.js';
import { createSoftwareWallet, type OfferObject } from '../software-wallet/software-wallet.js';
import type { Command, CommandContext } from './command.js';

interface Step {
  step: string;
  ms: number;
  result: string;
}

interface Verdict {
  verdict: string;
  reason?: string;
}

const CHECKPOINT = 'south-gate';

/** The whole story with a software wallet, each step with its time: import, offer, claim, show, decide, suspend, refuse. */
export const demo: Command = {
  usage: 'demo',
  async run(context) {
    const steps: Step[] = [];
    let story = true;
    const step = async <T>(
      name: string,
      work: () => Promise<T>,
      tell: (answer: T) => string,
      expect: (answer: T) => boolean = () => true,
    ): Promise<T> => {
      const began = process.hrtime.bigint();
      const answer = await work();
      const ms = Number(process.hrtime.bigint() - began) / 1e6;
      const good = expect(answer);
      story &&= good;
      const entry = {
        step: name,
        ms: Math.round(ms * 10) / 10,
        result: `${tell(answer)}${good ? '' : '  (not what was expected)'}`,
      };
      steps.push(entry);
      context.say(`${entry.ms.toFixed(1).padStart(8)} ms  ${name.padEnd(28)} ${entry.result}`);
      return answer;
    };
    const number = `9${Date.now().toString().slice(-10)}${randomInt(10)}`;
    await step(
      'import one student',
      () => importOne(context, number),
      (answer) => `${answer.difference.new} new`,
    );
    const offer = await step(
      'offer',
      () =>
        context.client.call<{ credential_offer: OfferObject; tx_code: string }>('issuer', '/v1/credential-offers', {
          body: { student_number: number },
        }),
      () => 'offer and transaction code',
    );
    const wallet = createSoftwareWallet();
    await step(
      'claim',
      () => wallet.claim(offer.credential_offer, offer.tx_code),
      () => '10 student IDs, 8 passes, gate key',
    );
    const code = await step(
      'show',
      async () => wallet.gateCode(),
      (text) => `${text.slice(0, 14)}… (${text.length} characters)`,
    );
    await step(
      'decide at the gate',
      () => decideUntil(context, code, () => wallet.gateCode(), 'accepted'),
      tellVerdict,
      isVerdict('accepted'),
    );
    await step(
      'the same code again',
      () => repeat(context, wallet.gateCode()),
      tellVerdict,
      isVerdict('rejected', 'replayed'),
    );
    await step(
      'a screenshot 31 s later',
      () => decide(context, wallet.gateCode(Math.floor(Date.now() / 1000) - 31)),
      tellVerdict,
      isVerdict('rejected', 'too-old'),
    );
    await step(
      'portable code',
      () => decideUntil(context, wallet.portableCode(), () => wallet.portableCode(), 'accepted'),
      tellVerdict,
      isVerdict('accepted'),
    );
    await step(
      'sign in with the student ID',
      () => signInWithStudentId(context, wallet),
      (answer) => answer,
      (answer) => answer === 'signed in',
    );
    await step(
      'suspend',
      () =>
        context.client.call<{ credential_state: string }>('issuer', `/v1/students/${number}/suspend`, {
          body: { reason_code: 'drill' },
        }),
      (answer) => answer.credential_state,
    );
    await step(
      'refused at the gate',
      () => decideUntil(context, wallet.gateCode(), () => wallet.gateCode(), 'rejected'),
      tellVerdict,
      isVerdict('rejected', 'suspended'),
    );
    await step(
      'reinstate',
      () =>
        context.client.call<{ credential_state: string }>('issuer', `/v1/students/${number}/reinstate`, {
          body: { reason_code: 'resolved' },
        }),
      (answer) => answer.credential_state,
    );
    await step(
      'accepted again',
      () => decideUntil(context, wallet.gateCode(), () => wallet.gateCode(), 'accepted'),
      tellVerdict,
      isVerdict('accepted'),
    );
    return {
      data: { ok: story, student_number: number, steps },
      text: story ? 'The story holds.' : 'The story does not hold.',
      failed: !story,
    };
  },
};

const tellVerdict = (answer: Verdict) =>
  answer.reason === undefined ? answer.verdict : `${answer.verdict} (${answer.reason})`;
const isVerdict = (verdict: string, reason?: string) => (answer: Verdict) =>
  answer.verdict === verdict && (reason === undefined || answer.reason === reason);

function importOne(context: CommandContext, number: string) {
  const year = 1980 + randomInt(40);
  const birth = `${year}-0${1 + randomInt(9)}-${10 + randomInt(18)}`;
  const header =
    '学号,姓名,性别,出生日期,民族,证件类型,证件号码,院校代码,学院,专业代码,专业,班级,年级,培养层次,学制,学习形式,入学日期,预计毕业日期,学籍状态,校区,乘车区间起点,乘车区间终点,手机号码,电子邮箱,辅导员工号';
  const row = [
    ...[
      number,
      '演示·同学',
      '男',
      birth,
      '汉族',
      '护照',
      `DEMO${number}`,
      context.installation.universityCode,
      '计算机与信息工程学院',
      '080901',
      '计算机科学与技术',
    ],
    ...[
      '26计科1班',
      '2026',
      '本科',
      '4',
      '全日制',
      '2026-09-01',
      '2030-06-30',
      '注册学籍',
      '花都校区',
      '广州南',
      '武汉',
      '',
      '',
      'T0001',
    ],
  ];
  const bytes = new TextEncoder().encode(`\uFEFF${header}\r\n${row.join(',')}\r\n`);
  return context.client.call<{ difference: { new: number } }>('issuer', '/v1/roster-imports', {
    bytes,
    type: 'text/csv',
  });
}

const decide = (context: CommandContext, code: string) =>
  context.client.call<Verdict>('verifier', '/v1/verifications', { body: { code, checkpoint: CHECKPOINT } });

async function repeat(context: CommandContext, code: string): Promise<Verdict> {
  await decide(context, code);
  return decide(context, code);
}

/** Changes reach gates by push: asks with fresh codes until the verdict is there, at most 5 s. */
async function decideUntil(
  context: CommandContext,
  first: string,
  next: () => string,
  verdict: string,
): Promise<Verdict> {
  const until = Date.now() + 5_000;
  let answer = await decide(context, first);
  while (answer.verdict !== verdict && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    answer = await decide(context, next());
  }
  return answer;
}
