/** Which sequence numbers of one restart were read: a run of numbers from 0, and a few that came early. */
export class SeenNumbers {
  private next = 0;
  private readonly early = new Set<number>();
  private highest = -1;

  /** False when the number was there before. */
  add(seq: number): boolean {
    if (seq < this.next || this.early.has(seq)) return false;
    this.highest = Math.max(this.highest, seq);
    this.early.add(seq);
    while (this.early.delete(this.next)) this.next++;
    return true;
  }

  /** Numbers below the highest one that never came: events that a full disk dropped, or damaged lines. */
  get missing(): number {
    return this.highest + 1 - this.next - this.early.size;
  }
}
