import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Whether an element has room for two things side by side: at least `width` px. Draws it anew when that changes. */
export class WideWatch implements ReactiveController {
  isWide = false;
  #sized: ResizeObserver | null = null;

  constructor(
    private readonly element: ReactiveControllerHost & HTMLElement,
    private readonly width: number,
  ) {
    element.addController(this);
  }

  hostConnected(): void {
    this.#sized = new ResizeObserver(() => {
      const isWide = this.element.clientWidth >= this.width;
      if (isWide === this.isWide) return;
      this.isWide = isWide;
      this.element.requestUpdate();
    });
    this.#sized.observe(this.element);
  }

  hostDisconnected(): void {
    this.#sized?.disconnect();
  }
}
