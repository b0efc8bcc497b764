import { type Command, need, option, table } from './command.js';

interface StudentRow {
  student_number: string;
  name: string;
  enrolment_status: string;
  credential_state: string;
  registered_until: string | null;
}

export const studentList: Command = {
  usage: 'student list [--limit N] [--after NUMBER] [--q TEXT] [--portrait none]',
  valued: ['limit', 'after', 'q', 'portrait'],
  async run(context) {
    const query = new URLSearchParams({ limit: option(context, 'limit') ?? '50' });
    for (const name of ['after', 'q', 'portrait']) {
      const value = option(context, name);
      if (value !== undefined) query.set(name, value);
    }
    const answer = await context.client.call<{ students: StudentRow[]; next: string | null }>(
      'issuer',
      `/v1/students?${query}`,
    );
    const rows = answer.students.map((s) => [
      s.student_number,
      s.name,
      s.enrolment_status,
      s.credential_state,
      s.registered_until ?? '-',
    ]);
    return { data: answer, text: table([['number', 'name', 'enrolment', 'credential', 'registered until'], ...rows]) };
  },
};

export const studentShow: Command = {
  usage: 'student show NUMBER',
  async run(context) {
    const answer = await context.client.call<Record<string, unknown>>(
      'issuer',
      `/v1/students/${encodeURIComponent(need(context, 0, 'NUMBER'))}`,
    );
    const rows = Object.entries(answer)
      .filter(([, value]) => typeof value !== 'object')
      .map(([name, value]) => [name, String(value)]);
    return { data: answer, text: table(rows) };
  },
};
