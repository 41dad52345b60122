import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';

const fruits = ['apples', 'pears', 'plums', 'figs', 'limes'] as const;

/** One trace with a drawn table, as the fixture writes it. `wrong` and `unboxed` traces are in it on purpose. */
export interface FixtureTrace {
  readonly id: string;
  readonly images: readonly string[];
  readonly prompt: string;
  readonly completion: string;
  readonly ground_truth: string;
}

function tableImage(title: string, rows: readonly (readonly [string, number])[]): Buffer {
  const cell = (text: string, x: number, y: number, weight = 'normal') =>
    `<text x="${x}" y="${y}" font-family="sans-serif" font-size="15" font-weight="${weight}">${text}</text>`;
  const lines = rows.map(([name, count], index) => {
    const y = 74 + index * 28;
    return `<line x1="16" x2="304" y1="${y - 19}" y2="${y - 19}" stroke="#bbb"/>${cell(name, 24, y)}${cell(String(count), 240, y)}`;
  });
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="220"><rect width="320" height="220" fill="white"/>
    ${cell(title, 24, 32, 'bold')}${lines.join('')}</svg>`,
  );
}

/** The n-th trace: every 5th is answered wrongly, every 11th forgets the box. */
function traceOf(index: number): { trace: FixtureTrace; rows: [string, number][] } {
  const rows = fruits.map((name, place): [string, number] => [name, ((index * 7 + place * 13) % 23) + 2]);
  const [first, second] = [rows[index % 5], rows[(index + 2) % 5]] as [[string, number], [string, number]];
  const truth = first[1] + second[1];
  const said = index % 5 === 4 ? truth + 1 : truth;
  const answer = index % 11 === 10 ? `So the answer is ${said}` : `\\boxed{${said}}`;
  const doubt = index % 3 === 0 ? ' Wait, let me re-check the row: it is right.' : '';
  return {
    rows,
    trace: {
      id: `fruit-${index}`,
      images: [`images/fruit-${index}.png`],
      prompt: `<image>\nThe table shows the fruit that a shop sold. How many ${first[0]} and ${second[0]} were sold?`,
      completion: `<caption>\nA table with five rows of fruit and the number sold.\n</caption>\n<think>\nThere are ${first[1]} ${first[0]} and ${second[1]} ${second[0]}.${doubt} The sum is $${first[1]} + ${second[1]} = ${said}$.\n</think>\n${answer}`,
      ground_truth: String(truth),
    },
  };
}

/** Writes `traces.jsonl` with `count` traces and their table images into `folder`; resolves to the traces. */
export async function writeFixtureWorkspace(folder: string, count = 60): Promise<FixtureTrace[]> {
  mkdirSync(path.join(folder, 'images'), { recursive: true });
  const made = Array.from({ length: count }, (_, index) => traceOf(index));
  for (const { trace, rows } of made) {
    await sharp(tableImage('Fruit sold', rows))
      .png()
      .toFile(path.join(folder, trace.images[0] ?? ''));
  }
  const traces = made.map(({ trace }) => trace);
  writeFileSync(
    path.join(folder, 'traces.jsonl'),
    traces.map((trace) => `${JSON.stringify(trace)}\n`).join(''),
  );
  return traces;
}
