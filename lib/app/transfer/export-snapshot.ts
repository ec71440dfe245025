import { createHash } from "node:crypto";
import { archiveRootName, type ManifestInput, writeArchive } from "../../archive/index.ts";
import { BackupError } from "../../base/index.ts";
import type { Backup, SnapshotReport } from "../../catalog/index.ts";
import { createFileSink, isSameOrInside } from "../../filesystem/index.ts";
import { archiveInputs } from "../../restore/index.ts";
import type { SelectedBackup } from "../catalog.ts";
import type { AppContext } from "../context.ts";
import { openSnapshotSource, withSharedLock } from "../reading/index.ts";

export interface ExportReport {
  readonly backup: Backup;
  readonly path: string;
  readonly storedBytes: number;
  readonly sha256: string;
}

/**
 * Makes an archive of a snapshot, in a file with mode 0600; whole, or not at all. It is not encrypted.
 * @throws BackupError `not-supported` for a snapshot that another tool made; `target-not-empty`; `data-missing`, `data-corrupt`
 */
export async function exportSnapshot(
  app: AppContext,
  selected: SelectedBackup,
  path: string,
): Promise<ExportReport> {
  const { backup } = selected;
  const { source, report, repository } = await openSnapshotSource(app, selected);
  if (report === undefined) throw madeElsewhere(source.label);
  await using sink = await createFileSink(path, { mode: 0o600 });
  const hash = createHash("sha256");
  let storedBytes = 0;
  await withSharedLock(app, repository, async (signal) => {
    const manifest = manifestOf(app, backup.id, report);
    for await (const chunk of writeArchive(archiveInputs(source, { signal }), {
      manifest,
      signal,
    })) {
      hash.update(chunk);
      storedBytes += chunk.length;
      await sink.write(chunk);
      app.onProgress?.({ type: "progress", bytes: storedBytes });
    }
  });
  await sink.publish();
  return { backup, path, storedBytes, sha256: hash.digest("hex") };
}

/** What the archive says of itself: what the one would have said that was made in the place of the snapshot. */
function manifestOf(app: AppContext, id: string, report: SnapshotReport): ManifestInput {
  const { paths, scope, assets, host, openclaw } = report;
  const createdAt = new Date(report.createdAt);
  return {
    archiveRoot: archiveRootName(createdAt),
    createdAt,
    runtimeVersion: openclaw.version,
    platform: host.platform,
    nodeVersion: app.environment.nodeVersion,
    includeWorkspace: scope.includeWorkspace && scope.classes.includes("workspace"),
    onlyConfig: scope.onlyConfig,
    paths,
    assets,
    skipped: coveredPaths(paths),
    clawback: {
      version: app.version,
      snapshot: id,
      instance: report.instance,
      name: report.name,
      tags: report.tags,
      scope,
      openclaw,
      host,
    },
  };
}

/** Parts that OpenClaw lists on their own and that lie in a root already. */
function coveredPaths(paths: ManifestInput["paths"]): ManifestInput["skipped"] {
  const parts = [
    { kind: "config", sourcePath: paths.configPath },
    { kind: "credentials", sourcePath: paths.oauthDir },
    ...paths.workspaceDirs.map((sourcePath) => ({ kind: "workspace", sourcePath })),
  ];
  return parts
    .filter(({ sourcePath }) => isSameOrInside(sourcePath, paths.stateDir))
    .map((part) => ({ ...part, reason: "covered" }));
}

function madeElsewhere(label: string): BackupError {
  return new BackupError(
    "not-supported",
    `${label} was not made by Clawback: nothing tells which of its directories belong to an installation`,
    { hint: "restore it with --target DIR" },
  );
}
