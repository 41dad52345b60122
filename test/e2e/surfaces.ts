import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Workbench } from './driver.ts';
import { writeFixtureWorkspace } from './fixture-workspace.ts';

/** A state of a surface, and the way a person reaches it from a freshly opened folder. */
export interface SurfaceState {
  readonly surface: string;
  readonly state: string;
  readonly about: string;
  readonly reach: (workbench: Workbench) => Promise<void>;
}

/** Writes the folder that every state is reached in. */
export async function prepareWorkspace(folder: string): Promise<void> {
  await writeFixtureWorkspace(folder);
  const spec = {
    version: 1,
    name: 'fruit-sft',
    stage: 'sft',
    model: 'Qwen/Qwen2.5-VL-3B-Instruct',
    dataset: { path: 'traces.jsonl', rows: 'kept' },
    epochs: 1,
    seed: 1,
  };
  writeFileSync(path.join(folder, 'fruit-sft.run.json'), `${JSON.stringify(spec, null, 2)}\n`);
}

const traceEditor = 'Coldstart Trace Editor';

async function openTraces(workbench: Workbench): Promise<void> {
  await workbench.openWith('traces.jsonl', traceEditor);
  await workbench.webview().locator('img').first().waitFor();
}

async function openContainer(workbench: Workbench): Promise<void> {
  await workbench.page.locator('.activitybar .action-item a[aria-label^="Coldstart"]').click();
  await workbench.page.locator('.pane-body .monaco-list-row').first().waitFor();
}

const viewOf = (command: string) => async (workbench: Workbench) => {
  await openTraces(workbench);
  await workbench.runCommand(command);
};

export const surfaces: readonly SurfaceState[] = [
  {
    surface: 'trace-editor',
    state: 'focus',
    about: 'one trace with its image and segments',
    reach: openTraces,
  },
  {
    surface: 'trace-editor',
    state: 'grid',
    about: 'images with badges',
    reach: viewOf('Coldstart: Show grid'),
  },
  {
    surface: 'trace-editor',
    state: 'table',
    about: 'fields as columns',
    reach: viewOf('Coldstart: Show table'),
  },
  {
    surface: 'trace-editor',
    state: 'help',
    about: 'the keys',
    reach: viewOf('Coldstart: Show keys of the trace editor'),
  },
  {
    surface: 'sidebar',
    state: 'first',
    about: 'datasets, runs and environments before the first run',
    reach: openContainer,
  },
  {
    surface: 'run-spec',
    state: 'lenses',
    about: 'a run spec with its CodeLens',
    reach: async (workbench) => {
      await workbench.openFile('fruit-sft.run.json');
      await workbench.page.locator('.codelens-decoration a').first().waitFor();
    },
  },
];
