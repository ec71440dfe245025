import { BackupError, quote } from "../base/index.ts";
import type { BackupClass } from "../openclaw/index.ts";
import type { CaptureScope, ExclusionRules } from "./types.ts";

const ALL_CLASSES: readonly BackupClass[] = [
  "config",
  "credentials",
  "cron",
  "databases",
  "devices",
  "extensions",
  "logs",
  "media",
  "other",
  "sessions",
  "skills",
  "workspace",
];

/** What a full backup holds: everything but logs. */
export const FULL_CLASSES: readonly BackupClass[] = ALL_CLASSES.filter((name) => name !== "logs");

/** What `--only-config` holds. */
export const ONLY_CONFIG_CLASSES: readonly BackupClass[] = [
  "config",
  "credentials",
  "cron",
  "devices",
  "skills",
];

export const DEFAULT_SCOPE: CaptureScope = {
  classes: FULL_CLASSES,
  onlyConfig: false,
  includeWorkspace: true,
};

export interface ScopeChoice {
  readonly onlyConfig?: boolean | undefined;
  readonly noWorkspace?: boolean | undefined;
  /** Names of classes; replaces the default. */
  readonly classes?: readonly string[] | undefined;
}

/**
 * Turns what a user chose into a scope.
 * @throws BackupError `invalid-argument` for an unknown class, none at all, or classes together with `onlyConfig`.
 */
export function resolveScope(choice: ScopeChoice = {}): CaptureScope {
  const { onlyConfig = false, noWorkspace = false } = choice;
  if (onlyConfig && choice.classes !== undefined) {
    throw new BackupError("invalid-argument", "--only-config and --class exclude each other");
  }
  const chosen = choice.classes?.map(toClass) ?? (onlyConfig ? ONLY_CONFIG_CLASSES : FULL_CLASSES);
  const wanted = noWorkspace ? chosen.filter((name) => name !== "workspace") : chosen;
  if (wanted.length === 0) {
    throw new BackupError("invalid-argument", "no class is left to capture", { hint: CLASS_HINT });
  }
  return { classes: [...new Set(wanted)].sort(), onlyConfig, includeWorkspace: !noWorkspace };
}

/**
 * Whether a backup may call itself full: it may replace a whole tree, and `latest` selects it.
 *
 * It holds every class of a full backup and every workspace, and nothing was cut away for this run alone (`--exclude`, `--max-file-size`) or against
 * the protection of databases and config (`--force-exclude`). What the standing rules in `exclude.json` leave out does not make a
 * backup partial: it is what *full* means on this machine. Those rules are recorded in the backup, and a restore
 * carries over what they match (see `RecordedScope` in `lib/backup`).
 */
export function isFullScope(scope: CaptureScope, rules: ExclusionRules): boolean {
  const hasWorkspaces = scope.includeWorkspace && scope.lacksWorkspace !== true;
  const isWhole = hasWorkspaces && FULL_CLASSES.every((name) => scope.classes.includes(name));
  const isCut =
    rules.forceExclude.length > 0 ||
    (rules.runPatterns ?? []).length > 0 ||
    (rules.maxFileSizeBytes !== undefined && rules.isMaxFileSizeOfRun === true);
  return isWhole && !isCut;
}

const CLASS_HINT = `the classes are ${ALL_CLASSES.join(", ")}`;

function toClass(name: string): BackupClass {
  const found = ALL_CLASSES.find((known) => known === name);
  if (found !== undefined) return found;
  throw new BackupError("invalid-argument", `class ${quote(name)} is not known`, {
    hint: CLASS_HINT,
  });
}
