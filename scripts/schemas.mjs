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
// Functions of the workspace are proposed by the extension, which knows them.
const rewardNames = ['answer', 'format'].map((body) => ({ label: body, body }));

/** What VS Code's warnings come from, and what Coldstart says itself: better, with what was probably meant. */
const constraints = new Set([
  'required',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
]);

/** The schema with its words, types and proposals, and without what would be told twice in an editor. */
function forEditor(schema) {
  if (Array.isArray(schema)) return schema.map(forEditor);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      if (key === 'properties')
        return [
          [key, Object.fromEntries(Object.entries(value).map(([name, one]) => [name, forEditor(one)]))],
        ];
      if (constraints.has(key) || (key === 'additionalProperties' && value === false)) return [];
      if (key === 'enum') return [['examples', value]];
      if (key === 'const') return [['examples', [value]]];
      return [[key, key === 'defaultSnippets' || key === 'default' ? value : forEditor(value)]];
    }),
  );
}

/** Writes the JSON schemas of `*.run.json`, that of VS Code's JSON language server apart, and of run events v1. */
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
  const schemas = { run: runSpec, 'run.editor': forEditor(runSpec), 'run-event': runEvent };
  for (const [name, schema] of Object.entries(schemas))
    writeFileSync(path.join(folder, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
