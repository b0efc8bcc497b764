import type { Verdict } from './screen-state.js';

const tones = {
  accepted: { times: 1, hertz: 880, ms: 120, gapMs: 0, shake: [60] },
  rejected: { times: 2, hertz: 220, ms: 220, gapMs: 90, shake: [220, 90, 220] },
  'cannot-decide': { times: 3, hertz: 440, ms: 110, gapMs: 90, shake: [110, 90, 110, 90, 110] },
} as const;

/** Sound and vibration of verdicts. Browsers stay silent until somebody touches the page: `onState` says which it is. */
export function createSound(onState: (text: string) => void): (verdict: Verdict['verdict']) => void {
  let audio: AudioContext | undefined;
  onState('点一下屏幕打开声音');
  const enable = () => {
    audio ??= new AudioContext();
    void audio.resume().then(() => onState('声音已打开'));
  };
  for (const event of ['pointerdown', 'keydown']) addEventListener(event, enable, { once: true });
  return (verdict) => {
    const tone = tones[verdict];
    navigator.vibrate?.([...tone.shake]);
    if (audio?.state !== 'running') return;
    for (let i = 0; i < tone.times; i++) {
      const oscillator = audio.createOscillator();
      const start = audio.currentTime + (i * (tone.ms + tone.gapMs)) / 1000;
      oscillator.frequency.value = tone.hertz;
      oscillator.connect(audio.destination);
      oscillator.start(start);
      oscillator.stop(start + tone.ms / 1000);
    }
  };
}
