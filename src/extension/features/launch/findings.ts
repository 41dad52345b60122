import * as vscode from 'vscode';
import { SpecMarks } from '../../../services/run/spec-marks.ts';
import type { Finding, FindingLevel } from '../../../services/run/views.ts';
import { remediesOf, tell } from '../../report.ts';

const level: Readonly<Record<FindingLevel, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

const selector: vscode.DocumentSelector = { scheme: 'file', pattern: '**/*.run.json' };
const source = 'Coldstart';
/** Who types a word is left in peace until it stands there. */
const readMs = 200;

interface Marked {
  readonly marks: SpecMarks;
  timer?: NodeJS.Timeout;
  /** What is published, to be compared. */
  shown: string;
}

/** Mistakes and findings as problems at their settings in every open run spec; notes of a check go to the log. */
export class SpecFindings {
  private readonly diagnostics = vscode.languages.createDiagnosticCollection('coldstart-run');
  private readonly open = new Map<string, Marked>();
  private readonly listening: vscode.Disposable;

  constructor(private readonly log: vscode.LogOutputChannel) {
    this.listening = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument((document) => this.begin(document)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.typed(document);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.end(uri)),
      // VS Code's JSON support marks some mistakes, too, and later.
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        for (const uri of uris) this.publish(uri);
      }),
    );
    for (const document of vscode.workspace.textDocuments) this.begin(document);
  }

  /** Shows what a check found in an open run spec. */
  show(uri: vscode.Uri, findings: readonly Finding[]): void {
    this.open.get(uri.toString())?.marks.check(findings);
    this.publish(uri);
    for (const { severity, code, message } of findings) {
      if (severity === 'info') this.log.info(`${vscode.workspace.asRelativePath(uri)}: ${code}: ${message}`);
    }
  }

  dispose(): void {
    this.listening.dispose();
    for (const { timer } of this.open.values()) clearTimeout(timer);
    this.diagnostics.dispose();
  }

  private begin(document: vscode.TextDocument): void {
    if (vscode.languages.match(selector, document) === 0) return;
    const marks = new SpecMarks();
    this.open.set(document.uri.toString(), { marks, shown: '[]' });
    marks.read(document.getText());
    this.publish(document.uri);
  }

  private typed(document: vscode.TextDocument): void {
    const marked = this.open.get(document.uri.toString());
    if (!marked) return;
    marked.marks.change();
    clearTimeout(marked.timer);
    marked.timer = setTimeout(() => {
      marked.marks.read(document.getText());
      this.publish(document.uri);
    }, readMs);
  }

  private end(uri: vscode.Uri): void {
    const marked = this.open.get(uri.toString());
    if (!marked) return;
    clearTimeout(marked.timer);
    this.open.delete(uri.toString());
    this.diagnostics.delete(uri);
  }

  private publish(uri: vscode.Uri): void {
    const marked = this.open.get(uri.toString());
    if (!marked) return;
    const others = vscode.languages.getDiagnostics(uri).filter((one) => one.source !== source);
    const findings = marked.marks.marks(others.map(stretchOf));
    const shown = JSON.stringify(findings);
    if (shown === marked.shown) return;
    marked.shown = shown;
    this.diagnostics.set(uri, findings.map(diagnosticOf));
  }
}

const stretchOf = ({ range: { start, end } }: vscode.Diagnostic) => ({
  line: start.line + 1,
  column: start.character + 1,
  length: start.line === end.line ? end.character - start.character : 0,
});

function diagnosticOf({ line = 1, column = 1, length = 1, ...finding }: Finding): vscode.Diagnostic {
  const range = new vscode.Range(line - 1, column - 1, line - 1, column - 1 + length);
  const text = [finding.message, finding.fix].filter(Boolean).join(' ');
  const item = new vscode.Diagnostic(range, text, level[finding.severity]);
  item.source = source;
  item.code = finding.code;
  return item;
}

/** Tells errors, or else warnings, in one notification, whose text is the same after a check and after a start. */
export async function tellFindings(findings: readonly Finding[]): Promise<void> {
  const found = findings.filter(({ severity }) => severity !== 'info');
  const [first] = found;
  if (!first) return;
  const words = [first.message, first.fix].filter(Boolean).join(' ');
  const more = found.length > 1 ? ` (and ${found.length - 1} more)` : '';
  const isError = first.severity === 'error';
  const all = { label: 'Show All', command: 'workbench.actions.view.problems' };
  await tell(isError ? 'error' : 'warning', `${isError ? 'The run cannot start: ' : ''}${words}${more}`, [
    ...(first.code === 'packages' ? remediesOf('environment-incomplete') : []),
    ...(found.length > 1 || first.code !== 'packages' ? [all] : []),
  ]);
}
