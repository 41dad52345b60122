import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHost } from '../../scripts/vscode-host/start.mjs';
import { launchBrowser, Workbench } from '../e2e/driver.ts';
import { stubSettings } from '../e2e/stub-runs.ts';
import { bundleSuite, caseNames } from './bundle-suite.ts';

const traces = [
  { prompt: 'How many?', completion: '<think>two and two</think> \\boxed{4}', ground_truth: '4' },
  { prompt: 'And now?', completion: '<think>one</think> \\boxed{1}', ground_truth: '2' },
];
const spec = {
  version: 1,
  name: 'first',
  stage: 'sft',
  model: 'some/model',
  max_steps: 2,
  dataset: { path: 'traces.jsonl' },
};

function writeWorkspace(folder: string): void {
  writeFileSync(
    path.join(folder, 'traces.jsonl'),
    traces.map((trace) => `${JSON.stringify(trace)}\n`).join(''),
  );
  writeFileSync(path.join(folder, 'sft.run.json'), JSON.stringify(spec, null, 2));
  writeFileSync(
    path.join(folder, 'typo.run.json'),
    JSON.stringify({ ...spec, stage: undefined, stag: 'sft' }, null, 2),
  );
}

const scratch = mkdtempSync(path.join(tmpdir(), 'coldstart-suite-'));
const suite = await bundleSuite(path.join(scratch, 'suite.js'));
const names = caseNames(suite, createRequire(import.meta.url));
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

interface Outcome {
  /** Case name -> error text, or undefined for a pass. */
  readonly outcomes: Map<string, string | undefined>;
  /** What the window reported while the cases ran. */
  readonly problems: readonly string[];
}

/** Runs all cases once in a VS Code of that release. */
async function runInside(vscode: 'oldest' | 'newest'): Promise<Outcome> {
  const folder = mkdtempSync(path.join(scratch, `${vscode}-`));
  const results = path.join(scratch, `${vscode}.jsonl`);
  writeWorkspace(folder);
  let problems: readonly string[] = [];
  const host = await startHost({
    vscode,
    folder,
    installed: false,
    settings: stubSettings,
    env: { COLDSTART_HOST_RESULTS: results },
  });
  try {
    writeFileSync(path.join(host.extension, 'suite.js'), readFileSync(suite));
    const remote = `vscode-remote://127.0.0.1:${host.port}${host.extension}`;
    let finish: (code: number) => void = () => {};
    const finished = new Promise<number>((resolve) => {
      finish = resolve;
    });
    const workbench = await Workbench.open(browser, host, {
      payload: [
        ['extensionDevelopmentPath', remote],
        ['extensionTestsPath', `${remote}/suite.js`],
      ],
      prepare: async (page) => {
        await page.exposeFunction('codeAutomationLog', () => undefined);
        await page.exposeFunction('codeAutomationExit', (code: number) => finish(code));
      },
    });
    await finished;
    problems = workbench.problems;
    await workbench.close();
  } finally {
    await host.stop();
  }
  if (!existsSync(results)) throw new Error('VS Code ended the tests without running any.');
  const lines = readFileSync(results, 'utf8').trim().split('\n');
  const outcomes = new Map<string, string | undefined>(
    lines.map((line) => JSON.parse(line)).map(({ name, error }) => [name, error]),
  );
  return { outcomes, problems };
}

describe.each(['oldest', 'newest'] as const)('inside VS Code (%s)', (vscode) => {
  let outcomes: Map<string, string | undefined>;
  let problems: readonly string[];
  beforeAll(async () => {
    ({ outcomes, problems } = await runInside(vscode));
  });
  it('the window reports no error and no breach of the security policy', () => {
    expect(problems).toEqual([]);
  });
  it.each(names)('%s', (name) => {
    expect(outcomes.has(name), 'the case did not run').toBe(true);
    expect(outcomes.get(name)).toBeUndefined();
  });
});
