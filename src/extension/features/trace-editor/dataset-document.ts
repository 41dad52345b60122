import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { isOrAre, many } from '../../../core/text/plural.ts';
import type { EventOf } from '../../../protocol/rpc.ts';
import type { traceEditorContract } from '../../../protocol/trace-editor.ts';
import type { TraceDocument } from '../../../services/dataset/document.ts';
import type { Edit, ReloadOutcome } from '../../../services/dataset/views.ts';

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
  /** Edits of an earlier visit that VS Code is not yet told of. */
  recovered: Omit<Edit, 'index'> | null = null;

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
    await this.handBack(await this.model.reload());
  }

  /** Gives the person the text of edited rows that have no place in the file any more. */
  async handBack({ lost, damaged = 0 }: ReloadOutcome & { readonly damaged?: number }): Promise<void> {
    const { name } = this.model.view();
    if (damaged > 0)
      void vscode.window.showWarningMessage(
        `${damaged} of the unsaved edits of ${name} could not be read back. What is left of them is kept in the journal ending in .damaged, in the extension's storage.`,
      );
    if (lost.length === 0) return;
    const content = lost.map((row) => row.text).join('\n');
    await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({ content, language: 'json' }),
    );
    void vscode.window.showWarningMessage(
      `${many(lost.length, 'edited row')} ${isOrAre(lost.length)} no longer in ${name}. The text is in the new editor.`,
    );
  }

  dispose(): void {
    this.watcher.dispose();
    void this.model.dispose();
  }
}
