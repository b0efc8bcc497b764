import { make, symbol } from './dom.js';
import type { Surroundings } from './screen-state.js';

/** Foot: checkpoint, clock, age of the data, network, scanner, card readers, sound. */
export function createFoot(): {
  element: HTMLElement;
  update(around: Surroundings): void;
  sayLink(connected: boolean): void;
  saySound(text: string): void;
} {
  const place = make('b');
  const clock = make('time');
  const data = make('span', { class: 'state' });
  const scanner = make('span', { class: 'state' });
  const readers = make('span', { class: 'state' });
  const sound = make('span', { class: 'state' });
  const element = make(
    'footer',
    { class: 'foot' },
    place,
    clock,
    data,
    scanner,
    readers,
    make('span', { class: 'sp' }),
    sound,
  );
  let last: { around: Surroundings; receivedMs: number } | undefined;
  let linked = true;

  function draw(): void {
    const now = new Date();
    clock.textContent = now.toLocaleTimeString('zh-CN', { hour12: false });
    clock.setAttribute('datetime', now.toISOString());
    if (last === undefined) return;
    const { around, receivedMs } = last;
    const online = around.network === 'online' && linked;
    place.textContent = around.checkpoint.zh;
    const age = (around.freshness.age_seconds ?? 0) + Math.floor((Date.now() - receivedMs) / 1000);
    data.replaceChildren(symbol(online ? 'i-online' : 'i-offline', 'i'), ageText(around, age, online, linked));
    scanner.textContent = around.scanner === 'lost' ? '扫码器断开，正在重连' : '';
    readers.textContent = readersText(around.readers);
  }
  setInterval(draw, 1000);
  draw();
  return {
    element,
    update(around) {
      last = { around, receivedMs: Date.now() };
      draw();
    },
    sayLink(connected) {
      linked = connected;
      draw();
    },
    saySound(text) {
      sound.textContent = text;
    },
  };
}

function ageText({ freshness }: Surroundings, age: number, online: boolean, linked: boolean): string {
  if (!linked) return '与本机服务断开，正在重连';
  if (freshness.level === 'none' || freshness.expires_at === null) return online ? '还没有数据' : '断网，还没有数据';
  const old = `数据 ${duration(age)}前更新`;
  if (online && freshness.level === 'fresh') return old;
  const until = new Date(freshness.expires_at * 1000);
  const day = `${String(until.getMonth() + 1).padStart(2, '0')}-${String(until.getDate()).padStart(2, '0')}`;
  if (freshness.level === 'expired') return `${online ? '' : '断网，'}${old}，已过期`;
  return `${online ? '' : '断网，'}${old}，可用到 ${day}`;
}

/** Nothing while all is well; else what the guard can do about it. */
function readersText(readers: Surroundings['readers']): string {
  if (readers === null || readers.state === 'starting') return '';
  if (readers.state === 'not-installed') return '读卡器的驱动没有安装，请找运维';
  if (readers.state === 'no-daemon') return '读卡服务没有运行，正在等它';
  if (readers.state === 'failing') return '读卡器正在重启';
  if (readers.readers.some(({ state }) => state === 'stuck')) return '读卡器没有反应，请拔下再插上';
  return readers.readers.length === 0 ? '没有找到读卡器，请检查接线' : '';
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} 秒`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} 分钟`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} 小时`;
  return `${Math.floor(seconds / 86_400)} 天`;
}
