import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Json } from '../../../../src/core/trace/trace.ts';

const root = resolve(import.meta.dirname, '../../../../../shared/data');

/** Folder of shared test data, or null (the test then skips and says which folder is missing). */
export function sharedFolder(name: string): string | null {
  const folder = join(root, name);
  return existsSync(folder) ? folder : null;
}

export function skipMessage(name: string): string {
  return `skipped: ../shared/data/${name} is not there`;
}

/** The element rows of a small .jsonl file or .json array. */
export function readRows(path: string): Json[] {
  const text = readFileSync(path, 'utf8');
  if (path.endsWith('.json')) return JSON.parse(text) as Json[];
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Json);
}

export function readLines(path: string): string[] {
  return readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .split('\n');
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
}
