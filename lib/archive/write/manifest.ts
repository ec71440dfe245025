import { posix } from "node:path";
import { BackupError, MIB } from "../../base/index.ts";
import type { ManifestInput } from "../types.ts";
import type { ExternalLink } from "./links.ts";

/** OpenClaw refuses a longer one. */
const MAX_MANIFEST_BYTES = MIB;
/** What `skipped` may take; it only informs. */
const MAX_SKIPPED_BYTES: number = MIB / 8;
/** For the counts, and for assets that turn out empty and become skipped. */
const RESERVE_BYTES: number = MIB / 16;

/** An asset as the manifest names it. */
export interface StoredAsset {
  readonly kind: string;
  /** As OpenClaw shall see it: its last part leads from `payload/posix` to where the asset stands. */
  readonly sourcePath: string;
  readonly archivePath: string;
  /** The true source path, where the other is escaped. */
  readonly ownPath?: string | undefined;
}

/** What is known when everything else has been written. */
export interface ManifestFacts {
  readonly assets: readonly StoredAsset[];
  readonly emptyAssets: readonly StoredAsset[];
  readonly stateDir: string;
  readonly externalSymbolicLinks: readonly ExternalLink[];
  /** Added to the `clawback` object. */
  readonly clawback: Readonly<Record<string, unknown>>;
}

/**
 * How many bytes the list of external links may take in this manifest.
 * @throws BackupError `limit-exceeded` when the manifest is too long without any.
 */
export function externalLinkBudget(input: ManifestInput, facts: ManifestFacts): number {
  const bytes = Buffer.byteLength(JSON.stringify(asManifest(input, facts)));
  const budget = MAX_MANIFEST_BYTES - bytes - RESERVE_BYTES;
  if (budget < 0) {
    throw new BackupError(
      "limit-exceeded",
      `manifest: ${bytes} bytes without its links, OpenClaw reads at most ${MAX_MANIFEST_BYTES}`,
      { hint: "leave out some of the extra paths" },
    );
  }
  return budget;
}

/** Encodes `manifest.json`, for people where there is room. */
export function encodeManifest(input: ManifestInput, facts: ManifestFacts): Buffer {
  const manifest = asManifest(input, facts);
  const pretty = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  return pretty.length <= MAX_MANIFEST_BYTES ? pretty : Buffer.from(JSON.stringify(manifest));
}

/** The path by which OpenClaw finds a stored path: it puts `<root>/payload/posix` before it. */
export function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

function asManifest(input: ManifestInput, facts: ManifestFacts): Record<string, unknown> {
  const { listed, left } = listSkipped(input, facts);
  return {
    schemaVersion: 1,
    createdAt: input.createdAt.toISOString(),
    archiveRoot: input.archiveRoot,
    runtimeVersion: input.runtimeVersion,
    platform: input.platform,
    nodeVersion: input.nodeVersion,
    options: { includeWorkspace: input.includeWorkspace, onlyConfig: input.onlyConfig },
    paths: { ...input.paths, stateDir: facts.stateDir, agentRoots: acceptableAgentRoots(input) },
    assets: facts.assets,
    skipped: listed,
    externalSymbolicLinks: facts.externalSymbolicLinks,
    clawback: {
      ...input.clawback,
      ...(facts.stateDir === input.paths.stateDir ? {} : { stateDir: input.paths.stateDir }),
      ...(left === 0 ? {} : { skippedNotListed: left }),
      ...facts.clawback,
    },
  };
}

/** Plan-level skips, as many as there is room for. */
function listSkipped(
  input: ManifestInput,
  facts: ManifestFacts,
): { listed: readonly unknown[]; left: number } {
  const empty = facts.emptyAssets.map(({ kind, sourcePath }) => ({
    kind,
    sourcePath,
    reason: "missing",
  }));
  const all = [...empty, ...input.skipped];
  let bytes = 0;
  const end = all.findIndex((skip) => {
    bytes += Buffer.byteLength(JSON.stringify(skip)) + 1;
    return bytes > MAX_SKIPPED_BYTES;
  });
  const listed = end < 0 ? all : all.slice(0, end);
  return { listed, left: all.length - listed.length };
}

/**
 * The agent roots that OpenClaw's verify takes: canonical id, absolute normalized path, neither twice. It refuses the whole archive for
 * one that is not, and reads nothing from them.
 */
function acceptableAgentRoots(input: ManifestInput): { agentId: string; sourcePath: string }[] {
  const seen = new Set<string>();
  const acceptable: { agentId: string; sourcePath: string }[] = [];
  for (const { agentId, sourcePath } of input.paths.agentRoots) {
    const isClean = sourcePath.startsWith("/") && posix.normalize(sourcePath) === sourcePath;
    const isCanonical = /^[a-z0-9][a-z0-9_-]{0,63}$/.test(agentId);
    if (!isClean || !isCanonical || seen.has(agentId) || seen.has(sourcePath)) continue;
    seen.add(agentId).add(sourcePath);
    acceptable.push({ agentId, sourcePath });
  }
  return acceptable;
}
