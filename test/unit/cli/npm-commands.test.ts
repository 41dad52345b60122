import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const scripts = join(import.meta.dirname, '../../../scripts');

test.each([
  ['test', /unit +\S/],
  ['build', /--watch/],
  ['demo', /--scale X[\s\S]+--json/],
])('npm run %s -- --help lists what there is and does nothing', (name, said) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(scripts, `${name}.mjs`), '--help'], {
    encoding: 'utf8',
  });
  expect([status, stdout + stderr]).toEqual([0, expect.stringMatching(said)]);
});
