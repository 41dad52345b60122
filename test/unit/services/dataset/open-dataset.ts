import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { onTestFinished } from 'vitest';
import { TraceDocument } from '../../../../src/services/dataset/document.ts';
import type { OpenOptions } from '../../../../src/services/dataset/document-source.ts';
import type { Edit } from '../../../../src/services/dataset/views.ts';
import type { Assets, Log } from '../../../../src/services/ports.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
let built: Promise<Assets> | undefined;

/** The workers as the product ships them, bundled once for each test file (inside node_modules, so that sharp is found). */
export function testAssets(): Promise<Assets> {
  built ??= bundle();
  return built;
}

async function bundle(): Promise<Assets> {
  const workers = join(root, 'node_modules', '.cache', 'coldstart-test-workers', `${process.pid}`);
  await esbuild.build({
    entryPoints: ['index-rows', 'scan-rows', 'decode-image'].map((name) =>
      join(root, 'src', 'services', 'workers', `${name}.ts`),
    ),
    outdir: workers,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['sharp'],
    logLevel: 'error',
  });
  process.once('exit', () => rmSync(workers, { recursive: true, force: true }));
  return { workers, trainer: '' };
}

/** Collects what is logged as warnings and errors. */
export function testLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const add = (line: string) => void lines.push(line);
  return { lines, info: () => undefined, warn: add, error: add };
}

/** A folder that goes when the test is over. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-dataset-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file in such a folder. */
export function testFile(text: string | Buffer, name = 'traces.jsonl'): string {
  const path = join(testFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** Opens a dataset that is closed when the test is over. */
export async function openDataset(path: string, options: Partial<OpenOptions> = {}): Promise<TraceDocument> {
  const document = await TraceDocument.open(path, {
    assets: await testAssets(),
    settings: { imageRoots: [] },
    log: testLog(),
    ...options,
  });
  onTestFinished(() => document.dispose());
  return document;
}

/** Edits the ground truth of a row as a person does. */
export async function editTruth(document: TraceDocument, index: number, text: string): Promise<Edit> {
  const { revision } = await document.traceRead(index);
  return document.editValue(index, revision, { kind: 'ground-truth' }, text);
}

/** A row of the published cold-start shape. */
export function row(index: number, extra: object = {}): string {
  return JSON.stringify({
    id: `t-${index}`,
    images: [],
    problem: `How many are ${index} and 1?`,
    answer: `<think>Count ${index} and one more.</think> \\boxed{${index + 1}}`,
    ground_truth: `${index + 1}`,
    ...extra,
  });
}

export function rows(count: number): string {
  return Array.from({ length: count }, (_, index) => `${row(index)}\n`).join('');
}
