import { many } from '../../src/core/text/plural.ts';
import type { PairingView } from '../../src/protocol/evaluation-views.ts';
import { formatCount, formatMetric } from '../elements/format.ts';

export type PairedView = Extract<PairingView, { kind: 'paired' }>;

/** A share in percent, `81.2`. */
export const percent = (share: number): string => (share * 100).toFixed(1);

/** A difference of shares in points, `+30.4`. */
export const points = (difference: number): string =>
  `${difference > 0 ? '+' : difference < 0 ? '−' : '±'}${Math.abs(difference * 100).toFixed(1)}`;

/** `p < 0.001`, `p 0.0129`. */
export const pValue = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p ${formatMetric(p)}`);

/** By the usual bound; the mark beside a p-value, never a word. */
export const isTelling = (p: number): boolean => p < 0.05;

/** What the test counts, in a sentence for a tooltip. */
export const testWords = ({ both, onlyA, onlyB, neither, p }: PairedView): string =>
  `McNemar's exact test, two-sided: p = ${formatMetric(p)}. Of ${many(both + onlyA + onlyB + neither, 'row')}, ${formatCount(onlyA + onlyB)} are solved by only one.`;
