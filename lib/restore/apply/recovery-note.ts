import { MIB } from "../../base/index.ts";
import { type Path, pathExists, readTextIfExists } from "../../filesystem/index.ts";
import {
  channelsToReconnect,
  pluginsToReinstall,
  RECOVERY_REPORT_NAME,
  recoveryReport,
  restoreWarnings,
} from "../../openclaw/index.ts";
import { type BackupRoots, isInTree, join, relativeTo } from "../layout/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import type { StagedTree } from "../stage/index.ts";
import type { Edit } from "./edits.ts";

export interface RecoveryNoteOptions {
  readonly prepared: PreparedRestore;
  readonly backup: BackupRoots;
  readonly staged: StagedTree;
  readonly now: Date;
  readonly restored: { readonly files: number; readonly bytes: number };
  readonly preRestore: Path | undefined;
}

export interface RecoveryNote {
  /** What a person must know or do. */
  readonly warnings: readonly string[];
  /** The report for the agent; none where no workspace is restored. */
  readonly edits: readonly Edit[];
}

/** Says what this restore leaves to people, to them and to the agent. */
export function composeRecoveryNote(options: RecoveryNoteOptions): RecoveryNote {
  const { prepared, backup, staged, now, restored, preRestore } = options;
  const { source } = prepared.options;
  const contents = { paths: pathsIn(backup.stateDir, staged), plugins: missingPlugins(options) };
  const warnings = restoreWarnings(contents);
  const workspace = workspaceOf(options);
  if (workspace === undefined) return { warnings, edits: [] };
  const report = recoveryReport({
    backup: source.backup && { ...source.backup, name: source.backup.name ?? undefined },
    source: source.label,
    now,
    agents: agentsIn(backup.stateDir, staged),
    restored,
    warnings,
    channels: channelsToReconnect(contents),
    userText: textAt(staged, join(workspace, "USER.md")),
    preRestore,
  });
  const path = join(workspace, RECOVERY_REPORT_NAME);
  const mtimeNs = BigInt(now.getTime()) * 1_000_000n;
  const edit = { path, text: `${JSON.stringify(report, null, 2)}\n`, mode: 0o600, mtimeNs };
  return { warnings, edits: staged.get(path)?.type === "symlink" ? [] : [edit] };
}

/** The main agent's workspace, or the first one outside the state directory. */
function workspaceOf({ backup, staged }: RecoveryNoteOptions): Path | undefined {
  const outside = backup.roots.filter(({ kind }) => kind === "workspace").map(({ path }) => path);
  return [join(backup.stateDir, "workspace"), ...outside].find(
    (path) => staged.typeAt(path) === "dir",
  );
}

function pathsIn(stateDir: Path, staged: StagedTree): Path[] {
  const paths: Path[] = [];
  for (const path of staged.paths()) {
    if (isInTree(path, stateDir)) paths.push(relativeTo(stateDir, path));
  }
  return paths;
}

function agentsIn(stateDir: Path, staged: StagedTree): string[] {
  const agents = new Set<string>();
  for (const path of pathsIn(stateDir, staged)) {
    const [, id] = /^agents\/([^/]+)(?:\/|$)/.exec(path) ?? [];
    if (id !== undefined) agents.add(id);
  }
  return [...agents].sort();
}

/** Plugins whose code no backup holds, and that is not there to be carried over. */
function missingPlugins({ backup, staged, prepared }: RecoveryNoteOptions) {
  if (pathExists(join(prepared.installation.stateDir, "npm"))) return [];
  const path = join(backup.stateDir, "state/openclaw.sqlite");
  const entry = staged.get(path);
  return entry?.type === "file" ? pluginsToReinstall(entry.stage.pathOf(path)) : [];
}

function textAt(staged: StagedTree, path: Path): string | undefined {
  const file = staged.get(path)?.stage.findPlain(path);
  try {
    return file === undefined ? undefined : readTextIfExists(file, MIB);
  } catch {
    return undefined;
  }
}
