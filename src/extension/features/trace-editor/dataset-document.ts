import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { EventOf } from '../../../protocol/rpc.ts';
import type { traceEditorContract } from '../../../protocol/trace-editor.ts';
import type { TraceDocument } from '../../../services/dataset/document.ts';

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
  private askedAboutDisk = false;

  constructor(uri: vscode.Uri, model: TraceDocument) {
    this.uri = uri;
    this.model = model;
    const folder = vscode.Uri.file(dirname(uri.fsPath));
    const name = uri.path.slice(uri.path.lastIndexOf('/') + 1).replace(/[[\]{}*?]/g, '[$&]');
    this.watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, name));
    const check = () => void this.checkDisk();
    this.watcher.onDidChange(check);
    this.watcher.onDidCreate(check);
    this.watcher.onDidDelete(check);
  }

  /** A file that changed on disk is read again; unsaved edits are kept by row, and what cannot be kept is asked about. */
  private async checkDisk(): Promise<void> {
    if ((await this.model.checkDisk()) !== 'changed' || this.askedAboutDisk) return;
    if (!this.model.dirty) {
      await this.model.reload();
      return;
    }
    this.askedAboutDisk = true;
    const choice = await vscode.window.showWarningMessage(
      `${this.model.view().name} changed on disk while it has unsaved edits.`,
      { modal: false },
      'Merge',
      'Not Now',
    );
    this.askedAboutDisk = false;
    if (choice !== 'Merge') return;
    const outcome = await this.model.reload();
    if (outcome.lost.length === 0) return;
    const content = outcome.lost.map((row) => row.text).join('\n');
    await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({ content, language: 'json' }),
    );
    void vscode.window.showWarningMessage(
      `${outcome.lost.length} edited rows are no longer in the file. Their text is in the new editor.`,
    );
  }

  dispose(): void {
    this.watcher.dispose();
    void this.model.dispose();
  }
}
