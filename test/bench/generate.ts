import { closeSync, openSync, writeSync } from 'node:fs';

/** Numbers in [0, 1) from a seed; the same on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const words =
  'so the angle of this line is equal to that one and we find from the picture a triangle whose sides are known then by adding both areas we see how many remain which gives'.split(
    ' ',
  );

/** Pairs of answer and ground truth as models and datasets write them: numbers, fractions, units, LaTeX, choices. */
const answers: readonly (readonly [string, string])[] = [
  ['14', '14'],
  ['3.50', '3.5'],
  ['\\frac{1}{2}', '0.5'],
  ['1,234', '1234'],
  ['\\text{(B)}', 'B'],
  ['45^\\circ', '45'],
  ['2\\sqrt{3}', '\\sqrt{12}'],
  ['7', '8'],
  ['\\dfrac{3}{4}', '\\frac{6}{8}'],
  ['x+1', '1+x'],
  ['12\\pi', '36'],
  ['50\\%', '50'],
];

export interface GeneratedRow {
  readonly id: string;
  readonly prompt: string;
  readonly completion: string;
  readonly ground_truth: string;
  readonly pass_rate: number;
  readonly source: string;
}

/** `count` reasoning traces of about 2.5 kB; one in seven doubts itself with "Wait". */
export function generateRows(count: number, seed = 1): GeneratedRow[] {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const sentence = (length: number) => Array.from({ length }, () => pick(words)).join(' ');
  return Array.from({ length: count }, (_, index) => {
    const [given, truth] = pick(answers);
    const think = Array.from({ length: 24 }, () => `${sentence(14 + Math.floor(random() * 10))}.`);
    if (random() < 1 / 7) think.splice(12, 0, `Wait, ${sentence(6)}.`);
    return {
      id: `row-${index}`,
      prompt: `Problem ${index}: ${sentence(20)}?`,
      completion: `<think>\n${think.join('\n')}\n</think>\n<answer>\\boxed{${given}}</answer>`,
      ground_truth: truth,
      pass_rate: Math.floor(random() * 9) / 8,
      source: pick(['geometry', 'tables', 'charts']),
    };
  });
}

/** Writes `rows` as JSONL again and again until the file has at least `bytes`; resolves to the number of lines. */
export function writeRepeated(path: string, rows: readonly object[], bytes: number): number {
  const block = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const file = openSync(path, 'w');
  let written = 0;
  let lines = 0;
  for (; written < bytes; lines += rows.length) {
    for (let at = 0; at < block.length; ) at += writeSync(file, block, at);
    written += block.length;
  }
  closeSync(file);
  return lines;
}
