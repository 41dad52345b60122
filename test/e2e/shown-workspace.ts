import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFixtureWorkspace } from './fixture-workspace.ts';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** An interpreter that plays plausible runs without torch. */
export const shownTrainer = fileURLToPath(new URL('../fixtures/shown-trainer/python', import.meta.url));

const specs = {
  'fruit-sft': { stage: 'sft', model: 'Qwen/Qwen2.5-VL-3B-Instruct', max_steps: 120, batch_size: 8 },
  'fruit-grpo': { stage: 'grpo', model: 'run:fruit-sft', max_steps: 60, trainer_args: { play_pause_at: 41 } },
  'fruit-grpo-wide': { stage: 'grpo', model: 'run:fruit-sft', max_steps: 60, group_size: 16, batch_size: 32 },
  'fruit-grpo-large': {
    stage: 'grpo',
    model: 'run:fruit-sft',
    max_steps: 60,
    trainer_args: { play_fail_at: 18 },
  },
} as const;

const rewards = [
  { name: 'answer', weight: 1 },
  { name: 'format', weight: 0.2 },
];

function writeSpec(folder: string, name: keyof typeof specs): string {
  const given = specs[name];
  const file = `${name}.run.json`;
  const spec = {
    version: 1,
    name,
    trainer: 'trl',
    dataset: { path: 'traces.jsonl' },
    ...(given.stage === 'grpo' ? { rewards } : {}),
    ...given,
    save_steps: 20,
    seed: 7,
  };
  writeFileSync(path.join(folder, file), `${JSON.stringify(spec, null, 2)}\n`);
  return file;
}

const coldstart = (folder: string, ...args: string[]): string =>
  execFileSync(process.execPath, [cli, ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, COLDSTART_PYTHON: shownTrainer },
  });

/** Writes traces with decisions, awkward rows and run specs, and plays runs: completed, failed, and one that lives. */
export async function writeShownWorkspace(folder: string): Promise<void> {
  await writeFixtureWorkspace(folder);
  coldstart(
    folder,
    'dataset',
    'decide',
    'traces.jsonl',
    '--keep',
    '--rows',
    '0:16',
    '--filter',
    'verdict:correct',
  );
  coldstart(
    folder,
    'dataset',
    'decide',
    'traces.jsonl',
    '--drop',
    '--rows',
    '0:16',
    '--filter',
    'verdict:incorrect',
  );
  coldstart(
    folder,
    'dataset',
    'decide',
    'traces.jsonl',
    '--flag',
    '--rows',
    '0:16',
    '--filter',
    'verdict:unparsed',
  );
  const lines = readFileSync(path.join(folder, 'traces.jsonl'), 'utf8').split('\n');
  lines[1] = '{"id": "half", "prompt": "The writer was killed he';
  lines[3] = "{'id': 'from Python', 'prompt': None}";
  lines[5] = (lines[5] ?? '').replace('images/fruit-5.png', 'images/lost.png');
  writeFileSync(path.join(folder, 'awkward.jsonl'), `${lines.slice(0, 12).join('\n')}\n`);
  for (const name of ['fruit-sft', 'fruit-grpo-wide', 'fruit-grpo-large'] as const) {
    try {
      coldstart(folder, 'run', 'start', writeSpec(folder, name), '--wait');
    } catch (error) {
      if (name !== 'fruit-grpo-large') throw error;
    }
  }
  for (const model of [specs['fruit-sft'].model, 'run:fruit-sft', 'run:fruit-grpo-wide'])
    coldstart(folder, 'eval', '--model', model, '--dataset', 'traces.jsonl');
  coldstart(folder, 'run', 'start', writeSpec(folder, 'fruit-grpo'));
}

/** Ends the run that lives, so that its folder can go. */
export function closeShownWorkspace(folder: string): void {
  const args = [cli, 'run', 'stop', 'fruit-grpo', '--discard'];
  // A run that never began needs no end.
  spawnSync(process.execPath, args, { cwd: folder, stdio: 'ignore' });
}
