import * as vscode from 'vscode';
import type { Finding, FindingLevel } from '../../../services/run/views.ts';
import { remediesOf, tell } from '../../report.ts';

const level: Readonly<Record<FindingLevel, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

/** What checks found in run specs: errors and warnings as problems at their settings, notes in the log. */
export class SpecFindings {
  private readonly diagnostics = vscode.languages.createDiagnosticCollection('coldstart-run');
  // What was found holds for the text that was checked.
  private readonly typed = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
    if (contentChanges.length > 0) this.diagnostics.delete(document.uri);
  });

  constructor(private readonly log: vscode.LogOutputChannel) {}

  show(uri: vscode.Uri, findings: readonly Finding[]): void {
    this.diagnostics.delete(uri);
    const others = vscode.languages.getDiagnostics(uri);
    const items = findings.flatMap((finding) => {
      if (finding.severity === 'info') return [];
      const item = diagnosticOf(finding);
      // VS Code's JSON support has marked the same place by the schema.
      const isMarked =
        finding.code === 'spec-invalid' && others.some(({ range }) => range.isEqual(item.range));
      return isMarked ? [] : [item];
    });
    this.diagnostics.set(uri, items);
    for (const { severity, code, message } of findings) {
      if (severity === 'info') this.log.info(`${vscode.workspace.asRelativePath(uri)}: ${code}: ${message}`);
    }
  }

  dispose(): void {
    this.typed.dispose();
    this.diagnostics.dispose();
  }
}

function diagnosticOf({ line = 1, column = 1, length = 1, ...finding }: Finding): vscode.Diagnostic {
  const range = new vscode.Range(line - 1, column - 1, line - 1, column - 1 + length);
  const text = [finding.message, finding.fix].filter(Boolean).join(' ');
  const item = new vscode.Diagnostic(range, text, level[finding.severity]);
  item.source = 'Coldstart';
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
