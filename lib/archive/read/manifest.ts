import { posix } from "node:path";
import { z } from "zod";
import { BackupError, isBackupError, quote } from "../../base/index.ts";
import { ownPathOf } from "../names/index.ts";
import type { ArchiveContents } from "../types.ts";
import type { Layout } from "./layout.ts";

const assetSchema = z.object({
  kind: z.string(),
  sourcePath: z.string(),
  archivePath: z.string(),
  /** Ours, where `sourcePath` is escaped. */
  ownPath: z.string().optional(),
});

/** OpenClaw's manifest, schema 1: the parts that we read. */
const manifestSchema = z.object({
  schemaVersion: z.number(),
  createdAt: z.string(),
  archiveRoot: z.string(),
  runtimeVersion: z.string().optional(),
  paths: z
    .object({ stateDir: z.string().optional(), configPath: z.string().optional() })
    .optional(),
  assets: z.array(assetSchema),
  clawback: z.record(z.string(), z.unknown()).optional(),
});

type Manifest = z.infer<typeof manifestSchema>;

/** What of an archive's contents the manifest tells. */
export type ManifestContents = Pick<
  ArchiveContents,
  "archiveRoot" | "createdAt" | "runtimeVersion" | "stateDir" | "configPath" | "assets" | "clawback"
>;

/**
 * Parses `manifest.json`. Only archives of ours have escaped paths; the `clawback` object is given whatever the kind.
 * @throws BackupError `data-corrupt`, `unsupported-format`, `manifest-mismatch`
 */
export function parseManifest(
  bytes: Uint8Array,
  { kind, root = "" }: Pick<Layout, "kind" | "root">,
): ManifestContents {
  const manifest = decode(bytes);
  const isOurs = kind === "clawback";
  if (manifest.schemaVersion !== 1) {
    throw new BackupError(
      "unsupported-format",
      `manifest: schema version ${manifest.schemaVersion}, only 1 is known`,
      { hint: "the archive may come from a newer OpenClaw; update clawback" },
    );
  }
  if (manifest.archiveRoot !== root) {
    throw new BackupError(
      "manifest-mismatch",
      `manifest: it names the root ${quote(manifest.archiveRoot)}, the archive has ${quote(root)}`,
    );
  }
  const { createdAt, runtimeVersion, paths, assets, clawback } = manifest;
  return {
    archiveRoot: root,
    createdAt,
    runtimeVersion,
    stateDir: stateDirOf(manifest, isOurs),
    configPath: paths?.configPath,
    assets: assets.map((asset) => ({
      kind: asset.kind,
      sourcePath: isOurs ? (asset.ownPath ?? ownPathOf(asset.sourcePath)) : asset.sourcePath,
    })),
    clawback,
  };
}

function decode(bytes: Uint8Array): Manifest {
  try {
    return manifestSchema.parse(
      JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
    );
  } catch (cause) {
    throw notAManifest(cause);
  }
}

function notAManifest(cause: unknown): BackupError {
  if (isBackupError(cause)) return cause;
  const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
  const where =
    issue === undefined ? "it is not JSON" : `${issue.path.join(".")}: ${issue.message}`;
  return new BackupError("data-corrupt", `manifest: ${where}`, { cause });
}

/** Where the state directory was; a state asset says it when the paths do not. */
function stateDirOf({ paths, assets }: Manifest, isOurs: boolean): string | undefined {
  const asset = assets.find(({ kind }) => kind === "state");
  if (isOurs && asset?.ownPath !== undefined) return asset.ownPath;
  const path = paths?.stateDir ?? asset?.sourcePath;
  return path === undefined || !isOurs ? path : posix.normalize(ownPathOf(path));
}
