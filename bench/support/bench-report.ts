/** Prints the lines of a benchmark and remembers whether each aim was reached. */
export class BenchReport {
  #failed = 0;

  line(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** One aim: printed with its outcome. */
  aim(what: string, isReached: boolean, seen: string): void {
    if (!isReached) this.#failed += 1;
    this.line(`${isReached ? "ok  " : "MISS"}  ${what}: ${seen}`);
  }

  /** Sets the exit code: 1 when an aim was missed. */
  end(): void {
    process.exitCode = this.#failed === 0 ? 0 : 1;
  }
}
