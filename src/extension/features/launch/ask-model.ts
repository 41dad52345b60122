import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Stage } from '../../../core/run/spec.ts';
import { type ModelChoice, modelChoices, modelRuns } from '../../../services/run/model-choices.ts';
import { pathInSpec } from '../../../services/run/spec-values.ts';
import type { AppContext } from '../../app-context.ts';
import { type Item, pick, type } from './ask.ts';
import { findModelFolders } from './find-files.ts';
import type { Place } from './questions.ts';

const icons: Readonly<Record<ModelChoice['kind'], string>> = {
  run: 'git-commit',
  base: 'package',
  folder: 'package',
  used: 'history',
};

/** Asks for the model of a run whose spec will stand beside `beside`; the likeliest of the stage comes first. */
export async function askModel(
  app: AppContext,
  stage: Stage,
  beside: string,
  title: string,
  { canGoBack }: Place,
  before: string,
): Promise<{ readonly model: string } | 'back' | 'left'> {
  const used = app.choices.get('models') ?? [];
  const [runs, folders] = await Promise.all([
    modelRuns(app.settings(vscode.Uri.file(beside)).runsFolder),
    findModelFolders(),
  ]);
  const choices = modelChoices(stage, beside, { runs, folders, used });
  const items: Item[] = [
    ...choices.map(({ kind, label, description, value }) => ({
      label: `$(${icons[kind]}) ${label}`,
      description,
      value,
    })),
    {
      label: '$(cloud) Hugging Face id…',
      description: 'for example Qwen/Qwen2.5-VL-3B-Instruct',
      value: 'hub…',
    },
    { label: '$(folder) Folder…', description: 'a model saved by save_pretrained', value: 'folder…' },
  ];
  // Who leaves a box or a dialog within this question is asked again.
  for (;;) {
    const found = await pick({ title, items, canGoBack, chosen: [before] });
    if (found === null) return 'left';
    if (found === 'back') return 'back';
    const named = await namedModel(found[0] ?? '', title, beside);
    if (!named) continue;
    const { model, remembered } = named;
    if (remembered !== null)
      await app.choices.set(
        'models',
        [remembered, ...used.filter((other) => other !== remembered)].slice(0, 8),
      );
    return { model };
  }
}

interface NamedModel {
  readonly model: string;
  /** What is offered from now on although nothing in the workspace tells of it. */
  readonly remembered: string | null;
}

async function namedModel(value: string, title: string, beside: string): Promise<NamedModel | null> {
  if (value === 'hub…') {
    const id = await type(title, 'Qwen/Qwen2.5-VL-3B-Instruct');
    return id === null ? null : { model: id, remembered: id };
  }
  if (value !== 'folder…') return { model: value, remembered: null };
  const chosen = await vscode.window.showOpenDialog({
    title: 'Folder of the model',
    openLabel: 'Use Model',
    canSelectFolders: true,
    canSelectFiles: false,
    defaultUri: vscode.Uri.file(dirname(beside)),
  });
  const folder = chosen?.[0]?.fsPath;
  return folder === undefined ? null : { model: pathInSpec(beside, folder), remembered: folder };
}
