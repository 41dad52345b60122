/** The keys that reach the window while `act` runs: VS Code listens there. */
export async function reachingWindow(act: () => unknown): Promise<string[]> {
  const heard: string[] = [];
  const listen = (event: KeyboardEvent) => heard.push(event.key);
  window.addEventListener('keydown', listen);
  try {
    await act();
  } finally {
    window.removeEventListener('keydown', listen);
  }
  return heard;
}
