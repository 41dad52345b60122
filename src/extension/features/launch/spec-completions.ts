import * as vscode from 'vscode';
import { checkpointWords, modelRuns } from '../../../services/run/model-choices.ts';
import { functionsOf, pathInSpec, type ValueKind, valueAt } from '../../../services/run/spec-values.ts';
import type { AppContext } from '../../app-context.ts';
import { findDatasets } from '../../find-datasets.ts';
import { findModelFolders, findPythonFiles } from './find-files.ts';

/** A value that a run spec can have at some place, likeliest first in a list. */
interface Proposal {
  readonly value: string;
  readonly detail: string;
  /** Also found by these words. */
  readonly words?: string;
}

type Propose = (app: AppContext, spec: vscode.Uri, token: vscode.CancellationToken) => Promise<Proposal[]>;

const proposals: Readonly<Record<ValueKind, Propose>> = {
  dataset: proposeDatasets,
  model: proposeModels,
  function: proposeFunctions,
};

const kinds: Readonly<Record<ValueKind, vscode.CompletionItemKind>> = {
  dataset: vscode.CompletionItemKind.File,
  model: vscode.CompletionItemKind.Reference,
  function: vscode.CompletionItemKind.Function,
};

/** Proposes what this workspace has while a run spec is typed: datasets, models and checkpoints, reward functions. */
export function registerSpecCompletions(app: AppContext): vscode.Disposable {
  return vscode.languages.registerCompletionItemProvider(
    { scheme: 'file', pattern: '**/*.run.json' },
    {
      async provideCompletionItems(document, position, token) {
        const place = valueAt(document.getText(), document.offsetAt(position));
        if (!place) return [];
        const start = document.positionAt(place.offset);
        const range = new vscode.Range(start, document.positionAt(place.offset + place.length));
        const found = await proposals[place.kind](app, document.uri, token);
        if (token.isCancellationRequested) return [];
        return found.map(({ value, detail, words }, index) => {
          const item = new vscode.CompletionItem({ label: value, description: detail }, kinds[place.kind]);
          const text = JSON.stringify(value);
          item.insertText = text;
          item.filterText = words ? JSON.stringify(`${value} ${words}`) : text;
          // Before what the schema proposes, in our order.
          item.sortText = `!${String(index).padStart(4, '0')}`;
          item.range = range;
          return item;
        });
      },
    },
    '"',
    '/',
    ':',
  );
}

async function proposeDatasets(app: AppContext, spec: vscode.Uri): Promise<Proposal[]> {
  const found = await findDatasets(app.runsFolders());
  return found.map(({ fsPath }) => ({ value: pathInSpec(spec.fsPath, fsPath), detail: 'dataset' }));
}

async function proposeModels(
  app: AppContext,
  spec: vscode.Uri,
  token: vscode.CancellationToken,
): Promise<Proposal[]> {
  const [runs, folders] = await Promise.all([
    modelRuns(app.settings(spec).runsFolder),
    findModelFolders(token),
  ]);
  return [
    ...runs
      .filter(({ checkpoint }) => checkpoint !== null)
      .map((run) => ({
        value: `run:${run.id}`,
        detail: `${run.name} · ${checkpointWords(run)}`,
        words: run.name,
      })),
    ...folders.map((folder) => ({ value: pathInSpec(spec.fsPath, folder), detail: 'model folder' })),
  ];
}

const largest = 1 << 20;

async function proposeFunctions(
  _app: AppContext,
  spec: vscode.Uri,
  token: vscode.CancellationToken,
): Promise<Proposal[]> {
  const { fs } = vscode.workspace;
  const found: Proposal[] = [];
  for (const file of await findPythonFiles(token)) {
    if (token.isCancellationRequested) return [];
    const size = await fs.stat(file).then(
      (facts) => facts.size,
      () => Number.POSITIVE_INFINITY,
    );
    if (size > largest) continue;
    const source = await Promise.resolve(fs.readFile(file)).catch(() => null);
    if (source === null) continue;
    const path = pathInSpec(spec.fsPath, file.fsPath);
    for (const name of functionsOf(new TextDecoder().decode(source)))
      found.push({ value: `${path}:${name}`, detail: 'reward function' });
  }
  return found;
}
