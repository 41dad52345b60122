/** Answers about the list, each as of the moment when it was given. */
export interface ListAnswers {
  /** Position of a row, or of the nearest match after it; -1 when the list is empty. */
  position(index: number): Promise<number>;
  /** The row at a position, as far as it is known already; it may be that of an earlier order. */
  known(position: number): Promise<number | undefined>;
  /** The row at a position now. */
  read(position: number): Promise<number | undefined>;
}

/** How often the list may be put in another order while it is asked. */
const patience = 4;

/** Where a row stands in the list, or the nearest match after it, and which row that is; null when it is not known. */
export async function placeInList(
  index: number,
  list: ListAnswers,
): Promise<{ readonly position: number; readonly index: number | null }> {
  let position = await list.position(index);
  for (let turn = 1; position >= 0; turn += 1) {
    const row = await list.known(position);
    if (row === index || row === undefined || turn === patience) return { position, index: row ?? null };
    // Another row: the nearest match, or the list was put in another order between the two answers.
    const [again, now] = await Promise.all([list.position(index), list.read(position)]);
    if (again === position) return { position, index: now ?? row };
    position = again;
  }
  return { position, index: null };
}
