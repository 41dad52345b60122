/** Words that texts begin with alike are left out when they are at least so many characters: less takes little room. */
const leastShared = 24;
/** As few texts may begin alike by chance. */
const fewestTexts = 3;

/** The beginning of a text, of `length` characters of it, in one line and without the places of images. */
export function oneLine(text: string, length = 4096): string {
  return text
    .slice(0, length)
    .replace(/<image>|\s+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** So much of a sentence stays, though all begin it alike: it reads better whole. */
const mostKept = 40;

/** The whole words, sentences where it can be, that all texts begin with; none when these are few, or the texts are. */
export function sharedStart(texts: readonly string[]): string {
  const [first = '', ...others] = texts;
  if (others.length < fewestTexts - 1) return '';
  let end = first.length;
  for (const text of others) {
    let same = 0;
    while (same < end && text[same] === first[same]) same += 1;
    end = same;
  }
  const isWord = texts.every((text) => end === text.length || text[end] === ' ');
  const shared = first.slice(0, isWord ? end : first.lastIndexOf(' ', end - 1) + 1).trimEnd();
  const sentences = (/^.*[.?!:](?= |$)/.exec(shared)?.[0] ?? '').length;
  const start = sentences >= leastShared && shared.length - sentences <= mostKept ? sentences : shared.length;
  return start < leastShared ? '' : shared.slice(0, start);
}

/** What tells a text from the others that begin as it does: the rest, behind an ellipsis; the whole when there is none. */
export function afterStart(text: string, start: string): string {
  const rest = start !== '' && text.startsWith(start) ? text.slice(start.length).trimStart() : '';
  return rest === '' ? text : `… ${rest}`;
}

/** How texts that are listed together are shown: from where they begin to differ, `length` characters. */
export function listedTogether(texts: readonly string[], length: number): (text: string) => string {
  const start = sharedStart(texts);
  return (text) => afterStart(text, start).slice(0, length);
}
