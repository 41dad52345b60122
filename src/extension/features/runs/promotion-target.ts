import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { datasetRoles } from '../../../services/run/dataset-roles.ts';
import type { RunSource } from '../../../services/run/run-source.ts';
import type { RolloutAddress } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { findDatasets } from '../../find-datasets.ts';
import { findPromotion, usualTarget } from './promotions.ts';

interface Item extends vscode.QuickPickItem {
  /** Absolute path, null for a file that is still to be named. */
  readonly path: string | null;
}

/**
 * Asks for the dataset that a rollout goes to, the one of the last time first and held-out sets last; undefined when
 * nothing was chosen. The title says when the answer of the rollout is not right or it was promoted before.
 */
export async function promotionTarget(
  app: AppContext,
  source: RunSource,
  { step, group, index }: RolloutAddress,
): Promise<string | undefined> {
  const [found, roles, shown, before] = await Promise.all([
    findDatasets(app.runsFolders()),
    datasetRoles(dirname(source.folder)),
    source.groupRead(step, group),
    findPromotion(app.choices, source, { step, group, index }),
  ]);
  const verdict = shown.rollouts.find((one) => one.index === index)?.verdict?.state;
  const what = verdict === undefined || verdict === 'correct' ? 'rollout' : `${verdict} rollout`;
  const last = app.choices.get('promoteTo');
  const own = source.view().dataset.path;
  const promoted = usualTarget(source);
  const known = found.map(({ fsPath }) => fsPath);
  const paths = [...new Set([...(last ? [last] : []), promoted, own, ...known])];
  const isHeldOut = (path: string): boolean => roles(path).isHeldOut && roles(path).trained.length === 0;
  const itemOf = (path: string): Item => {
    const isNew = path === promoted && !known.includes(path);
    const where = isNew ? `new file in ${dirname(path)}` : dirname(path);
    return {
      label: basename(path),
      description: isHeldOut(path) ? `${where} · $(warning) held out: models are measured on it` : where,
      path,
    };
  };
  const items: Item[] = [
    ...paths.filter((path) => !isHeldOut(path)).map(itemOf),
    { label: '$(new-file) New file…', path: null },
    { label: '', kind: vscode.QuickPickItemKind.Separator, path: null },
    ...paths.filter(isHeldOut).map(itemOf),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: before ? `Promote ${what} again, to` : `Promote ${what} to`,
    placeHolder: before
      ? `It is in ${basename(before.dataset)} already, line ${before.index + 1}; choose another dataset`
      : `The dataset that gets the ${what} as a trace`,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  if (!picked) return undefined;
  const path = picked.path ?? (await newFile(dirname(own)));
  if (path) await app.choices.set('promoteTo', path);
  return path;
}

async function newFile(folder: string): Promise<string | undefined> {
  const uri = await vscode.window.showSaveDialog({
    title: 'Promote to',
    defaultUri: vscode.Uri.file(join(folder, 'rollouts.jsonl')),
    filters: { Dataset: ['jsonl'] },
  });
  return uri?.fsPath;
}
