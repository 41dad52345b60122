import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import * as vscode from 'vscode';
import type { RunSpecInput, Stage } from '../../../core/run/spec.ts';
import { many } from '../../../core/text/plural.ts';
import { datasetFacts } from '../../../services/dataset/facts.ts';
import { presetsFor } from '../../../services/run/presets.ts';
import { listRuns } from '../../../services/run/run-folder.ts';
import type { AppContext } from '../../app-context.ts';
import { pickDataset } from '../../pick-dataset.ts';

interface Item extends vscode.QuickPickItem {
  readonly value: string;
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
  const title = stage === 'sft' ? 'Start SFT run' : 'Start GRPO run';
  const total = stage === 'sft' ? 4 : 5;
  const ask = (step: number, what: string, items: Item[]) =>
    vscode.window.showQuickPick(items, {
      title: `${title} (${step}/${total}): ${what}`,
      matchOnDescription: true,
      // Who looks a name up in another window does not begin anew.
      ignoreFocusOut: true,
    });

  const active = await vscode.commands.executeCommand<ActiveDataset | undefined>('coldstart.activeDataset');
  const dataset =
    given ?? (await pickDataset(app, { title: `${title} (1/${total}): dataset`, active: active?.uri }));
  if (!dataset) return undefined;
  const isActive = active?.uri.toString() === dataset.toString();
  const chosenFilter = filter || (isActive ? active.filter : '');
  const rows = await askRows(app, dataset, chosenFilter, ask);
  if (!rows) return undefined;
  const model = givenModel || (await askModel(app, dataset, stage, ask));
  if (!model) return undefined;
  const rewards = stage === 'grpo' ? await askRewards(app) : [];
  if (!rewards) return undefined;
  const preset = await ask(
    total,
    'size',
    presetsFor(stage).map((entry) => ({ label: entry.title, detail: entry.detail, value: entry.name })),
  );
  if (!preset) return undefined;

  const name = `${basename(dataset.fsPath).replace(/\.jsonl?$/, '')}-${stage}`;
  const path = freePath(dirname(dataset.fsPath), name);
  const spec: RunSpecInput = {
    version: 1,
    name,
    stage,
    trainer: 'trl',
    model,
    dataset: {
      path: relative(dirname(path), dataset.fsPath),
      ...(rows.value === 'all' ? {} : { rows: rows.value as 'kept' }),
      ...(rows.value === 'filter' ? { rows: 'all' as const, filter: chosenFilter } : {}),
      ...(app.settings(dataset).imageRoots.length
        ? { image_roots: [...app.settings(dataset).imageRoots] }
        : {}),
    },
    ...(stage === 'grpo' ? { rewards } : {}),
    ...presetsFor(stage).find((entry) => entry.name === preset.value)?.spec,
  };
  await writeFile(path, `${JSON.stringify(spec, null, 2)}\n`, { flag: 'wx' });
  const uri = vscode.Uri.file(path);
  await vscode.window.showTextDocument(uri);
  return uri;
}

type Ask = (step: number, what: string, items: Item[]) => Thenable<Item | undefined>;

/** What the trace editor that was used last shows. */
interface ActiveDataset {
  readonly uri: vscode.Uri;
  readonly filter: string;
}

async function askRows(app: AppContext, dataset: vscode.Uri, filter: string, ask: Ask) {
  const facts = await datasetFacts(dataset.fsPath, app.assets);
  const count = (value: number) => many(value, 'trace');
  const items: Item[] = [
    { label: 'All', description: count(facts.rows), value: 'all' },
    ...(facts.decisions.keep > 0
      ? [{ label: 'Kept', description: count(facts.decisions.keep), value: 'kept' }]
      : []),
    ...(filter ? [{ label: 'Current filter', description: filter, value: 'filter' }] : []),
  ];
  // Nothing to choose is not asked.
  return items.length === 1 ? items[0] : ask(2, 'rows', items);
}

async function askModel(
  app: AppContext,
  dataset: vscode.Uri,
  stage: Stage,
  ask: Ask,
): Promise<string | undefined> {
  const runs = await listRuns(app.settings(dataset).runsFolder);
  const ended = runs.filter((run) => run.step > 0).sort((a, b) => b.created - a.created);
  const recent = (app.choices.get('models') ?? []).filter((model) => !model.startsWith('run:'));
  const picked = await ask(3, 'model', [
    ...ended.slice(0, 10).map((run) => ({
      label: `$(git-commit) ${run.name}`,
      description: `${run.stage} · newest checkpoint`,
      value: `run:${run.name}`,
    })),
    ...recent.map((model) => ({ label: `$(history) ${model}`, value: model })),
    {
      label: '$(cloud) Hugging Face id…',
      description: 'for example Qwen/Qwen2.5-VL-3B-Instruct',
      value: 'hub',
    },
    { label: '$(folder) Folder…', description: 'a model saved by save_pretrained', value: 'folder' },
  ]);
  let model = picked?.value;
  if (model === 'hub') {
    model = await vscode.window.showInputBox({
      title: stage === 'sft' ? 'Model to fine-tune' : 'Model to reinforce',
      placeHolder: 'Qwen/Qwen2.5-VL-3B-Instruct',
      ignoreFocusOut: true,
    });
  } else if (model === 'folder') {
    const chosen = await vscode.window.showOpenDialog({
      title: 'Folder of the model',
      openLabel: 'Use Model',
      canSelectFolders: true,
      canSelectFiles: false,
      defaultUri: vscode.Uri.file(dirname(dataset.fsPath)),
    });
    model = chosen?.[0] ? relative(dirname(dataset.fsPath), chosen[0].fsPath) : undefined;
  }
  if (model)
    await app.choices.set('models', [model, ...recent.filter((other) => other !== model)].slice(0, 8));
  return model || undefined;
}

async function askRewards(app: AppContext): Promise<RunSpecInput['rewards'] | undefined> {
  const last = app.choices.get('rewards') ?? ['answer'];
  const picked = await vscode.window.showQuickPick(
    [
      {
        label: 'answer',
        description: 'the extracted answer is correct (mathruler rules)',
        picked: last.includes('answer'),
      },
      {
        label: 'format',
        description: 'the completion ends in exactly one box',
        picked: last.includes('format'),
      },
      { label: 'file…', description: 'your own function, file.py:function', picked: false },
    ],
    { title: 'Start GRPO run (4/5): rewards', canPickMany: true, ignoreFocusOut: true },
  );
  if (!picked || picked.length === 0) return undefined;
  const names = picked.map((item) => item.label);
  const rewards: NonNullable<RunSpecInput['rewards']> = [];
  if (names.includes('answer')) rewards.push({ name: 'answer', weight: 1 });
  if (names.includes('format')) rewards.push({ name: 'format', weight: 0.2 });
  if (names.includes('file…')) {
    const file = await vscode.window.showInputBox({
      title: 'Reward function',
      placeHolder: 'rewards.py:my_reward',
      ignoreFocusOut: true,
    });
    if (!file) return undefined;
    rewards.push({ name: file.split(':').at(-1) ?? 'own', file, weight: 1 });
  }
  await app.choices.set('rewards', names);
  return rewards;
}

function freePath(folder: string, name: string): string {
  for (let n = 1; ; n += 1) {
    const path = join(folder, `${name}${n === 1 ? '' : `-${n}`}.run.json`);
    if (!existsSync(path)) return path;
  }
}
