// JSON schemas that the product ships, generated from the zod schemas of the core.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';

/** What VS Code proposes as an entry of `rewards`, and as its name. */
const rewardSnippets = [
  {
    label: 'answer',
    description: 'The extracted answer is correct.',
    body: { name: 'answer', weight: 1 },
  },
  {
    label: 'format',
    description: 'The completion ends in exactly one box.',
    body: { name: 'format', weight: 0.2 },
  },
  {
    label: 'function of your own',
    description: 'A Python function that gives one number for each completion.',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: places to fill in, in VS Code's snippet syntax
    body: { name: '${1:rewards.py}:${2:score}', weight: 1 },
  },
];
const rewardNames = ['answer', 'format', 'rewards.py:score'].map((body) => ({ label: body, body }));

/** Writes the JSON schemas of `*.run.json` (for VS Code's JSON language server) and of run events v1 (for other readers). */
export async function writeSchemas(root, folder) {
  const contents = `import { z } from 'zod';
    import { runEventJsonSchema } from './src/core/run/events.ts';
    import { runSpecSchema } from './src/core/run/spec.ts';
    export const runEvent = runEventJsonSchema();
    export const runSpec = z.toJSONSchema(runSpecSchema, { io: 'input', unrepresentable: 'any', target: 'draft-7' });`;
  const bundle = await esbuild.build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  });
  const code = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
  const { runSpec, runEvent } = await import(`data:text/javascript;base64,${code}`);
  const reward = runSpec.properties.rewards.items;
  reward.defaultSnippets = rewardSnippets;
  reward.properties.name.defaultSnippets = rewardNames;
  mkdirSync(folder, { recursive: true });
  for (const [name, schema] of Object.entries({ run: runSpec, 'run-event': runEvent }))
    writeFileSync(path.join(folder, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
