import { BackupError } from "../../base/index.ts";
import type { PlanRollbackOptions } from "./types.ts";

/** What is rolled back where nothing else is asked for: what an agent changes by its own work. */
export const DEFAULT_CLASSES: readonly string[] = ["config", "skills", "workspace"];

/**
 * The options with a choice that says all: paths or classes.
 * @throws BackupError `invalid-argument`
 */
export function withChoice(options: PlanRollbackOptions): PlanRollbackOptions {
  const { only, classes, withDatabases } = options.choice;
  if (classes?.includes("databases") === true && !withDatabases) {
    throw new BackupError(
      "invalid-argument",
      "databases are rolled back with --with-databases only",
      {
        hint: "add --with-databases, with the Gateway stopped",
      },
    );
  }
  if (classes !== undefined) return options;
  if (only !== undefined) return options;
  const databases = withDatabases ? ["databases"] : [];
  return {
    ...options,
    choice: { ...options.choice, classes: [...DEFAULT_CLASSES, ...databases].sort() },
  };
}
