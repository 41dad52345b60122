/** Runs `run`, one at a time: calls while it is under way are joined, and it runs once more for all of them. */
export function joined(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let again = false;
  const call = (): Promise<void> => {
    if (running) {
      again = true;
      return running;
    }
    running = run().finally(() => {
      running = null;
      if (!again) return;
      again = false;
      void call();
    });
    return running;
  };
  return call;
}
