import type { DoctorFinding } from "./types.ts";

/** Findings of one code, by severity. */
export interface Findings {
  ok(message: string): DoctorFinding;
  note(message: string, fix?: string): DoctorFinding;
  warning(message: string, fix?: string): DoctorFinding;
  problem(message: string, fix?: string): DoctorFinding;
}

export function findings(code: string): Findings {
  const make =
    (severity: DoctorFinding["severity"]) =>
    (message: string, fix?: string): DoctorFinding => ({
      code,
      severity,
      message,
      ...(fix === undefined ? {} : { fix }),
    });
  return {
    ok: make("ok"),
    note: make("note"),
    warning: make("warning"),
    problem: make("problem"),
  };
}
