import { actions, editSegment, type Surface } from './actions.ts';

/**
 * True while single letters must not act: a text field, a dialog or a menu has the keys, or a control that was
 * reached by Tab.
 */
export function isTyping(active: Element | null): boolean {
  if (!active || active === document.body) return false;
  if (active.matches('input, textarea, select') || active.closest('dialog, [role="menu"]')) return true;
  return active.matches('button, summary, [role="separator"]') && active.matches(':focus-visible');
}

/**
 * Letters are VS Code key bindings and come back as commands; here are only the keys that no binding takes:
 * `?`, Esc, Enter, and the arrows while nothing has the focus.
 */
export function handleKey(surface: Surface, event: KeyboardEvent): void {
  const active = document.activeElement;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(active)) return;
  const nowhere = active === null || active === document.body;
  if (event.key === '?') surface.showHelp();
  else if (event.key === 'Escape') surface.leave();
  else if (event.key === 'Enter' && (nowhere || active.matches('.trace-scroll'))) editSegment(surface);
  else if (event.key === 'ArrowDown' && nowhere) actions.next(surface);
  // Space is a binding too (skip): only its scrolling is kept away.
  else if (event.key === ' ') event.preventDefault();
  else if (event.key === 'ArrowUp' && nowhere) actions.previous(surface);
  else return;
  event.preventDefault();
}

/** True for a click with the mouse on a button that should give the keys back, so that Space does not press it again. */
export function leavesFocus(event: MouseEvent): boolean {
  if (event.detail === 0 || !(event.target instanceof Element)) return false;
  const clicked = event.target.closest('button, summary');
  if (!clicked || clicked.closest('cs-menu, dialog, cs-filter-box, cs-text-editor')) return false;
  return document.activeElement === clicked;
}
