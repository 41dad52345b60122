import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkWay, chooseWay, createWay } from '../../../../src/services/environment/ways.ts';

const manifest = readFileSync(join(import.meta.dirname, '../../../../package.json'), 'utf8');

test.each([
  [createWay, 'coldstart env create trl'],
  [checkWay, 'coldstart env check trl'],
  [chooseWay, 'COLDSTART_PYTHON'],
])('%s: a command of VS Code by its title, and the way of the command line', (way, typed) => {
  expect(manifest).toContain(`"title": "${/“Coldstart: (.+)”/.exec(way)?.[1]}"`);
  expect(way).toContain(typed);
});
