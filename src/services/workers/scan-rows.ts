import { parentPort } from 'node:worker_threads';
import { scanFacets } from '../dataset/facet-scan.ts';
import { scanFilter } from '../dataset/filter-scan.ts';
import { surveyImages } from '../dataset/image-scan.ts';
import type { ScanMessage, ScanTask } from '../dataset/scan-tasks.ts';
import { scanSort } from '../dataset/sort-scan.ts';
import { surveyIdentity, surveyVerdicts } from '../dataset/survey-scan.ts';

/** One scan after another; the host ends the thread to cancel. */
parentPort?.on('message', (task: ScanTask) => {
  const post = (message: ScanMessage, transfer: readonly ArrayBufferLike[]): void =>
    parentPort?.postMessage(message, transfer as ArrayBuffer[]);
  try {
    switch (task.kind) {
      case 'identity':
        surveyIdentity(task, post);
        break;
      case 'verdicts':
        surveyVerdicts(task, post);
        break;
      case 'images':
        surveyImages(task, post);
        break;
      case 'filter':
        scanFilter(task, post);
        break;
      case 'sort':
        scanSort(task, post);
        break;
      case 'facets':
        scanFacets(task, post);
        break;
    }
    post({ kind: 'done', scan: task.scan }, []);
  } catch (error) {
    post(
      { kind: 'failed', scan: task.scan, message: error instanceof Error ? error.message : String(error) },
      [],
    );
  }
});
