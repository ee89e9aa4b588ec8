// How often a server that ended by accident is started again.

export const MOST_RESTARTS = 4;
export const WITHIN_MS = 5 * 60 * 1000;

export class Restarts {
  #ends: number[] = [];

  /** Take an end at `nowMs`; return whether the server is to be started again. */
  mayRestart(nowMs: number): boolean {
    this.#ends = this.#ends.filter((at) => nowMs - at < WITHIN_MS);
    this.#ends.push(nowMs);
    return this.#ends.length <= MOST_RESTARTS;
  }

  /** The person starts it: what was before does not count. */
  forget(): void {
    this.#ends = [];
  }
}
