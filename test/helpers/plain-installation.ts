import { posix } from "node:path";
import {
  type Capture,
  type CaptureEntry,
  type CaptureOptions,
  DEFAULT_SCOPE,
  type ExcludeFile,
  type RuleFlags,
  resolveRules,
} from "../../lib/capture/index.ts";
import type { Installation } from "../../lib/openclaw/index.ts";

/** An installation whose one root is a state directory with one agent; nothing is looked up. */
export function plainInstallation(
  stateDir: string,
  overrides: Partial<Installation> = {},
): Installation {
  const agentDir = posix.join(stateDir, "agents/main/agent");
  const workspace = posix.join(stateDir, "workspace");
  const configPath = posix.join(stateDir, "openclaw.json");
  return {
    stateDir,
    configPath,
    configFiles: [configPath],
    configStatus: "ok",
    credentialsDir: posix.join(stateDir, "credentials"),
    agents: [{ agentId: "main", agentDir, workspace }],
    workspaces: [workspace],
    roots: [{ kind: "state", path: stateDir }],
    notes: [],
    uncovered: [],
    essentialDatabases: [
      posix.join(stateDir, "state/openclaw.sqlite"),
      posix.join(agentDir, "openclaw-agent.sqlite"),
    ],
    ...overrides,
  };
}

/** An `exclude.json` without a rule. */
export const NO_RULES: ExcludeFile = {
  excluded_extensions: [],
  excluded_folders: [],
  excluded_files: [],
  patterns: [],
  include: [],
  CACHEDIR_TAG: false,
  one_file_system: false,
};

export interface CaptureSetting extends Partial<Omit<CaptureOptions, "rules">> {
  readonly file?: Partial<ExcludeFile> | undefined;
  readonly flags?: RuleFlags | undefined;
}

/** Options to capture everything of an installation, with what a test changes. */
export function captureOptions(
  installation: Installation,
  temporaryDirectory: string,
  { file, flags, ...overrides }: CaptureSetting = {},
): CaptureOptions {
  return {
    installation,
    temporaryDirectory,
    scope: DEFAULT_SCOPE,
    rules: resolveRules({ ...NO_RULES, ...file }, flags),
    ownPaths: [temporaryDirectory],
    ...overrides,
  };
}

/** One entry with its content read, as a consumer of the stream would have it. */
export interface CollectedEntry {
  readonly type: CaptureEntry["type"];
  /** Relative to the state directory where it lies inside. */
  readonly path: string;
  readonly entry: CaptureEntry;
  /** Cut and filled with zeros to the announced size, as a writer does. */
  readonly content: Buffer | undefined;
  readonly isOmitted: boolean;
}

export interface CollectOptions {
  readonly stateDir: string;
  /** Called before an entry's content is read, and between its pieces. */
  readonly onPiece?: ((path: string, piece: number) => void | Promise<void>) | undefined;
}

/** Reads a capture to its end, each content before the next entry. */
export async function collect(
  capture: Capture,
  options: CollectOptions,
): Promise<CollectedEntry[]> {
  const collected: CollectedEntry[] = [];
  for await (const entry of capture) {
    const absolute = entry.type === "omission" ? entry.omission.path : entry.path;
    const path = posix.relative(options.stateDir, absolute);
    const content = entry.type === "file" ? await read(entry, path, options) : undefined;
    const isOmitted = entry.type === "file" && entry.settle?.() !== undefined;
    collected.push({ type: entry.type, path, entry, content, isOmitted });
  }
  return collected;
}

async function read(
  entry: Extract<CaptureEntry, { type: "file" }>,
  path: string,
  { onPiece }: CollectOptions,
): Promise<Buffer> {
  if (entry.content instanceof Uint8Array) return Buffer.from(entry.content);
  const pieces: Uint8Array[] = [];
  await onPiece?.(path, 0);
  for await (const piece of entry.content) {
    pieces.push(Buffer.from(piece));
    await onPiece?.(path, pieces.length);
  }
  const whole = Buffer.alloc(entry.sizeBytes);
  Buffer.concat(pieces).copy(whole);
  return whole;
}

/** `type path` of each entry, in order. */
export function outline(collected: readonly CollectedEntry[]): string[] {
  return collected.map(({ type, path }) => `${type} ${path}`);
}
