/** True for a key that writes a character. */
export function isPrintable(event: KeyboardEvent): boolean {
  return event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
}

/**
 * True for a key that is the text field's it was pressed in: letters, select all, undo and redo. VS Code listens on the
 * window and would undo the document's last edit instead, select again a moment later over what was typed, or run the
 * command of a letter once the field has closed: stop such an event early.
 */
export function belongsToField(event: KeyboardEvent): boolean {
  if (!(event.target instanceof Element && event.target.matches('textarea, input:not([type="range"])')))
    return false;
  return (
    isPrintable(event) || ((event.ctrlKey || event.metaKey) && !event.altKey && /^[azy]$/i.test(event.key))
  );
}
