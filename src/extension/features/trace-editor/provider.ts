import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import { traceEditorContract } from '../../../protocol/trace-editor.ts';
import { TraceDocument } from '../../../services/dataset/document.ts';
import { journalFolder } from '../../../services/dataset/journal.ts';
import type { Edit } from '../../../services/dataset/views.ts';
import type { AppContext } from '../../app-context.ts';
import { chosenReading } from '../../chosen-reading.ts';
import { showError } from '../../report.ts';
import { serveWebview } from '../../webview-host.ts';
import { DatasetDocument, type EditorView } from './dataset-document.ts';
import { traceHandlers } from './handlers.ts';

export const viewType = 'coldstart.traceEditor';

/** The Coldstart Trace Editor: VS Code's undo, dirty state, save, revert and hot exit over one TraceDocument. */
export class TraceEditorProvider implements vscode.CustomEditorProvider<DatasetDocument> {
  private readonly changed = new vscode.EventEmitter<vscode.CustomDocumentEditEvent<DatasetDocument>>();
  readonly onDidChangeCustomDocument = this.changed.event;
  private readonly reported = new vscode.EventEmitter<void>();
  /** A view said which trace it shows, became the active one or was closed. */
  readonly onDidReport = this.reported.event;
  readonly documents = new Set<DatasetDocument>();
  /** The view that has or had focus last: what commands act on. */
  active: EditorView | null = null;
  /** Rows to show by file, for editors that are still being opened. */
  private readonly reveals = new Map<string, number>();

  constructor(private readonly app: AppContext) {}

  async openCustomDocument(
    uri: vscode.Uri,
    _opened: vscode.CustomDocumentOpenContext,
    token: vscode.CancellationToken,
  ): Promise<DatasetDocument> {
    if (uri.scheme !== 'file') {
      throw new AppError(
        'file-unreadable',
        `Only files on disk can be opened in place (this is ${uri.scheme}:).`,
      );
    }
    const { storageUri, globalStorageUri } = this.app.extension;
    const model = await TraceDocument.open(
      uri.fsPath,
      {
        assets: this.app.assets,
        settings: this.app.settings(uri),
        log: this.app.log,
        journalFolder: journalFolder((storageUri ?? globalStorageUri).fsPath),
        unsafe: (error) => showError(error, this.app.log),
        ...chosenReading(this.app, uri),
      },
      signalOf(token),
    );
    const document = new DatasetDocument(uri, model, this.app.log);
    // VS Code may have lost its backup of unsaved edits, or never made one: the journal has them all the same.
    const recovery = await model.recover().catch((error: unknown) => {
      void showError(error, this.app.log);
      return null;
    });
    if (recovery) {
      const { kept, lost, damaged } = recovery;
      this.app.log.info(
        `${uri.fsPath}: ${kept} unsaved edits recovered, ${lost.length} without a row, ${damaged} damaged`,
      );
      // Also beside a backup of VS Code's own: without an edit of ours it forgets that it restored one at the next undo.
      if (recovery.kept > 0) document.recovered = recovery.edit;
      if (damaged > 0)
        void vscode.window.showWarningMessage(
          `${damaged} of the unsaved edits of ${model.view().name} could not be read back. What is left of them is kept in the journal ending in .damaged, in the extension's storage.`,
        );
    }
    this.documents.add(document);
    return document;
  }

  resolveCustomEditor(document: DatasetDocument, panel: vscode.WebviewPanel): void {
    void this.app.walkthrough.tick('coldstart.tracesRead');
    const key = document.uri.toString();
    const reveal = this.reveals.get(key) ?? null;
    this.reveals.delete(key);
    const view: EditorView = { document, panel, index: null, position: null, reveal, send: () => undefined };
    const edited = ({ label, undo, redo }: Edit) => {
      // Undo may be about another trace than the one shown: it is shown then.
      const take = (step: Edit['undo']) => async (): Promise<void> => {
        const index = await step();
        if (index !== null) document.reveal(index, false);
      };
      this.changed.fire({ document, label, undo: take(undo), redo: take(redo) });
    };
    const handlers = traceHandlers(this.app, view, edited, () => this.reported.fire());
    const served = serveWebview(
      this.app.extension,
      panel.webview,
      'trace-editor',
      traceEditorContract,
      handlers,
      this.app.log,
    );
    view.send = (event, data) => served.send(event, data);
    document.views.add(view);
    const { recovered } = document;
    if (recovered) edited(recovered);
    document.recovered = null;
    const activate = () => {
      if (!panel.active) return;
      this.active = view;
      this.reported.fire();
    };
    activate();
    const release = document.model.onChange(() =>
      served.send('document-changed', { revision: document.model.revision }),
    );
    panel.onDidChangeViewState(activate);
    panel.onDidDispose(() => {
      release();
      served.dispose();
      document.views.delete(view);
      if (this.active === view) this.active = null;
      this.reported.fire();
      if (document.views.size === 0) this.documents.delete(document);
    });
  }

  /** Shows row `index` of a file in its editor, also when that is only about to open. */
  reveal(uri: vscode.Uri, index: number): void {
    const document = [...this.documents].find((one) => one.uri.toString() === uri.toString());
    if (!document?.reveal(index, true)) this.reveals.set(uri.toString(), index);
  }

  saveCustomDocument(document: DatasetDocument, token: vscode.CancellationToken): Promise<void> {
    return document.save(signalOf(token));
  }

  saveCustomDocumentAs(
    document: DatasetDocument,
    to: vscode.Uri,
    token: vscode.CancellationToken,
  ): Promise<void> {
    return document.model.saveAs(to.fsPath, signalOf(token));
  }

  async revertCustomDocument(document: DatasetDocument): Promise<void> {
    this.app.log.info(`${document.uri.fsPath}: reverted`);
    await document.model.revert();
  }

  /** The journal is the backup: it holds every edit from the moment it was made, and goes with a save or a revert. */
  async backupCustomDocument(document: DatasetDocument): Promise<vscode.CustomDocumentBackup> {
    return { id: await document.model.backup(), delete: () => undefined };
  }
}

function signalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
