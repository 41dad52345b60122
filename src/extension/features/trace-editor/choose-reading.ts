import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import { isOrAre, many } from '../../../core/text/plural.ts';
import { extractionProblem } from '../../../core/verify/extract.ts';
import type { AppContext } from '../../app-context.ts';
import type { EditorView } from './dataset-document.ts';

/** Lets the person say which shape a dataset has; remembered per file. */
export async function chooseShape(app: AppContext, view: EditorView): Promise<void> {
  const { model, uri } = view.document;
  const { shape } = model.view();
  const picked = await pickOne(
    shape.choices.map(({ name, title }) => ({ label: title, value: name })),
    shape.name,
    // Notes are Markdown elsewhere; a placeholder is plain text.
    { title: 'Dataset shape', placeholder: plainText(shape.note) || 'How the fields of a row are read' },
  );
  if (picked === undefined) return;
  const { misfits, of } = await model.setShape(picked);
  if (misfits > 0)
    void vscode.window.showWarningMessage(
      `${misfits} of the first ${many(of, 'row')} ${isOrAre(misfits)} not of the shape “${model.view().shape.title}”; such rows are read as what they are.`,
    );
  await app.choices.set('shapes', { ...app.choices.get('shapes'), [uri.fsPath]: picked });
}

const extractions: readonly Choice[] = [
  { value: 'boxed', label: 'boxed', description: 'last \\boxed{…}' },
  { value: 'answer_tag', label: 'answer_tag', description: '<answer>…</answer>' },
  { value: 'hashes', label: 'hashes', description: '#### x' },
  { value: 'the_answer_is', label: 'the_answer_is', description: 'the answer is …' },
  { value: 'regex:', label: 'regex:', description: 'a regular expression with one group' },
];

/** Lets the person say how the final answer is read from a completion; remembered per file. */
export async function chooseExtraction(app: AppContext, view: EditorView): Promise<void> {
  const { model, uri } = view.document;
  const current = model.extraction;
  const pattern = current.startsWith('regex:') ? current.slice('regex:'.length) : '';
  const choices = extractions.map((choice) =>
    choice.value === 'regex:' && pattern !== '' ? { ...choice, description: pattern } : choice,
  );
  let rule = await pickOne(choices, pattern === '' ? current : 'regex:', { title: 'Answer extraction' });
  if (rule === 'regex:') {
    const given = await vscode.window.showInputBox({
      title: 'Regular expression with one group',
      value: pattern,
      ignoreFocusOut: true,
      validateInput: (text) => extractionProblem(`regex:${text}`),
    });
    rule = given ? `regex:${given}` : undefined;
  }
  if (!rule) return;
  try {
    await model.setExtraction(rule as typeof model.extraction);
  } catch (error) {
    throw new AppError('request-invalid', `This rule cannot be used: ${(error as Error).message}`);
  }
  await app.choices.set('extractions', { ...app.choices.get('extractions'), [uri.fsPath]: rule });
}

interface Choice {
  readonly label: string;
  readonly value: string;
  readonly description?: string;
}

/** A quick pick that begins at what is in use and says so; undefined when the person leaves it. */
function pickOne(
  choices: readonly Choice[],
  current: string,
  shown: { readonly title: string; readonly placeholder?: string },
): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly value: string }>();
  pick.items = choices.map(({ label, value, description }) => {
    const told = [description ?? (value === label ? '' : value), ...(value === current ? ['in use'] : [])];
    return { label, value, description: told.filter(Boolean).join(' · ') };
  });
  pick.activeItems = pick.items.filter(({ value }) => value === current);
  pick.title = shown.title;
  pick.placeholder = shown.placeholder ?? '';
  pick.matchOnDescription = true;
  // A webview that takes the focus back must not answer for the person.
  pick.ignoreFocusOut = true;
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve(pick.activeItems[0]?.value);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function plainText(markdown: string): string {
  return markdown.replace(/`([^`]*)`/g, '“$1”');
}
