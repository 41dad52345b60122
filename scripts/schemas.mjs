// JSON schemas that the product ships, generated from the zod schemas of the core.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';

/** Writes the JSON schema of `*.run.json`, generated from the zod schema, for VS Code's JSON language server. */
export async function writeSchemas(root, folder) {
  const contents = `import { z } from 'zod';
    import { runSpecSchema } from './src/core/run/spec.ts';
    export const runSpec = z.toJSONSchema(runSpecSchema, { io: 'input', unrepresentable: 'any', target: 'draft-7' });`;
  const bundle = await esbuild.build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  });
  const code = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
  const { runSpec } = await import(`data:text/javascript;base64,${code}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'run.schema.json'), `${JSON.stringify(runSpec, null, 2)}\n`);
}
