/**
 * Select all, undo and redo act on the text field that has the focus. VS Code listens on the window and would undo
 * the document's last edit instead, or select again a moment later over what was typed: stop such an event early.
 */
export function belongsToField(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && !event.altKey && /^[azy]$/i.test(event.key);
}
