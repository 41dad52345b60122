import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { many } from '../../../../src/core/text/plural.ts';

const root = join(import.meta.dirname, '../../../..');
const nouns =
  'checkpoints|completions|decisions|errors|events|groups|images|mistakes|packages|problems|rollouts|rows|tokens|traces|warnings';

test.each([
  [0, 'row', '0 rows'],
  [1, 'row', '1 row'],
  [2_000, 'chosen row', '2,000 chosen rows'],
])('%i %s is said as %s', (count, noun, said) => {
  expect(many(count, noun)).toBe(said);
});

/** What joins a value and a plural by hand says `1 rows` one day. */
const byHand: readonly (readonly [readonly string[], string, RegExp])[] = [
  [
    ['src', 'webview'],
    '.ts',
    new RegExp(`\\$\\{[^{}]*(?:\\{[^{}]*\\}[^{}]*)*\\} (?:(?:chosen|edited|more|selected) )?(?:${nouns})\\b`),
  ],
  [['src/trainer/coldstart_trainer'], '.py', new RegExp(`%d (?:${nouns})\\b`)],
];
test.each(byHand)('%s: %s files count nouns by the one function', (folders, ending, pattern) => {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(ending))
      .map((file) => join(folder, file)),
  );
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, at) => (pattern.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
