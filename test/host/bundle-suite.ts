import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles the cases for the extension host into one CommonJS file and returns its path. */
export async function bundleSuite(outfile: string): Promise<string> {
  const entry = path.join(path.dirname(fileURLToPath(import.meta.url)), 'suite.ts');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    logLevel: 'silent',
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
  });
  return outfile;
}

/** Names of the cases in a bundle, read without VS Code. */
export function caseNames(bundle: string, load: NodeJS.Require): string[] {
  const exported: { cases?: Record<string, unknown> } = {};
  const module = { exports: exported };
  const evaluate = new Function('module', 'exports', 'require', readFileSync(bundle, 'utf8'));
  evaluate(module, exported, (name: string) => (name === 'vscode' ? {} : load(name)));
  return Object.keys(module.exports.cases ?? {});
}
