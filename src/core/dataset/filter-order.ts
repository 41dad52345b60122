import type { NumberOperator, OrderOperator } from './filter-ast.ts';

/** Whether `left` stands to `right` as a condition on a number asks. */
export function compareNumbers(left: number, operator: NumberOperator, right: number): boolean {
  return operator === '=' ? left === right : inOrder(left, operator, right);
}

/** The same for what has an order only: texts compare by code units. */
export function inOrder<T extends number | string>(left: T, operator: OrderOperator, right: T): boolean {
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}
