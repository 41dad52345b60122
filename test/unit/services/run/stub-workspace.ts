import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { RunSpecInput } from '../../../../src/core/run/spec.ts';
import { isActive, readStatus } from '../../../../src/services/run/evidence.ts';
import { stopRun } from '../../../../src/services/run/launch.ts';
import { runIds } from '../../../../src/services/run/run-folder.ts';
import type { RunHost } from '../../../../src/services/run/views.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A 1 × 1 PNG. */
export const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export interface StubWorkspace {
  readonly folder: string;
  readonly runs: string;
  readonly host: RunHost;
  /** Writes a run spec over `dataset.jsonl` and returns its path. */
  spec(changes: Partial<RunSpecInput>, name?: string): Promise<string>;
  file(name: string, text: string | Buffer): Promise<string>;
  /** Waits until a run ended. */
  ended(folder: string): Promise<void>;
}

/** A folder with a dataset of four traces and a trainer that needs no torch; runs that still live are stopped after the test. */
export async function stubWorkspace(): Promise<StubWorkspace> {
  const folder = await mkdtemp(join(tmpdir(), 'coldstart-runs-'));
  const runs = join(folder, '.coldstart', 'runs');
  const host: RunHost = {
    settings: {
      imageRoots: [],
      runsFolder: runs,
      environmentsFolder: join(folder, 'environments'),
      interpreters: { trl: join(root, 'test/fixtures/stub-trainer/python') },
    },
    assets: { workers: join(root, 'dist/workers'), trainer: join(root, 'src/trainer') },
    workspace: folder,
    log: silent,
  };
  const file = async (name: string, text: string | Buffer) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const ended = async (run: string) => {
    while (isActive(await readStatus(run))) await delay(30);
  };
  onTestFinished(async () => {
    for (const id of await runIds(runs)) {
      const run = join(runs, id);
      await stopRun(run, { save: false }).catch(() => undefined);
      await ended(run);
    }
    await rm(folder, { recursive: true, force: true });
  });
  await file('pixel.png', pixel);
  const rows = [0, 1, 2, 3].map((index) => ({
    id: `t${index}`,
    messages: [
      { role: 'user', content: `<image>What is ${index} + 1?` },
      { role: 'assistant', content: `\\boxed{${index + 1}}` },
    ],
    images: ['pixel.png'],
    ground_truth: `${index + 1}`,
    kind: index < 2 ? 'small' : 'large',
  }));
  await file('dataset.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return {
    folder,
    runs,
    host,
    file,
    ended,
    spec: (changes, name = 'stub.run.json') => {
      const spec: RunSpecInput = {
        name: 'stub',
        stage: 'grpo',
        model: 'org/tiny',
        dataset: { path: 'dataset.jsonl' },
        max_steps: 3,
        group_size: 4,
        batch_size: 8,
        save_steps: 2,
        ...changes,
      };
      return file(name, JSON.stringify(spec, null, 2));
    },
  };
}
