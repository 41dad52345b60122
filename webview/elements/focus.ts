/**
 * True while single letters must not act: a text field, a dialog or a menu has the keys, or a control that was
 * reached by Tab.
 */
export function isTyping(active: Element | null): boolean {
  if (!active || active === document.body) return false;
  if (active.matches('input, textarea, select') || active.closest('dialog, [role="menu"]')) return true;
  return active.matches('button, summary, [role="separator"]') && active.matches(':focus-visible');
}

/** True for a click with the mouse on a button that should give the keys back, so that Space does not press it again. */
export function leavesFocus(event: MouseEvent): boolean {
  if (event.detail === 0 || !(event.target instanceof Element)) return false;
  const clicked = event.target.closest('button, summary');
  if (!clicked || clicked.closest('cs-menu, dialog, cs-filter-box, cs-text-editor')) return false;
  return document.activeElement === clicked;
}
