import { join } from 'node:path';
import { expect, test } from 'vitest';
import { extractAnswer } from '../../../../src/core/verify/extract.ts';
import { gradeAnswer } from '../../../../src/core/verify/grade.ts';
import { mathdNormalise } from '../../../../src/core/verify/mathd-normalise.ts';
import { normalise } from '../../../../src/core/verify/normalise.ts';
import { readRows, sharedFolder, skipMessage } from '../trace/shared-data.ts';

interface Row {
  id: string;
  completion: string;
  ground_truth: string;
  extracted: string;
  boxed: boolean;
  mathruler: boolean;
  mathd: [string, string];
  normalised?: [string, string];
}

/** Rows on which we differ from mathruler 0.1.0, and why. */
const knownDifferences: Readonly<Record<string, string>> = {
  '3aef3831fe7a4d5a': 'a double slash is floor division to Python; we call it unreadable',
  be98178256a12b6e: 'a double equals sign compares in Python; we call it unreadable',
};
/** Rows whose second string differs without changing the verdict. */
const knownStrings: Readonly<Record<string, string>> = {
  dd4e33d0d4ec4d38: '\\verb is not read',
};

const folder = sharedFolder('verdicts');

test.skipIf(folder === null)(
  `agreement with mathruler (${folder === null ? skipMessage('verdicts') : 'shared data'})`,
  () => {
    const rows = readRows(join(folder ?? '', 'mathruler.jsonl')) as unknown as Row[];
    const differences: string[] = [];
    for (const row of rows) {
      const answer = extractAnswer(row.completion, 'boxed');
      const given = answer?.text ?? 'None';
      expect([row.id, answer !== null, given]).toEqual([row.id, row.boxed, row.extracted]);
      expect([row.id, mathdNormalise(row.ground_truth), mathdNormalise(given)]).toEqual([
        row.id,
        ...row.mathd,
      ]);
      if (row.normalised !== undefined && !(row.id in knownStrings)) {
        expect([row.id, normalise(row.ground_truth), normalise(given)]).toEqual([row.id, ...row.normalised]);
      }
      if (gradeAnswer(given, row.ground_truth).correct !== row.mathruler) differences.push(row.id);
    }
    expect(rows.length).toBe(9913);
    expect(differences.toSorted()).toEqual(Object.keys(knownDifferences).toSorted());
  },
);
