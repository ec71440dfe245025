import { formatSize } from "../../base/index.ts";
import { isSameOrInside, type Path, statPath, type WalkedEntry } from "../../filesystem/index.ts";
import { type BackupClass, classify, regenerableRule } from "../../openclaw/index.ts";
import { createRuleMatcher, type RuleMatcher, rulesForRoot } from "../rules/index.ts";
import type { CaptureOptions, RuleSource } from "../types.ts";
import type { OwnPaths } from "./own-paths.ts";
import { isCacheDirectory, isDatabaseFile, isUpdateCapture } from "./probes.ts";

/** Why something stays out: a rule, or (`scope`) its class was not asked for, or (`database`) it is part of a database beside it. */
export interface LeftOutBy {
  readonly rule: string;
  readonly source: RuleSource | "scope" | "database";
}

export type Verdict =
  /** `overruled`: a rule that would have left it out, and may not, because it is a database or the config. */
  | { readonly type: "take"; readonly overruled?: LeftOutBy | undefined }
  /** `enter`: something below this directory may be taken all the same; the directory then stands for it. */
  | { readonly type: "leave"; readonly by: LeftOutBy; readonly enter: boolean };

/** Decides for one root what is captured. Asked in the order of a walk, for each entry once. */
export interface Selection {
  judge(entry: WalkedEntry): Verdict;
  /** Whether a file is a database: one of OpenClaw's own by its place, whatever is in it, any other by its header. */
  isDatabase(entry: Pick<WalkedEntry, "path" | "stat">): boolean;
  /** The class of a path, or undefined when the scope does not hold it. */
  classOf(path: Path, isDatabase: boolean): BackupClass | undefined;
}

/** Names of directories that tools fill and can fill again: a rule leaves them out whole, without a search for databases. */
const REFILLABLE: ReadonlySet<string> = new Set(["node_modules", "__pycache__", ".venv", "venv"]);

const SIDECAR = /-(?:wal|shm|journal)$/;

const TAKE: Verdict = { type: "take" };

export function createSelection(
  options: CaptureOptions,
  root: Path,
  ownPaths: OwnPaths,
): Selection {
  return new RootSelection(options, createRuleMatcher(rulesForRoot(options.rules, root)), ownPaths);
}

class RootSelection implements Selection {
  readonly #options: CaptureOptions;
  readonly #rules: RuleMatcher;
  readonly #ownPaths: OwnPaths;
  readonly #classes: ReadonlySet<BackupClass>;
  /** Config files and the databases of OpenClaw itself: where they lie, directories that a rule leaves out are searched. */
  readonly #essential: readonly Path[];
  readonly #configFiles: ReadonlySet<Path>;
  readonly #databases: ReadonlySet<Path>;
  /** The directory being searched although it is left out. */
  #searched: { readonly path: Path; readonly by: LeftOutBy } | undefined;

  constructor(options: CaptureOptions, rules: RuleMatcher, ownPaths: OwnPaths) {
    const { installation, scope } = options;
    this.#options = options;
    this.#rules = rules;
    this.#ownPaths = ownPaths;
    this.#classes = new Set(scope.classes);
    this.#configFiles = new Set([installation.configPath, ...installation.configFiles]);
    this.#databases = new Set(installation.essentialDatabases);
    this.#essential = [...this.#configFiles, ...installation.essentialDatabases];
  }

  classOf(path: Path, isDatabase: boolean): BackupClass | undefined {
    const found = classify(this.#options.installation, path, isDatabase);
    return this.#classes.has(found) ? found : undefined;
  }

  isDatabase(entry: Pick<WalkedEntry, "path" | "stat">): boolean {
    if (entry.stat.type !== "file") return false;
    return this.#databases.has(entry.path) || isDatabaseFile(entry);
  }

  judge(entry: WalkedEntry): Verdict {
    const own = this.#ownPaths(entry);
    if (own !== undefined) return leave({ rule: own, source: "own" });
    const by = entry.relativePath === "" ? undefined : this.#ruleAgainst(entry);
    const verdict = entry.stat.type === "dir" ? this.#judgeDir(entry, by) : this.#judge(entry, by);
    const isOpened = verdict.type === "leave" && verdict.enter && verdict.by.source !== "scope";
    if (isOpened && !this.#isSearched(entry)) this.#searched = { path: entry.path, by: verdict.by };
    return verdict;
  }

  #isSearched(entry: WalkedEntry): boolean {
    return this.#searched !== undefined && isSameOrInside(entry.path, this.#searched.path);
  }

  /** The rule that speaks against an entry, whatever speaks for it; `include` has had its say. */
  #ruleAgainst(entry: WalkedEntry): LeftOutBy | undefined {
    const { relativePath, path, stat } = entry;
    if (this.#rules.isIncluded(relativePath, stat.type)) return undefined;
    if (this.#isSearched(entry)) return this.#searched?.by;
    const regenerable = regenerableRule(this.#options.installation, path, stat.type);
    if (regenerable !== undefined) return { rule: regenerable.rule, source: "regenerable" };
    const line = this.#rules.exclusionOf(relativePath, stat.type);
    if (line !== undefined) return { rule: line.label, source: line.source };
    return stat.type === "dir" ? this.#markerRule(path) : this.#sizeRule(entry);
  }

  /** What a file in a directory says of it. */
  #markerRule(path: Path): LeftOutBy | undefined {
    if (isUpdateCapture(path)) return { rule: "update captures", source: "regenerable" };
    if (!this.#options.rules.cachedirTag || !isCacheDirectory(path)) return undefined;
    return { rule: "CACHEDIR.TAG", source: "exclude.json" };
  }

  #sizeRule({ stat }: WalkedEntry): LeftOutBy | undefined {
    const { maxFileSizeBytes: limit, isMaxFileSizeOfRun } = this.#options.rules;
    if (limit === undefined || stat.type !== "file" || stat.sizeBytes <= limit) return undefined;
    const source = isMaxFileSizeOfRun === true ? "flag" : "exclude.json";
    return { rule: `max_file_size: ${formatSize(limit)}`, source };
  }

  #judgeDir(entry: WalkedEntry, by: LeftOutBy | undefined): Verdict {
    const { path, relativePath } = entry;
    if (by !== undefined) {
      const enter = this.#rules.mayHoldIncluded(relativePath) || this.#mayHoldProtected(entry, by);
      return leave(by, enter);
    }
    if (this.#isUnwantedWorkspace(path)) return leave(OUT_OF_SCOPE);
    return this.classOf(path, false) === undefined ? leave(OUT_OF_SCOPE, true) : TAKE;
  }

  #judge(entry: WalkedEntry, by: LeftOutBy | undefined): Verdict {
    const { path, stat } = entry;
    if (stat.type === "file" && this.#isSidecar(path)) return leave(PART_OF_DATABASE);
    if (by !== undefined && !this.#isProtected(entry, by)) return leave(by);
    if (this.#isUnwantedWorkspace(path)) return leave(OUT_OF_SCOPE);
    const isWanted =
      this.classOf(path, false) !== undefined ||
      (this.classOf(path, true) !== undefined && this.isDatabase(entry));
    if (!isWanted) return leave(OUT_OF_SCOPE);
    return by === undefined ? TAKE : { type: "take", overruled: by };
  }

  /**
   * The `-wal`, `-shm` or `-journal` of a database beside it. One without its database is an ordinary file: it may hold the last
   * copy of something, and nothing else would keep it.
   */
  #isSidecar(path: Path): boolean {
    const database = path.replace(SIDECAR, "");
    if (database === path) return false;
    const stat = statOrNothing(database);
    return stat !== undefined && this.isDatabase({ path: database, stat });
  }

  #isUnwantedWorkspace(path: Path): boolean {
    const { installation, scope } = this.#options;
    if (scope.includeWorkspace) return false;
    return installation.workspaces.some((workspace) => isSameOrInside(path, workspace));
  }

  /** A user's rule drops neither a database nor the config, unless `--force-exclude` names it. */
  #isProtected(entry: WalkedEntry, by: LeftOutBy): boolean {
    if (!isUsersRule(by)) return false;
    if (this.#rules.isForced(entry.relativePath, entry.stat.type)) return false;
    return this.#configFiles.has(entry.path) || this.isDatabase(entry);
  }

  #mayHoldProtected({ path, name, relativePath }: WalkedEntry, by: LeftOutBy): boolean {
    if (!isUsersRule(by) || this.#rules.isForced(relativePath, "dir")) return false;
    if (this.#essential.some((essential) => isSameOrInside(essential, path))) return true;
    return !REFILLABLE.has(name) && by.rule !== "CACHEDIR.TAG";
  }
}

const OUT_OF_SCOPE: LeftOutBy = { rule: "scope", source: "scope" };
const PART_OF_DATABASE: LeftOutBy = { rule: "part of a database", source: "database" };

function leave(by: LeftOutBy, enter = false): Verdict {
  return { type: "leave", by, enter };
}

function isUsersRule({ source }: LeftOutBy): boolean {
  return source === "exclude.json" || source === "flag";
}

function statOrNothing(path: Path): WalkedEntry["stat"] | undefined {
  try {
    return statPath(path);
  } catch {
    return undefined;
  }
}
