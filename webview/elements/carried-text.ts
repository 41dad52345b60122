/**
 * Text that an element carries through the sanitizer, which trims attributes and drops those that look like an address
 * (`a:b` in a formula) or a way out of one (`]>`): as JSON without angle brackets it is neither.
 */
export function carry(node: HTMLElement, name: 'source' | 'tex', text: string): void {
  node.dataset[name] = JSON.stringify(text).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
}

/** What `carry` gave to an element, or undefined. */
export function carried(node: HTMLElement, name: 'source' | 'tex'): string | undefined {
  const held = node.dataset[name];
  return held === undefined ? undefined : (JSON.parse(held) as string);
}
