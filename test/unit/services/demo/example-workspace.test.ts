import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { demoPython } from '../../../../src/services/demo/example-workspace.ts';

test('the Python of the example gets what every trainer gets, and says why it failed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coldstart-example-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const python = join(folder, 'python');
  const script = `#!/bin/sh\nenv > '${folder}/env'\nif [ "$3" = fail ]; then echo 'needs torchvision' >&2; exit 4; fi\n`;
  await writeFile(python, script);
  await chmod(python, 0o755);
  const options = { python, assets: { trainer: '/trainer', workers: '' } };
  process.env.EDITOR_SECRET = 'canary';
  onTestFinished(() => {
    delete process.env.EDITOR_SECRET;
  });
  await demoPython(options, ['draw']);
  const variables = await readFile(join(folder, 'env'), 'utf8');
  expect(variables).toContain('PYTHONPATH=/trainer\n');
  expect(variables).not.toContain('canary');
  await expect(demoPython(options, ['fail'])).rejects.toMatchObject({
    code: 'environment-incomplete',
    message: expect.stringContaining('needs torchvision'),
  });
  await expect(demoPython(options, ['draw'], AbortSignal.abort())).rejects.toMatchObject({
    code: 'cancelled',
  });
});
