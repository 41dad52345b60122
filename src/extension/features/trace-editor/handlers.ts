import { join } from 'node:path';
import * as vscode from 'vscode';
import { isOrAre, many } from '../../../core/text/plural.ts';
import type { traceEditorContract } from '../../../protocol/trace-editor.ts';
import type { Edit } from '../../../services/dataset/views.ts';
import { gradeTwice } from '../../../services/environment/second-grade.ts';
import { rolloutsForTrace } from '../../../services/run/rollouts-by-trace.ts';
import type { AppContext } from '../../app-context.ts';
import { requireTrust, withProgress } from '../../report.ts';
import type { Handlers } from '../../webview-host.ts';
import { chooseColumns } from './choose-columns.ts';
import { chooseExtraction, chooseShape } from './choose-reading.ts';
import type { EditorView } from './dataset-document.ts';

type Contract = typeof traceEditorContract;

/** Decisions on more traces than these take a while and can be stopped. */
const longList = 50_000;

/**
 * The host's answers to the trace editor; `edited` hands each edit to VS Code's undo stack, `reported` follows every
 * word of the view about itself.
 */
export function traceHandlers(
  app: AppContext,
  view: EditorView,
  edited: (edit: Edit) => void,
  reported: () => void,
): Handlers<Contract> {
  const { model, uri } = view.document;
  const read = () => ({
    ...model.view(),
    reveal: view.reveal,
    trusted: vscode.workspace.isTrusted,
    advanceAfterDecision: vscode.workspace.getConfiguration('coldstart').get('advanceAfterDecision', true),
  });
  const run = async (command: string, ...args: unknown[]) => {
    await vscode.commands.executeCommand(command, ...args);
    return {};
  };
  // What asks the person is answered at once: until it is done, this page may be gone and made anew.
  const later = (command: string, ...args: unknown[]) => {
    void vscode.commands.executeCommand(command, ...args);
    return {};
  };
  return {
    'document-read': read,
    'rows-read': ({ position, count, columns }, signal) => model.rowsRead(position, count, columns, signal),
    'position-read': ({ index }) => ({ position: model.positionRead(index) }),
    'trace-read': ({ index }, signal) => model.traceRead(index, signal),
    'image-read': ({ index, image, size }, signal) => model.imageRead(index, image, size, signal),
    'segment-edit': async ({ index, revision, start, end, text }) => {
      edited(await model.editSegment(index, revision, start, end, text));
      return model.traceRead(index);
    },
    'value-edit': async ({ index, revision, target, text }) => {
      edited(await model.editValue(index, revision, target, text));
      return model.traceRead(index);
    },
    'document-save': async () => {
      await vscode.workspace.save(uri);
      return {};
    },
    'filter-set': async ({ text }) => {
      await model.setFilter(text);
      return read();
    },
    'sort-set': async ({ sort }) => {
      await model.setSort(sort);
      return read();
    },
    'facets-read': (_, signal) => model.facetsRead(signal),
    'columns-choose': async ({ columns }) => ({ columns: await chooseColumns(columns, model.view().fields) }),
    'filter-complete': ({ text, caret }) => model.completeFilter(text, caret),
    'decision-set': async ({ index, reading, decision }) => {
      await model.decide(index, decision, reading);
      return { decisions: model.view().decisions };
    },
    'decisions-set': async ({ decision }, signal) => {
      const detail = replaced(await model.decisionsReplaced(decision), decision);
      const { matched, text } = model.view().filter;
      const verb = decision === null ? 'Clear' : { keep: 'Keep', drop: 'Drop', flag: 'Flag' }[decision];
      const what = decision === null ? 'Clear decisions of' : verb;
      const question = `${what} ${many(matched, 'trace')} (${text ? 'filtered' : 'all'})?`;
      const choice = await vscode.window.showWarningMessage(question, { modal: true, detail }, verb);
      if (choice !== verb) return { changed: 0 };
      const decide = (cancel: AbortSignal) => model.decideFiltered(decision, cancel);
      const title = `${what} ${many(matched, 'trace')}`;
      return {
        changed: await (matched > longList ? withProgress(title, (_, stop) => decide(stop)) : decide(signal)),
      };
    },
    'decision-undo': async () => {
      const index = await model.undoDecision();
      if (index === null)
        void vscode.window.setStatusBarMessage('No decision of this visit is left to undo', 5000);
      return { index };
    },
    'shape-choose': async () => {
      await chooseShape(app, view);
      return read();
    },
    'extraction-choose': async () => {
      await chooseExtraction(app, view);
      return read();
    },
    'survey-again': () => {
      model.surveyAgain();
      return {};
    },
    'disk-read': async () => {
      await view.document.readAgain();
      return {};
    },
    'strays-open': async () => {
      await view.document.showStrays();
      return {};
    },
    'strays-drop': async () => {
      await view.document.dropStrays();
      return {};
    },
    'raw-open': async ({ index }) => {
      const line = model.line(index) - 1;
      const range = new vscode.Range(line, 0, line, 0);
      await vscode.window.showTextDocument(uri, { selection: range, viewColumn: vscode.ViewColumn.Beside });
      return {};
    },
    'export-start': () => later('coldstart.exportTraces', uri),
    'run-start': ({ stage }) =>
      later(
        stage === 'sft' ? 'coldstart.startSftRun' : 'coldstart.startGrpoRun',
        uri,
        model.view().filter.text,
      ),
    'second-grade': async ({ index }, signal) => {
      requireTrust('The second grader');
      const { completion, groundTruth } = await model.gradingTexts(index);
      return gradeTwice(
        { completion, groundTruth, extraction: model.extraction },
        { settings: app.settings(uri), assets: app.assets },
        signal,
      );
    },
    'rollouts-read': async ({ index }, signal) => {
      const row = await model.row(index, signal);
      const of = { source: uri.fsPath, id: row.status === 'ok' ? row.trace.id : '', index };
      return rolloutsForTrace(app.settings(uri).runsFolder, of, signal);
    },
    'rollout-open': ({ run: id, ...rollout }) =>
      run('coldstart.openRun', join(app.settings(uri).runsFolder, id), rollout),
    'link-open': async ({ url }) => {
      await vscode.env.openExternal(vscode.Uri.parse(url, true));
      return {};
    },
    'view-report': ({ index, position }) => {
      view.index = index;
      if (index === view.reveal) view.reveal = null;
      view.position = position ?? null;
      reported();
      return {};
    },
  };
}

/** What a bulk decision does to those made before, in words. */
function replaced(
  counts: Readonly<Record<'keep' | 'drop' | 'flag', number>>,
  decision: string | null,
): string {
  const words = { keep: 'kept', drop: 'dropped', flag: 'flagged' } as const;
  const named = (['keep', 'drop', 'flag'] as const)
    .filter((one) => counts[one] > 0)
    .map((one) => `${counts[one].toLocaleString('en')} ${words[one]}`);
  const total = counts.keep + counts.drop + counts.flag;
  if (total === 0) return 'No decision is replaced. Undo takes it back in one step.';
  const fate = decision === null ? 'cleared' : 'replaced';
  return `${many(total, 'decision')} (${named.join(', ')}) ${isOrAre(total)} ${fate}. Undo takes it back in one step.`;
}
