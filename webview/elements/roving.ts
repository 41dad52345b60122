/** Buttons of which Tab reaches one: arrows, Home and End move among them. Says whether the focus has moved. */
export function moveAmong(event: KeyboardEvent, buttons: readonly HTMLButtonElement[]): boolean {
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: at - 1,
    ArrowUp: at - 1,
    ArrowRight: at + 1,
    ArrowDown: at + 1,
    Home: 0,
    End: buttons.length - 1,
  };
  const target = at < 0 ? undefined : buttons[moves[event.key] ?? -1];
  if (!target || event.ctrlKey || event.metaKey || event.altKey) return false;
  for (const button of buttons) button.tabIndex = button === target ? 0 : -1;
  target.focus();
  event.preventDefault();
  event.stopPropagation();
  return true;
}
