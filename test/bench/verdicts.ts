import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { verdictOf } from '../../src/core/verify/verdict.ts';
import { interpreterOf } from '../../src/services/environment/environments.ts';
import { type Bench, timed } from './bench.ts';
import type { GeneratedRow } from './generate.ts';
import { trainerSettings } from './trainer.ts';

const run = promisify(execFile);

/** Grades every line of a file; prints seconds and how many were right. */
const mathruler = `
import json, sys, time
from mathruler.grader import extract_boxed_content, grade_answer
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
began = time.perf_counter()
right = sum(grade_answer(extract_boxed_content(row["completion"]), row["ground_truth"]) for row in rows)
print(json.dumps({"seconds": time.perf_counter() - began, "right": right}))
`;

/** One verdict against mathruler in the trainer's Python, or against reading the row where there is none. */
export async function benchVerdicts(bench: Bench, rows: readonly GeneratedRow[]): Promise<void> {
  let right = 0;
  const subject = async () => {
    right = 0;
    const took = await timed(() => {
      for (const { completion, ground_truth } of rows)
        if (verdictOf(completion, ground_truth, 'boxed')?.state === 'correct') right++;
    });
    return (took * 1000) / rows.length;
  };
  const shared = { measure: 'verdict of a row', unit: 'us', bar: { value: 50 }, subject };
  const python = await interpreterOf('trl', trainerSettings()).catch(() => null);
  const isUsable =
    python !== null &&
    (await run(python, ['-c', 'import mathruler']).then(
      () => true,
      () => false,
    ));
  if (python === null || !isUsable) {
    const lines = rows.map((row) => JSON.stringify(row));
    await bench.compare({
      ...shared,
      baseline: 'JSON.parse of the row (no trainer environment here)',
      against: async () => ((await timed(() => lines.map((line) => JSON.parse(line)))) * 1000) / lines.length,
    });
    return;
  }
  const path = join(bench.scratch, 'verdicts.jsonl');
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await bench.compare({
    ...shared,
    baseline: 'mathruler in Python',
    async against() {
      const { stdout } = await run(python, ['-c', mathruler, path]);
      const result = JSON.parse(stdout) as { seconds: number; right: number };
      if (right > 0 && result.right !== right)
        throw new Error(`mathruler calls ${result.right} rows correct, the product ${right}`);
      return (result.seconds * 1e6) / rows.length;
    },
  });
}
