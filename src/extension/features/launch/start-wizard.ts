import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { RunSpecInput, Stage } from '../../../core/run/spec.ts';
import { presetsFor } from '../../../services/run/presets.ts';
import { pathInSpec } from '../../../services/run/spec-values.ts';
import type { AppContext } from '../../app-context.ts';
import { chosenReading } from '../../chosen-reading.ts';
import { pickDataset } from '../../pick-dataset.ts';
import { type Item, pick } from './ask.ts';
import { askModel } from './ask-model.ts';
import { askRewards, type Rewards } from './ask-rewards.ts';
import { rowItems } from './ask-rows.ts';
import { askInOrder, type Left, type Place, type Question, titleOf } from './questions.ts';

/** What the trace editor that was used last shows. */
interface ActiveDataset {
  readonly uri: vscode.Uri;
  readonly filter: string;
}

/** What was answered so far. */
interface Answers {
  dataset: vscode.Uri | null;
  rows: string;
  model: string;
  rewards: Rewards;
  size: string;
}

/**
 * Asks for dataset, rows, model, rewards and size, writes a `*.run.json` beside the dataset and opens it for review.
 * Nothing starts here: the person starts from the CodeLens, the editor title or the palette.
 */
export async function startWizard(
  app: AppContext,
  stage: Stage,
  given?: vscode.Uri,
  filter = '',
  givenModel = '',
): Promise<vscode.Uri | undefined> {
  const what = stage === 'sft' ? 'Start SFT run' : 'Start GRPO run';
  const active = await vscode.commands.executeCommand<ActiveDataset | undefined>('coldstart.activeDataset');
  const answers: Answers = { dataset: given ?? null, rows: 'all', model: givenModel, rewards: [], size: '' };
  const filterOf = (dataset: vscode.Uri) =>
    filter || (active?.uri.toString() === dataset.toString() ? active.filter : '');
  const rowsOf = remember((dataset: vscode.Uri) => rowItems(app, dataset, filterOf(dataset)));
  const isGrpo = stage === 'grpo';

  const dataset: Question = {
    isAsked: async () => given === undefined,
    forget: () => {
      answers.dataset = null;
    },
    ask: async (place) => {
      const title = titleOf(what, place, 'dataset');
      answers.dataset = (await pickDataset(app, { title, active: active?.uri })) ?? null;
      return answers.dataset ? 'answered' : 'left';
    },
  };
  const rows: Question = {
    // Nothing to choose is not asked.
    isAsked: async () => (answers.dataset ? (await rowsOf(answers.dataset)).items.length > 1 : null),
    ask: async (place) => {
      const { items, counted } = answers.dataset ? await rowsOf(answers.dataset) : { items: [] };
      const take = (value: string) => {
        answers.rows = value;
      };
      return one(titleOf(what, place, 'rows'), items, place, answers.rows, take, counted);
    },
  };
  const model: Question = {
    isAsked: async () => givenModel === '',
    ask: async (place) => {
      const specPath = answers.dataset?.fsPath ?? '';
      const found = await askModel(app, stage, specPath, titleOf(what, place, 'model'), place, answers.model);
      if (typeof found === 'object') answers.model = found.model;
      return typeof found === 'object' ? 'answered' : found;
    },
  };
  const rewards: Question = {
    isAsked: async () => isGrpo,
    ask: async (place) => {
      const found = await askRewards(app, titleOf(what, place, 'rewards'), place);
      if (typeof found === 'object') answers.rewards = found.rewards;
      return typeof found === 'object' ? 'answered' : found;
    },
  };
  const size: Question = {
    isAsked: async () => true,
    ask: (place) => {
      const items = presetsFor(stage).map(({ title, detail, name }) => ({
        label: title,
        detail,
        value: name,
      }));
      return one(titleOf(what, place, 'size'), items, place, answers.size, (value) => {
        answers.size = value;
      });
    },
  };

  if (!(await askInOrder([dataset, rows, model, rewards, size])) || !answers.dataset) return undefined;
  return writeSpec(app, stage, { ...answers, dataset: answers.dataset }, filterOf(answers.dataset));
}

async function one(
  title: string,
  items: readonly Item[],
  { canGoBack }: Place,
  before: string,
  take: (value: string) => void,
  later?: () => Promise<readonly Item[]>,
): Promise<Left> {
  const found = await pick({ title, items, canGoBack, chosen: [before], ...(later ? { later } : {}) });
  if (found === null) return 'left';
  if (found === 'back') return 'back';
  take(found[0] ?? '');
  return 'answered';
}

async function writeSpec(
  app: AppContext,
  stage: Stage,
  answers: Answers & { readonly dataset: vscode.Uri },
  filter: string,
): Promise<vscode.Uri> {
  const { dataset, model, rewards, size } = answers;
  const name = `${basename(dataset.fsPath).replace(/\.jsonl?$/, '')}-${stage}`;
  const path = freePath(dirname(dataset.fsPath), name);
  const { imageRoots } = app.settings(dataset);
  // The reward reads answers, and the run its rows, as the person does in the editor.
  const { shape, extraction } = chosenReading(app, dataset);
  const spec: RunSpecInput = {
    version: 1,
    name,
    stage,
    trainer: 'trl',
    model,
    dataset: {
      path: pathInSpec(path, dataset.fsPath),
      ...(shape && shape !== 'auto' ? { shape } : {}),
      ...(answers.rows === 'kept' ? { rows: 'kept' as const } : {}),
      ...(answers.rows === 'filter' ? { rows: 'all' as const, filter } : {}),
      ...(imageRoots.length > 0 ? { image_roots: [...imageRoots] } : {}),
    },
    ...(extraction && extraction !== 'boxed' ? { extraction } : {}),
    ...(stage === 'grpo' ? { rewards: [...rewards] } : {}),
    ...presetsFor(stage).find((entry) => entry.name === size)?.spec,
  };
  await writeFile(path, `${JSON.stringify(spec, null, 2)}\n`, { flag: 'wx' });
  const uri = vscode.Uri.file(path);
  await vscode.window.showTextDocument(uri);
  return uri;
}

/** Asks once for each dataset, which is not read anew for every question. */
function remember<T>(read: (dataset: vscode.Uri) => Promise<T>): (dataset: vscode.Uri) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (dataset) => {
    const key = dataset.toString();
    const found = known.get(key) ?? read(dataset);
    known.set(key, found);
    return found;
  };
}

function freePath(folder: string, name: string): string {
  for (let n = 1; ; n += 1) {
    const path = join(folder, `${name}${n === 1 ? '' : `-${n}`}.run.json`);
    if (!existsSync(path)) return path;
  }
}
