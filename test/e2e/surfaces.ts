import type { Workbench } from './driver.ts';
import { eventually } from './eventually.ts';
import { RunPage } from './run-page.ts';
import { closeShownWorkspace, shownTrainer, writeShownWorkspace } from './shown-workspace.ts';
import { TracePage, traceEditor } from './trace-page.ts';

/** A state of a surface, and the way a person reaches it from a freshly opened folder. */
export interface SurfaceState {
  readonly surface: string;
  readonly state: string;
  readonly about: string;
  readonly reach: (workbench: Workbench) => Promise<void>;
  /** Without a folder, as VS Code opens for the first time. */
  readonly empty?: true;
}

/** Writes the folder that every state is reached in. */
export const prepareWorkspace = writeShownWorkspace;
export const closeWorkspace = closeShownWorkspace;

/** Settings that every state is reached with. */
export const surfaceSettings = { 'coldstart.environments.interpreters': { trl: shownTrainer } };

async function openTraces(workbench: Workbench, file = 'traces.jsonl'): Promise<TracePage> {
  await workbench.openWith(file, traceEditor);
  const traces = new TracePage(workbench);
  await traces.frame.locator('cs-trace article').waitFor();
  await traces.focusList();
  return traces;
}

async function openRun(workbench: Workbench, name: string): Promise<RunPage> {
  await workbench.runCommand('Coldstart: Open run dashboard…');
  await workbench.pick(name);
  const page = new RunPage(workbench);
  await page.frame.locator('.run-bar').waitFor();
  return page;
}

async function openRollouts(workbench: Workbench, name: string): Promise<RunPage> {
  const page = await openRun(workbench, name);
  await page.tab('rollouts');
  await page.imageIsDrawn();
  return page;
}

const viewOf = (command: string, shows: string) => async (workbench: Workbench) => {
  const traces = await openTraces(workbench);
  await workbench.runCommand(command);
  await traces.frame.locator(shows).first().waitFor();
  await eventually(
    'Images under way',
    () => traces.frame.locator('[aria-busy="true"]').count(),
    (n) => n === 0,
  );
};

/** The facets of a view, counted. */
const facetsOf = async (workbench: Workbench): Promise<TracePage> => {
  const traces = await openTraces(workbench);
  await workbench.runCommand('Coldstart: Toggle facets');
  await traces.frame.locator('cs-facets .value').first().waitFor();
  await eventually(
    'Facets under way',
    () => traces.frame.locator('cs-facets .cs-progress').count(),
    (n) => n === 0,
  );
  return traces;
};

const filtered = (text: string) => async (workbench: Workbench) => {
  const traces = await openTraces(workbench);
  await traces.typeFilter(text);
  // What the filter says of itself: an error, an empty list, or its count.
  await traces.frame.locator('[role="alert"], .cs-state, .count:has-text(" of ")').first().waitFor();
};

const runTab = (name: string, tab: Parameters<RunPage['tab']>[0]) => async (workbench: Workbench) => {
  const page = await openRun(workbench, name);
  await page.tab(tab);
  if (tab === 'overview') await page.chartIsDrawn();
};

async function pickCompared(workbench: Workbench): Promise<void> {
  const page = await openRun(workbench, 'fruit-grpo');
  await page.chartIsDrawn();
  await page.button('Compare…').click();
  await workbench.tick('fruit-grpo-wide', 'fruit-sft');
}

const compared = (axis: 'step' | 'time') => async (workbench: Workbench) => {
  await pickCompared(workbench);
  await workbench.confirmPicks();
  const { frame } = new RunPage(workbench);
  await frame.locator('.compare-legend .entry').nth(2).waitFor();
  await frame.locator('.compare-settings').waitFor();
  if (axis === 'time') await frame.getByRole('button', { name: 'by wall time' }).click();
  await frame.locator('.panel.overview canvas').first().waitFor();
};

async function openEvaluation(workbench: Workbench): Promise<RunPage> {
  const page = await openRun(workbench, 'fruit-grpo-wide');
  await page.tab('evaluation');
  await page.frame.locator('.arms .flips button').first().waitFor();
  return page;
}

const traceStates: readonly Omit<SurfaceState, 'surface'>[] = [
  {
    state: 'focus',
    about: 'one trace with its image and segments',
    reach: async (workbench) => (await openTraces(workbench)).imageIsDrawn(),
  },
  { state: 'grid', about: 'images with badges', reach: viewOf('Coldstart: Show grid', '.card img') },
  {
    state: 'table',
    about: 'fields as columns',
    reach: viewOf('Coldstart: Show table', '.head-of-table'),
  },
  {
    state: 'sorted',
    about: 'the table sorted by a column',
    reach: async (workbench) => {
      await viewOf('Coldstart: Show table', '.head-of-table')(workbench);
      const { frame } = new TracePage(workbench);
      const head = frame.locator('[role="columnheader"]').filter({ hasText: 'Words' });
      await head.locator('button').click();
      await frame.locator('[aria-sort="ascending"]').waitFor();
      await head.locator('button').click();
      await frame.locator('[aria-sort="descending"]').waitFor();
    },
  },
  {
    state: 'facets',
    about: 'what the list consists of',
    reach: async (workbench) => void (await facetsOf(workbench)),
  },
  {
    state: 'facets-filtered',
    about: 'a filter by facets, and what it leaves',
    reach: async (workbench) => {
      const { frame } = await facetsOf(workbench);
      await frame.locator('cs-facets .value').first().click();
      const bars = frame.locator('cs-histogram .bars').first();
      const box = await bars.boundingBox();
      if (!box) throw new Error('No bars');
      await workbench.page.mouse.move(box.x + box.width * 0.02, box.y + 20);
      await workbench.page.mouse.down();
      await workbench.page.mouse.move(box.x + box.width * 0.6, box.y + 20, { steps: 5 });
      await workbench.page.mouse.up();
      await frame.locator('cs-histogram .on').nth(1).waitFor();
      await eventually(
        'Rows under way',
        () => frame.locator('.top-bar .cs-progress, cs-facets .cs-progress').count(),
        (n) => n === 0,
      );
    },
  },
  {
    state: 'columns',
    about: 'the choice of columns',
    reach: async (workbench) => {
      await viewOf('Coldstart: Show table', '.head-of-table')(workbench);
      await new TracePage(workbench).frame.locator('.head-of-table > .cs-icon-button').click();
      await workbench.page.locator('.quick-input-widget .monaco-list-row').nth(5).waitFor();
    },
  },
  {
    state: 'help',
    about: 'the keys',
    reach: viewOf('Coldstart: Show keys of the trace editor', 'dialog.cs-help'),
  },
  { state: 'filtered', about: 'a filter with its count', reach: filtered('verdict:incorrect "re-check"') },
  {
    state: 'filter-error',
    about: 'a filter that is wrong, marked where',
    reach: filtered('verdict:incorect'),
  },
  {
    state: 'filter-offers',
    about: 'completions of the filter',
    reach: async (workbench) => {
      const traces = await openTraces(workbench);
      await traces.press('/');
      await traces.frame.locator('cs-filter-box input:focus').waitFor();
      await workbench.page.keyboard.type('verdict:');
      await traces.frame.locator('cs-filter-box .offers').waitFor();
    },
  },
  { state: 'no-match', about: 'a filter that nothing passes', reach: filtered('zebra') },
  {
    state: 'editing',
    about: 'a segment being edited',
    reach: async (workbench) => {
      const traces = await openTraces(workbench);
      await traces.press(']');
      await traces.press(']');
      await traces.press('e');
      await traces.frame.locator('cs-text-editor textarea').waitFor();
      await workbench.page.keyboard.type(' And so it is.');
    },
  },
  {
    state: 'broken',
    about: 'a line that is no JSON',
    reach: async (workbench) => {
      const traces = await openTraces(workbench, 'awkward.jsonl');
      await traces.press('j');
      await traces.frame.getByText('Line 2 cannot be read').waitFor();
    },
  },
  {
    state: 'missing-image',
    about: 'an image that is not there',
    reach: async (workbench) => {
      const traces = await openTraces(workbench, 'awkward.jsonl');
      await traces.filter('line:6');
      await traces.frame.locator('cs-trace .refused').waitFor();
    },
  },
];

const dashboardStates: readonly Omit<SurfaceState, 'surface'>[] = [
  { state: 'running', about: 'charts of a run that goes on', reach: runTab('fruit-grpo', 'overview') },
  { state: 'completed', about: 'charts of a run that ended', reach: runTab('fruit-sft', 'overview') },
  { state: 'failed', about: 'a run that failed, with advice', reach: runTab('fruit-grpo-large', 'overview') },
  {
    state: 'rollouts',
    about: 'one group with its image, rewards and completions',
    reach: async (workbench) => {
      await openRollouts(workbench, 'fruit-grpo-wide');
    },
  },
  {
    state: 'diff',
    about: 'two rollouts compared',
    reach: async (workbench) => {
      const page = await openRollouts(workbench, 'fruit-grpo-wide');
      await page.frame.locator('cs-group .strip [role="option"]').nth(1).click();
      await workbench.page.keyboard.press('d');
      await page.frame.locator('cs-group article.comparing').waitFor();
    },
  },
  {
    state: 'compare',
    about: 'curves of several runs over each other, with what differs between them',
    reach: compared('step'),
  },
  { state: 'compare-time', about: 'the same by wall time', reach: compared('time') },
  { state: 'compare-pick', about: 'the question which runs to compare with', reach: pickCompared },
  {
    state: 'evaluation',
    about: 'evaluations with their paired tests',
    reach: async (workbench) => {
      await openEvaluation(workbench);
    },
  },
  {
    state: 'flips',
    about: 'a row that only one of two models solves, with both completions',
    reach: async (workbench) => {
      const page = await openEvaluation(workbench);
      await page.frame.locator('.arms .flips button').first().click();
      await page.frame.locator('cs-flip .diff').waitFor();
      await page.frame.locator('cs-flip cs-image img').first().waitFor();
      await page.frame.locator('#flips cs-image img').nth(2).waitFor();
    },
  },
  { state: 'checkpoints', about: 'what was saved', reach: runTab('fruit-sft', 'checkpoints') },
  { state: 'log', about: 'what the trainer printed', reach: runTab('fruit-grpo-large', 'log') },
  { state: 'config', about: 'what was asked for', reach: runTab('fruit-grpo', 'config') },
];

export const surfaces: readonly SurfaceState[] = [
  ...traceStates.map((state) => ({ surface: 'trace-editor', ...state })),
  ...dashboardStates.map((state) => ({ surface: 'dashboard', ...state })),
  {
    surface: 'sidebar',
    state: 'filled',
    about: 'datasets, runs and environments',
    reach: async (workbench) => {
      await workbench.openSidebar();
      await workbench.page.locator('.pane-body .monaco-list-row').filter({ hasText: 'fruit-sft' }).waitFor();
      await workbench.page.locator('.pane-body .monaco-list-row').filter({ hasText: 'TRL' }).waitFor();
      await workbench.page
        .locator('.pane-body .monaco-list-row')
        .filter({ hasText: 'rows' })
        .first()
        .waitFor();
    },
  },
  {
    surface: 'sidebar',
    state: 'empty',
    about: 'the same in an empty folder',
    empty: true,
    reach: async (workbench) => {
      await workbench.openSidebar();
      await workbench.page.getByText('No dataset (.jsonl) in this workspace yet.').waitFor();
      await workbench.page.getByText('No runs yet.').waitFor();
    },
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
  {
    surface: 'run-spec',
    state: 'wizard',
    about: 'the first question of a new run',
    reach: async (workbench) => {
      await workbench.runCommand('Coldstart: Start GRPO run…');
      await workbench.pickRows();
    },
  },
  {
    surface: 'welcome',
    state: 'walkthrough',
    about: 'the first steps',
    reach: async (workbench) => {
      await workbench.runCommand('Welcome: Open Walkthrough...');
      await workbench.pick('Train a reasoning model');
      await workbench.page.locator('.getting-started-step').first().waitFor();
      // A narrow window has no room for the picture beside the steps.
      const picture = workbench.page.locator('.getting-started-media iframe').first();
      if ((workbench.page.viewportSize()?.width ?? 0) > 1200) await picture.waitFor();
    },
  },
];
