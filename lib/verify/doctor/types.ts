/** How much a finding matters. `problem`: backups are not safe, or will fail; `warning`: somebody should look; `note`: worth knowing. */
export type Severity = "ok" | "note" | "warning" | "problem";

/** One thing that the doctor looked at, and how it found it. */
export interface DoctorFinding {
  /** Stays the same from version to version: `home-modes`, `clock`, … */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string | undefined;
}
