import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeSchemas } from '../../scripts/schemas.mjs';

const root = join(import.meta.dirname, '..', '..');

/** `path: words` of everything in a schema that has words. */
function described(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const words = 'description' in schema && typeof schema.description === 'string' ? [schema.description] : [];
  return [
    ...words.map((text) => `${path}: ${text}`),
    ...Object.entries(schema).flatMap(([key, value]) => described(value, `${path}/${key}`)),
  ];
}

test("the editor's schema of run specs explains and proposes, and leaves mistakes to Coldstart", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-schemas-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await writeSchemas(root, folder);
  const read = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8'));
  const [strict, editor] = [read('run'), read('run.editor')];
  expect(described(editor)).toEqual(described(strict));
  expect(described(editor).length).toBeGreaterThan(30);
  expect([strict.additionalProperties, editor.additionalProperties]).toEqual([false, undefined]);
  expect([strict.required.length > 0, editor.required]).toEqual([true, undefined]);
  expect(editor.properties.stage).toMatchObject({ type: 'string', examples: ['sft', 'grpo'] });
});
