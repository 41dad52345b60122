import * as vscode from 'vscode';
import { mostCompared } from '../../../protocol/run-dashboard.ts';
import { listRuns } from '../../../services/run/run-folder.ts';
import { lookOf } from './describe-run.ts';

interface Item extends vscode.QuickPickItem {
  readonly id: string;
}

/** Asks which other runs of a folder a dashboard compares its own with, `chosen` ticked; null when that was left. */
export async function pickComparedRuns(
  runsFolder: string,
  own: string,
  chosen: readonly string[],
): Promise<string[] | null> {
  const picker = vscode.window.createQuickPick<Item>();
  picker.title = `Compare with (at most ${mostCompared} runs)`;
  picker.placeholder = 'Runs to draw over this one; none ends the comparison';
  picker.canSelectMany = true;
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.ignoreFocusOut = true;
  picker.busy = true;
  const done = new Promise<string[] | null>((resolve) => {
    picker.onDidAccept(() => resolve(picker.selectedItems.map(({ id }) => id)));
    picker.onDidHide(() => resolve(null));
  });
  let kept: readonly Item[] = [];
  picker.onDidChangeSelection((selected) => {
    if (selected.length > mostCompared) picker.selectedItems = kept;
    else kept = selected;
  });
  picker.show();
  try {
    const runs = (await listRuns(runsFolder)).filter(({ id }) => id !== own);
    picker.items = runs.map((run) => ({
      label: run.name,
      description: `${run.stage} · ${lookOf(run).words}`,
      detail: run.id,
      id: run.id,
    }));
    if (runs.length === 0) picker.placeholder = 'There is no other run to compare with';
    kept = picker.items.filter(({ id }) => chosen.includes(id));
    picker.selectedItems = kept;
    picker.busy = false;
    return await done;
  } finally {
    picker.dispose();
  }
}
