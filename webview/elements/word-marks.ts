/** Words of one text to underline, in the order in which they occur. */
export type MarkName = 'cs-reflection';

const owned = new WeakMap<Node, Range[]>();

function highlightOf(name: MarkName): Highlight | null {
  if (!('highlights' in CSS)) return null;
  const known = CSS.highlights.get(name);
  if (known) return known;
  const made = new Highlight();
  CSS.highlights.set(name, made);
  return made;
}

/** Removes what `markWords` drew under `root`. */
export function clearMarks(root: Node, name: MarkName): void {
  const highlight = highlightOf(name);
  for (const range of owned.get(root) ?? []) highlight?.delete(range);
  owned.delete(root);
}

/**
 * Underlines `words` under `root` without touching its nodes. Each word is looked for after the one before it, so
 * rendered text, which has lost its markup, still gets the marks of its source.
 */
export function markWords(root: Node, name: MarkName, words: readonly string[]): void {
  clearMarks(root, name);
  const highlight = highlightOf(name);
  if (!highlight || words.length === 0) return;
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let node = walker.nextNode();
  let from = 0;
  for (const word of words) {
    let hit: { node: Node; at: number } | null = null;
    let probe: Node | null = node;
    let start = from;
    const resume = node;
    while (probe && !hit) {
      const at = (probe.nodeValue ?? '').indexOf(word, start);
      if (at !== -1) hit = { node: probe, at };
      else {
        probe = walker.nextNode();
        start = 0;
      }
    }
    if (!hit) {
      // Broken by markup: skip this word and look for the next from where we were.
      if (resume) walker.currentNode = resume;
      continue;
    }
    const range = document.createRange();
    range.setStart(hit.node, hit.at);
    range.setEnd(hit.node, hit.at + word.length);
    ranges.push(range);
    highlight.add(range);
    node = hit.node;
    from = hit.at + word.length;
  }
  owned.set(root, ranges);
}
