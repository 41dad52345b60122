import { faultBits } from '../../core/dataset/row-codes.ts';
import { ImageFaultScan } from '../images/image-faults.ts';
import { readRow, readRowText } from './row-reading.ts';
import { RowReader } from './row-view.ts';
import { walkRows } from './row-walk.ts';
import { type ImageTask, PostPace, type PostScan } from './scan-tasks.ts';

const checkEvery = 64;

/** What is said of all rows with a problem of this code; of one row its image is named. */
const messages: Readonly<Record<string, string>> = {
  'image-missing': 'An image file is missing.',
  'image-outside': 'An image lies outside the folders that images may come from.',
  'image-remote': 'An image is elsewhere; nothing is fetched unasked.',
  'image-too-large': 'An image is too large.',
  'image-unreadable': 'An image cannot be read.',
};

/** Looks for the image files of every row that has any, edits included; none is opened. */
export function surveyImages(task: ImageTask, post: PostScan): void {
  const { rows, scan, faults } = task;
  const reader = new RowReader(task.lens, 'boxed');
  const images = new ImageFaultScan(task.folders);
  const pace = new PostPace();
  const counts = new Map<string, number>();
  let from = 0;
  let faulty: number[] = [];
  const send = (to: number): void => {
    const found = Uint32Array.from(faulty);
    const problems = [...counts].map(([code, count]) => ({ code, message: messages[code] ?? code, count }));
    post({ kind: 'images', scan, from, to, faulty: found, problems }, [found.buffer]);
    [from, faulty] = [to, []];
  };
  const visit = (index: number, bytes: Buffer | null): boolean => {
    const edited = task.edits.get(index);
    const read = edited === undefined ? readRow(bytes) : readRowText(edited);
    const row = reader.view(read, { index, line: index + 1, hash: '' });
    const codes = row.status === 'ok' ? images.codes(row.trace) : [];
    if (codes.length > 0) faulty.push(index);
    for (const code of new Set(codes)) counts.set(code, (counts.get(code) ?? 0) + 1);
    if (index % checkEvery === 0 && pace.isDue()) send(index + 1);
    return true;
  };
  walkRows(task.path, rows, 0, visit, (index) => ((faults[index] ?? 0) & faultBits.images) !== 0);
  send(rows.starts.length);
}
