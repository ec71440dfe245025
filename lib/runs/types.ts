/** How a run ended; `interrupted` is one whose process is gone without a word. */
export type RunResult =
  | "success"
  | "incomplete"
  | "failed"
  | "cancelled"
  | "interrupted"
  | "running";

/** Who wanted it. */
export type RunTrigger = "schedule" | "manual";

export interface RunPhase {
  readonly name: string;
  readonly durationMs: number;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What a run came to. Counts that make no sense for a job are absent. Add freely, never rename. */
export interface RunFacts {
  readonly storage?: string | undefined;
  /** The backup that was made or verified. */
  readonly backup?: string | undefined;
  readonly files?: number | undefined;
  /** Captured or read. */
  readonly bytes?: number | undefined;
  /** Added to the storage. */
  readonly storedBytes?: number | undefined;
  readonly omissions?: number | undefined;
  /** Paths and reasons of omissions, hashed: whether they are the same as the last time. */
  readonly omissionsKey?: string | undefined;
  readonly degraded?: boolean | undefined;
  /** Backups that were removed, and those that stay. */
  readonly removed?: number | undefined;
  readonly kept?: number | undefined;
  /** Why retention removed nothing. */
  readonly suspended?: string | undefined;
  /** Removed data that the next prune gives back. */
  readonly waitingBytes?: number | undefined;
}

/** One execution of a job. */
export interface Run {
  /** Sorts by time, like the id of a backup. */
  readonly id: string;
  readonly job: string;
  readonly trigger: RunTrigger;
  readonly instance: string;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly result: RunResult;
  readonly exitCode?: number | undefined;
  readonly facts: RunFacts;
  readonly phases: readonly RunPhase[];
  readonly warnings: readonly string[];
  readonly error?: RunError | undefined;
}

export interface BeginRun {
  readonly id: string;
  readonly job: string;
  readonly trigger: RunTrigger;
  readonly instance: string;
  readonly startedAt: Date;
  readonly host: string;
  readonly pid: number;
}

export interface EndRun extends Pick<Run, "result" | "facts" | "phases" | "warnings" | "error"> {
  readonly endedAt: string;
  readonly durationMs: number;
  readonly exitCode: number;
}

export interface RunFilter {
  readonly job?: string | undefined;
  readonly result?: RunResult | undefined;
  readonly instance?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** The newest so many. @default 100,000 */
  readonly limit?: number | undefined;
}
