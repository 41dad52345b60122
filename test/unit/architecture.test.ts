import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const allowed: Record<string, readonly string[]> = {
  'src/core': ['src/core'],
  'src/protocol': ['src/protocol', 'src/core'],
  'src/services': ['src/services', 'src/core'],
  'src/extension': ['src/extension', 'src/services', 'src/protocol', 'src/core'],
  'src/cli': ['src/cli', 'src/services', 'src/core'],
  webview: ['webview', 'src/protocol', 'src/core'],
};
const packages: Record<string, RegExp> = {
  'src/core': /^(zod|decimal\.js|re2js)$/,
  'src/protocol': /^zod$/,
};

interface Import {
  readonly from: string;
  readonly to: string;
}

function files(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:^|\n)\s*(?:import|export)[^;'"]*?from\s+['"]([^'"]+)['"]/g)]
    .concat([...text.matchAll(/import\(\s*['"]([^'"]+)['"]\s*\)/g)])
    .map((match) => ({ from: file, to: match[1] ?? '' }));
}

const layerOf = (file: string) => Object.keys(allowed).find((layer) => file.startsWith(`${layer}/`));
const all = Object.keys(allowed).flatMap(files).flatMap(importsOf);
const local = all
  .filter(({ to }) => to.startsWith('.'))
  .map(({ from, to }) => ({ from, to: relative('.', normalize(join(dirname(from), to))) }));
const foreign = all.filter(({ to }) => !to.startsWith('.'));

describe('the one import rule', () => {
  it('lets a layer import only what is below it', () => {
    const wrong = local.filter(({ from, to }) => {
      const target = layerOf(to);
      return target === undefined || !allowed[layerOf(from) ?? '']?.includes(target);
    });
    expect(wrong).toEqual([]);
  });

  it('keeps packages out of the pure layers', () => {
    const wrong = foreign.filter(({ from, to }) => {
      const rule = packages[layerOf(from) ?? ''];
      return rule !== undefined && !rule.test(to);
    });
    expect(wrong).toEqual([]);
  });

  it('keeps node and vscode where they belong', () => {
    const wrong = foreign.filter(({ from, to }) => {
      if (to === 'vscode') return !from.startsWith('src/extension/');
      return to.startsWith('node:') && from.startsWith('webview/');
    });
    expect(wrong).toEqual([]);
  });

  it('gives every native module one importer', () => {
    for (const native of ['sharp', 'onnxruntime-node']) {
      const importers = new Set(foreign.filter(({ to }) => to === native).map(({ from }) => from));
      expect([...importers].every((file) => file.startsWith('src/services/native/'))).toBe(true);
      expect(importers.size).toBeLessThanOrEqual(1);
    }
  });

  it('lets no feature import another', () => {
    const feature = (file: string) => /^src\/extension\/features\/([^/]+)\//.exec(file)?.[1];
    const wrong = local.filter(({ from, to }) => {
      const target = feature(to);
      return feature(from) !== undefined && target !== undefined && target !== feature(from);
    });
    expect(wrong).toEqual([]);
  });

  it('has no cycles', () => {
    const graph = new Map<string, Import[]>();
    for (const edge of local) graph.set(edge.from, [...(graph.get(edge.from) ?? []), edge]);
    const done = new Set<string>();
    const walk = (file: string, path: string[]): string[] | null => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return null;
      for (const { to } of graph.get(file) ?? []) {
        const cycle = walk(to, [...path, file]);
        if (cycle) return cycle;
      }
      done.add(file);
      return null;
    };
    for (const file of graph.keys()) expect(walk(file, [])).toBeNull();
  });
});
