import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import { many } from '../../../core/text/plural.ts';
import type { EventOf } from '../../../protocol/rpc.ts';
import type { traceEditorContract } from '../../../protocol/trace-editor.ts';
import type { TraceDocument } from '../../../services/dataset/document.ts';
import type { Edit } from '../../../services/dataset/views.ts';
import type { Log } from '../../../services/ports.ts';

type Contract = typeof traceEditorContract;

/** One panel that shows a dataset, and what it shows right now. */
export interface EditorView {
  readonly document: DatasetDocument;
  readonly panel: vscode.WebviewPanel;
  index: number | null;
  position: number | null;
  /** Row that was asked for and is not shown yet; a page that starts later reads it. */
  reveal: number | null;
  send<E extends keyof Contract['events'] & string>(event: E, data: EventOf<Contract, E>): void;
}

/** A dataset that VS Code knows as a custom document: the service's document plus the panels that show it. */
export class DatasetDocument implements vscode.CustomDocument {
  readonly views = new Set<EditorView>();
  readonly model: TraceDocument;
  readonly uri: vscode.Uri;
  private readonly watcher: vscode.FileSystemWatcher;
  private readonly log: Log;
  /** Edits of an earlier visit that VS Code is not yet told of. */
  recovered: Edit | null = null;

  constructor(uri: vscode.Uri, model: TraceDocument, log: Log) {
    this.uri = uri;
    this.model = model;
    this.log = log;
    const folder = vscode.Uri.file(dirname(uri.fsPath));
    const name = uri.path.slice(uri.path.lastIndexOf('/') + 1).replace(/[[\]{}*?]/g, '[$&]');
    this.watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, name));
    const check = () => void this.checkDisk();
    this.watcher.onDidChange(check);
    this.watcher.onDidCreate(check);
    this.watcher.onDidDelete(check);
  }

  /** Reads a file that changed on disk again; unsaved edits and views follow their rows. */
  private async checkDisk(): Promise<void> {
    try {
      if ((await this.model.checkDisk()) === 'changed') await this.readAgain();
    } catch (error) {
      // The views say that the file changed, and offer to read it again.
      this.log.warn(`${this.uri.fsPath} changed on disk and could not be read again: ${String(error)}`);
    }
  }

  async readAgain(): Promise<void> {
    const views = [...this.views];
    const shown = views.flatMap(({ index }) => (index === null ? [] : [index]));
    const { moved } = await this.model.reload([...new Set(shown)]);
    for (const view of views) {
      const move = moved.find(({ from }) => from === view.index);
      if (move) view.send('moved', move);
    }
  }

  /** Saves; a file that changed on disk in this moment is read again first, so that only edited rows are written. */
  async save(signal: AbortSignal): Promise<void> {
    try {
      await this.model.save(signal);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'file-changed-on-disk')) throw error;
      await this.readAgain();
      await this.model.save(signal);
    }
  }

  /** Shows a row in the active view, else in a visible one; `exact` does away with a filter that hides it. False without a view. */
  reveal(index: number, exact: boolean): boolean {
    const views = [...this.views];
    const view =
      views.find(({ panel }) => panel.active) ?? views.find(({ panel }) => panel.visible) ?? views[0];
    if (!view) return false;
    if (exact) view.reveal = index;
    if (exact || view.index !== index) view.send('reveal', { index, exact });
    return true;
  }

  /** Opens the unsaved texts of rows that the file does not have any more. */
  async showStrays(): Promise<void> {
    const rows = this.model.strays();
    const content = rows.map((row) => `${row}\n`).join('');
    await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({ content, language: 'json' }),
    );
  }

  /** Lets go of these texts once the person has said so. */
  async dropStrays(): Promise<void> {
    const count = this.model.strays().length;
    if (count === 0) return;
    const question = `Discard ${many(count, 'unsaved edit')} whose trace changed on disk or is gone?`;
    const detail = 'Their text is kept nowhere else.';
    const choice = await vscode.window.showWarningMessage(question, { modal: true, detail }, 'Discard');
    if (choice) await this.model.forgetStrays();
  }

  dispose(): void {
    this.watcher.dispose();
    void this.model.dispose();
  }
}
