import { type FileType, isSameOrInside, type Path } from "../../filesystem/index.ts";
import type { Installation, Regenerable } from "../types.ts";
import { areaOf, type Layout, layoutOf } from "./areas.ts";

/** Directories of the state directory that OpenClaw fills again by itself or by installing again. */
const REGENERABLE_DIRECTORIES: ReadonlySet<string> = new Set([
  "tmp",
  "plugin-skills",
  "npm",
  "npm-runtime",
  "git",
  "dev",
  "tools",
  "cache/control-ui-assets",
  "sandbox/skills-workspaces",
]);

const AGENT_DIRECTORY = /^agents\/[^/]+\/agent\//;

/** Coordination files and half-made copies that OpenClaw leaves beside its databases. */
const TRANSIENT_DATABASE =
  /\.sqlite\.(generation-lock\.sqlite|generation-writer\.sqlite|reindex-lock\.sqlite|(backup|memory-reindex|tmp)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(-wal|-shm|-journal)?$/;
/** Chromium takes a profile for in use, on any machine, while these are there. */
const BROWSER_LOCK = /^browser\/[^/]+\/user-data\/Singleton(Cookie|Lock|Socket)$/;
/** Messages waiting to be sent, as older versions kept them: sent again after a restore, they would reach people twice. */
const QUEUED_MESSAGE = /^(delivery-queue|session-delivery-queue)\/.*\.(json|delivered|tmp)$/;

/** Private copies made by OpenClaw's updater; it refuses to let them into any backup. */
const UPDATE_CAPTURES_SUFFIX = ".update-captures";
/** A directory that holds a file of this name is such a copy; a path alone cannot tell. */
export const UPDATE_CAPTURE_MARKER = ".openclaw-private-update-capture";

/**
 * The rule by which something can be made again and is not captured. Asked for a directory, the answer holds for all below it;
 * asked for something below, it is the same as for the directory. Pure and quick.
 *
 * Never true for the config, credentials, workspaces, agents' directories or what they lie in; and in a workspace a name alone
 * condemns nothing but a directory `node_modules`.
 *
 * @param path - Absolute and normalized, in or under one of the roots.
 */
export function regenerableRule(
  installation: Installation,
  path: Path,
  type: FileType,
): Regenerable | undefined {
  const layout = layoutOf(installation);
  const rule = ruleFor(layout, path, type);
  if (rule === undefined) return undefined;
  return layout.protectedPaths.some((kept) => isSameOrInside(kept, path)) ? undefined : { rule };
}

function ruleFor(layout: Layout, path: Path, type: FileType): string | undefined {
  if (type === "socket") return "sockets";
  if (isSameOrInside(path, `${layout.stateDir}${UPDATE_CAPTURES_SUFFIX}`)) return "update captures";
  const area = areaOf(layout, path);
  if (area === undefined || path === area.path) return undefined;
  const entry: Entry = { relative: path.slice(area.path.length + 1), type };
  if (isInDirectory(entry, (name) => name === "node_modules")) return "node_modules";
  if (area.kind === "state") return ruleInState(entry);
  return area.kind === "agent" ? ruleInAgent(layout, area.path, entry) : undefined;
}

interface Entry {
  /** Below its area, `/` between segments. */
  readonly relative: string;
  readonly type: FileType;
}

function ruleInState(entry: Entry): string | undefined {
  const { relative, type } = entry;
  const [first = "", second] = relative.split("/", 2);
  for (const directory of second === undefined ? [first] : [first, `${first}/${second}`]) {
    const isLink = relative === directory && type !== "dir";
    if (REGENERABLE_DIRECTORIES.has(directory) && !isLink) return directory;
  }
  if (AGENT_DIRECTORY.test(relative) && isInDirectory(entry, isTemporary)) return "agent tmp";
  if (BROWSER_LOCK.test(relative)) return "browser locks";
  if (type !== "file") return undefined;
  if (QUEUED_MESSAGE.test(relative)) return "delivery queue";
  if (/^[^/]+\.pid$/.test(relative)) return "pid files";
  return ruleForFile(relative);
}

function ruleInAgent(layout: Layout, agentDir: Path, entry: Entry): string | undefined {
  const isStandard = layout.standardAgentDirs.includes(agentDir);
  if (isStandard && isInDirectory(entry, isTemporary)) return "agent tmp";
  return entry.type === "file" ? ruleForFile(entry.relative) : undefined;
}

function ruleForFile(relative: string): string | undefined {
  if (TRANSIENT_DATABASE.test(relative)) return "database locks";
  return relative.endsWith(UPDATE_CAPTURE_MARKER) ? "update captures" : undefined;
}

function isTemporary(name: string): boolean {
  return name === "tmp" || name === ".tmp";
}

/** Whether an entry is, or lies in, a directory of that name. A link or file of the name is not meant. */
function isInDirectory({ relative, type }: Entry, isMeant: (name: string) => boolean): boolean {
  const names = relative.split("/");
  return names.some((name, index) => isMeant(name) && (index < names.length - 1 || type === "dir"));
}
