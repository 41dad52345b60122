import { isTyping } from './focus.ts';

/** True for a key that writes a character. */
export function isPrintable(event: KeyboardEvent): boolean {
  return event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
}

const isArrow = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean =>
  key.startsWith('Arrow') && !ctrlKey && !metaKey && !altKey;

/**
 * True for a key that VS Code must not hear of, which listens on the window: letters and arrows of a field, a dialog, a
 * menu or a control reached by Tab, which would run the commands that are bound to them, and in a text field select all,
 * undo and redo, which VS Code would do to the document. Only the page knows at every moment what has the focus: a
 * context key would be late, and lose the letter that follows Enter.
 */
export function staysInPage(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof Element)) return false;
  if (isPrintable(event) || isArrow(event)) return isTyping(target);
  const isText = target.matches('textarea, input:not([type="range"])');
  return isText && (event.ctrlKey || event.metaKey) && !event.altKey && /^[azy]$/i.test(event.key);
}
