import { many } from '../../src/core/text/plural.ts';
import { formatCount } from '../elements/format.ts';

interface Part {
  readonly label: string;
  readonly matched: number;
  readonly total: number;
}

/** `12 of 30 traces`, or `30 traces` when the list has them all. */
export const countTitle = ({ matched, total }: Part): string =>
  matched === total ? many(total, 'trace') : `${formatCount(matched)} of ${many(total, 'trace')}`;

/** What a part of a facet is called where it stands alone. */
export const partTitle = (name: string, part: Part): string => `${name} ${part.label}: ${countTitle(part)}`;
