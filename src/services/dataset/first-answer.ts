const firstAnswerMs = 150;

/** Resolves when a scan is over, well or not, or after 150 ms: what it has found by then is worth showing. */
export function firstAnswer(done: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, firstAnswerMs);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    done.then(end, end);
  });
}
