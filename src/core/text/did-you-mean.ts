/** Number of single-character insertions, deletions, replacements and swaps of neighbours from one word to another. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The known word that was probably meant, or null when none is near. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const plain = word
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  let best: string | null = null;
  let distance = Math.max(2, Math.floor(plain.length / 3)) + 1;
  for (const candidate of known) {
    const found = editDistance(plain, candidate.toLowerCase().replace(/[^a-z0-9]/g, ''));
    if (found < distance) {
      best = candidate;
      distance = found;
    }
  }
  return best;
}
