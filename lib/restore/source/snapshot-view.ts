import type { ArchiveContents, Omission } from "../../archive/index.ts";
import { BackupError } from "../../base/index.ts";
import { isSameOrInside, type Path } from "../../filesystem/index.ts";
import { classify, type Installation } from "../../openclaw/index.ts";
import { installationAt } from "../live-installation.ts";
import type { SnapshotEntry, SnapshotFacts, SnapshotListing, SnapshotSource } from "../types.ts";
import { findStateDirectory } from "./found-roots.ts";
import { guessClass } from "./guess-class.ts";
import { damagedPath } from "./list-paths.ts";

/** A snapshot as an archive that was read to its end would tell of itself, so that all that follows treats both alike. */
export interface SnapshotView {
  readonly contents: ArchiveContents;
  readonly listing: SnapshotListing;
  /** By which path an entry is restored; undefined for what is no part of the backup, such as the directories above its trees. */
  pathOf(entry: Pick<SnapshotEntry, "path" | "isDamaged">): Path | undefined;
  classOf(path: Path): string;
}

export interface ViewOptions {
  /** A part, or into an empty directory: all that can be made of a snapshot that does not say what it holds. */
  readonly isPart: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** @throws BackupError `not-supported` for the whole of a snapshot that another tool made; `data-missing`, `data-corrupt` */
export async function viewSnapshot(
  { snapshot, label }: SnapshotSource,
  { isPart, signal }: ViewOptions,
): Promise<SnapshotView> {
  const { facts } = snapshot;
  if (facts === undefined && !isPart) throw doesNotTell(label);
  const listing = await snapshot.list({ signal });
  return facts === undefined ? foreignView(listing) : ownView(listing, facts);
}

function ownView(listing: SnapshotListing, facts: SnapshotFacts): SnapshotView {
  const { assets, paths, omissions, scope } = facts;
  const installation = recordedInstallation(facts);
  const databases = new Set((facts.databases ?? []).map(({ path }) => path));
  const isDatabase = (path: Path) => databases.has(path) || path.endsWith(".sqlite");
  const trees = [paths.stateDir, ...assets.map(({ sourcePath }) => sourcePath)];
  return {
    listing,
    contents: {
      ...asContents(listing),
      kind: "clawback",
      createdAt: facts.createdAt,
      runtimeVersion: facts.openclaw.version,
      stateDir: paths.stateDir,
      configPath: paths.configPath,
      assets,
      clawback: { scope },
      fileList: { entries: [], omissions: omissions as readonly Omission[] },
    },
    pathOf: ({ path, isDamaged }) => {
      if (!trees.some((tree) => isSameOrInside(path, tree))) return undefined;
      return isDamaged === true ? damagedPath(path) : path;
    },
    classOf: (path) => classify(installation, path, isDatabase(path)),
  };
}

/** Like a tar that anybody made: by paths relative to its top, with a state directory where something looks like one. */
function foreignView(listing: SnapshotListing): SnapshotView {
  const pathOf = ({ path }: { readonly path: Path }) => path.slice(1);
  const stateDir = findStateDirectory(listing.entries.map(pathOf));
  const findings = listing.odd.map(({ path, type }) => {
    return { code: "unsupported-format", path, message: `${type} left out` } as const;
  });
  return {
    listing,
    contents: { ...asContents(listing), kind: "plain", stateDir, findings },
    pathOf,
    classOf: guessClass(stateDir ?? ""),
  };
}

function asContents({ entries }: SnapshotListing): ArchiveContents {
  return {
    kind: "plain",
    archiveRoot: undefined,
    createdAt: undefined,
    runtimeVersion: undefined,
    stateDir: undefined,
    configPath: undefined,
    assets: [],
    clawback: undefined,
    fileList: undefined,
    entries: entries.length,
    bytes: entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    findings: [],
  };
}

/** The installation as it was, as far as its classes need it. */
function recordedInstallation({ paths, assets }: SnapshotFacts): Installation {
  const { stateDir, configPath, oauthDir, workspaceDirs, agentRoots } = paths;
  const plain = installationAt(undefined, stateDir);
  return {
    ...plain,
    configPath,
    configFiles: [configPath],
    credentialsDir: oauthDir,
    workspaces: workspaceDirs,
    agents: agentRoots.map(({ agentId, sourcePath: agentDir }) => {
      return { agentId, agentDir, workspace: workspaceDirs[0] ?? `${stateDir}/workspace` };
    }),
    roots: assets.map(({ kind, sourcePath }) => {
      return { kind: kind as Installation["roots"][number]["kind"], path: sourcePath };
    }),
    essentialDatabases: [
      `${stateDir}/state/openclaw.sqlite`,
      ...agentRoots.map(({ sourcePath }) => `${sourcePath}/openclaw-agent.sqlite`),
    ],
  };
}

function doesNotTell(label: string): BackupError {
  return new BackupError(
    "not-supported",
    `${label} was not made by Clawback, so nothing tells what of this machine it may replace`,
    { hint: "restore it elsewhere with --target DIR, or a part of it with --only PATH" },
  );
}
