import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunSpecInput } from '../../src/core/run/spec.ts';

/** An interpreter whose trainer needs no torch: real supervisor, real events, made-up rollouts. */
const stubTrainer = fileURLToPath(new URL('../fixtures/stub-trainer/python', import.meta.url));

/** Settings of a host whose runs are made by the stub trainer. */
export const stubSettings = { 'coldstart.environments.interpreters': { trl: stubTrainer } };

/** Writes a run spec for the stub trainer over `traces.jsonl`; `trainer_args` steer it. */
export function writeStubSpec(folder: string, name: string, changes: Partial<RunSpecInput> = {}): void {
  const spec = {
    version: 1,
    name,
    stage: 'grpo',
    model: 'org/tiny',
    dataset: { path: 'traces.jsonl', rows: '0:8' },
    max_steps: 600,
    batch_size: 8,
    group_size: 4,
    save_steps: 300,
    trainer_args: { stub_step_s: 0.5 },
    ...changes,
  };
  writeFileSync(path.join(folder, `${name}.run.json`), `${JSON.stringify(spec, null, 2)}\n`);
}

/** Replaces lines of a file by index. */
export function replaceLines(file: string, lines: Readonly<Record<number, string>>): void {
  const all = readFileSync(file, 'utf8').split('\n');
  for (const [index, text] of Object.entries(lines)) all[Number(index)] = text;
  writeFileSync(file, all.join('\n'));
}
