import * as vscode from 'vscode';

/** An answer to choose, with what it stands for. */
export interface Item<Value extends string = string> extends vscode.QuickPickItem {
  readonly value: Value;
}

interface PickOptions<Value extends string> {
  readonly title: string;
  readonly items: readonly Item<Value>[];
  /** The same items when more is known of them, in the place of `items` while the question is open. */
  readonly later?: () => Promise<readonly Item<Value>[]>;
  readonly canGoBack: boolean;
  /** What was chosen before. */
  readonly chosen: readonly Value[];
  readonly several?: boolean;
}

/** Asks for one answer, or for several; `back` when the person wants the question before, null when they left. */
export async function pick<Value extends string>(
  options: PickOptions<Value>,
): Promise<readonly Value[] | 'back' | null> {
  const picker = vscode.window.createQuickPick<Item<Value>>();
  picker.title = options.title;
  picker.canSelectMany = options.several === true;
  picker.matchOnDescription = true;
  // Who looks a name up in another window does not begin anew.
  picker.ignoreFocusOut = true;
  picker.buttons = options.canGoBack ? [vscode.QuickInputButtons.Back] : [];
  picker.items = options.items;
  const chosen = options.items.filter(({ value }) => options.chosen.includes(value));
  if (options.several) picker.selectedItems = chosen;
  // The first is active of itself, unless somebody says that none is.
  else if (chosen.length > 0) picker.activeItems = chosen.slice(0, 1);
  let isOpen = true;
  if (options.later) {
    picker.busy = true;
    const show = (items: readonly Item<Value>[]) => {
      if (!isOpen) return;
      const [active] = picker.activeItems;
      picker.items = items;
      if (active) picker.activeItems = items.filter(({ value }) => value === active.value);
      picker.busy = false;
    };
    // What cannot be counted can be chosen all the same.
    options.later().then(show, () => show(options.items));
  }
  try {
    return await new Promise((resolve) => {
      picker.onDidAccept(() => {
        if (picker.selectedItems.length > 0) resolve(picker.selectedItems.map(({ value }) => value));
      });
      picker.onDidTriggerButton(() => resolve('back'));
      picker.onDidHide(() => resolve(null));
      picker.show();
    });
  } finally {
    isOpen = false;
    picker.dispose();
  }
}

/** Asks for a text within a question; null when the person goes back to that question, by its button or by Esc. */
export async function type(title: string, placeholder: string): Promise<string | null> {
  const box = vscode.window.createInputBox();
  box.title = title;
  box.placeholder = placeholder;
  box.ignoreFocusOut = true;
  box.buttons = [vscode.QuickInputButtons.Back];
  try {
    return await new Promise((resolve) => {
      box.onDidAccept(() => {
        if (box.value.trim() !== '') resolve(box.value.trim());
      });
      box.onDidTriggerButton(() => resolve(null));
      box.onDidHide(() => resolve(null));
      box.show();
    });
  } finally {
    box.dispose();
  }
}
