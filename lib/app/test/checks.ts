import { type Clock, toBackupError } from "../../base/index.ts";
import type { ProbeStep } from "../../verify/index.ts";

/** What is tried, in this order; each name stays the same from version to version. */
export type CheckName = "configuration" | "storage" | "kms-key" | "create" | "list" | "restore";

/** One of the six checks. */
export interface TestCheck {
  readonly check: CheckName;
  /** For a reader. */
  readonly title: string;
  /** `unsupported`: there is nothing to check, and backups work without. */
  readonly outcome: ProbeStep["outcome"];
  readonly durationMs: number;
  readonly detail?: string | undefined;
  /** Of the failure. */
  readonly code?: string | undefined;
  /** What to do about it. */
  readonly fix?: string | undefined;
}

const TITLES: Readonly<Record<CheckName, string>> = {
  configuration: "configuration is valid",
  storage: "storage can be reached and used",
  "kms-key": "KMS key is usable",
  create: "a small encrypted backup is made",
  list: "it is listed and found",
  restore: "it is restored and is the same",
};

/** What a check that did not fail has to say. */
export type Passed = Pick<TestCheck, "outcome" | "detail">;

/** Carries out the checks one after the other; one that fails makes those that need it skipped. */
export class Checks {
  readonly done: TestCheck[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param needs - Checks that must not have failed before.
   * @throws BackupError `cancelled`
   */
  async run(
    check: CheckName,
    needs: readonly CheckName[],
    work: () => Promise<Passed | TestCheck>,
  ): Promise<void> {
    const title = TITLES[check];
    const begun = this.#clock.monotonicMs();
    const took = (): number => Math.round((this.#clock.monotonicMs() - begun) * 10) / 10;
    if (this.#isInWay(needs)) {
      this.done.push({ check, title, outcome: "skipped", durationMs: 0 });
      return;
    }
    try {
      const passed = await work();
      this.done.push({ ...passed, check, title, durationMs: took() });
    } catch (error) {
      const { code, message, hint } = toBackupError(error);
      if (code === "cancelled") throw error;
      const failed = { outcome: "failed", durationMs: took(), detail: message, code } as const;
      this.done.push({ check, title, ...failed, fix: hint });
    }
  }

  #isInWay(needs: readonly CheckName[]): boolean {
    const bad = new Set<ProbeStep["outcome"]>(["failed", "skipped"]);
    return this.done.some(({ check, outcome }) => needs.includes(check) && bad.has(outcome));
  }
}
