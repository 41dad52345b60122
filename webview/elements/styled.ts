import { noChange } from 'lit';
import { Directive, directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js';

/** CSS properties in their own spelling; null removes one. */
export type Styles = Readonly<Record<string, string | null>>;

class StyledDirective extends Directive {
  #before: Styles = {};

  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT) throw new Error('styled() stands alone in a tag.');
  }

  render(_styles: Styles): typeof noChange {
    return noChange;
  }

  override update(part: ElementPart, [styles]: [Styles]): typeof noChange {
    const { style } = part.element as HTMLElement;
    for (const name of Object.keys(this.#before)) if (!(name in styles)) style.removeProperty(name);
    for (const [name, value] of Object.entries(styles)) {
      if (value === this.#before[name]) continue;
      if (value === null) style.removeProperty(name);
      else style.setProperty(name, value);
    }
    this.#before = styles;
    return noChange;
  }
}

/** Sets styles through CSSOM: Lit's own styleMap first writes a style attribute, which our CSP refuses. */
export const styled = directive(StyledDirective);
