import { LitElement } from 'lit';

/**
 * An element that renders into itself, so that the theme's tokens, codicons, KaTeX, Ctrl+F and text selection
 * reach its content; styles come from the `.css` file beside each element.
 */
export abstract class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Sends `name` with `detail` up the tree: elements render, their surface acts. */
  protected send<T>(name: string, detail: T): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
