/** Who starts the jobs. */
export type ScheduleKind = "systemd" | "cron" | "launchd" | "openclaw";

/** For one user, or for the machine (as root). */
export type ScheduleScope = "user" | "system";

/** A job and when it is due: five fields of cron, in this machine's time zone. */
export interface TimedJob {
  readonly job: string;
  readonly cron: string;
}

/** The machine that a schedule is for. */
export interface ScheduleHost {
  /** Names what is written, so that several on one machine do not meet. */
  readonly instance: string;
  /** How Clawback is started: Node, the program. Absolute paths. */
  readonly program: readonly string[];
  /** What `run` is told besides, such as which installation. */
  readonly flags?: readonly string[] | undefined;
  /** What a job needs of the environment; timers start with next to none. No secrets: it is written into files that others may read. */
  readonly environment: Readonly<Record<string, string>>;
  /** For programs that are started now, such as systemctl. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly userHome: string;
  readonly userName: string;
  readonly uid: number | undefined;
}

/** A file to write or take away. */
export interface FileChange {
  readonly path: string;
  readonly action: "create" | "replace" | "keep" | "remove";
  /** What is in it afterwards. */
  readonly text?: string | undefined;
}

/** The user's crontab, before and after. */
export interface CrontabChange {
  readonly before: string;
  readonly after: string;
  /** The lines that are ours, afterwards. */
  readonly lines: string;
}

/** Exactly what will be written and started; plain data. */
export interface SchedulePlan {
  readonly kind: ScheduleKind;
  readonly scope: ScheduleScope;
  readonly instance: string;
  readonly jobs: readonly TimedJob[];
  readonly files: readonly FileChange[];
  readonly crontab?: CrontabChange | undefined;
  /** Programs to start, in order, before anything is written and after. Each an argument array. */
  readonly before: readonly (readonly string[])[];
  readonly commands: readonly (readonly string[])[];
  /** What a person should know or do besides. */
  readonly notes: readonly string[];
  /** Nothing would change. */
  readonly isDone: boolean;
}

/** What is there of a kind. */
export interface FoundSchedule {
  readonly kind: ScheduleKind;
  readonly scope: ScheduleScope;
  readonly jobs: readonly string[];
  /** Files, or the word crontab. */
  readonly where: readonly string[];
}
