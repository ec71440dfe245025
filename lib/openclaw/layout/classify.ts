import type { Path } from "../../filesystem/index.ts";
import type { BackupClass, Installation } from "../types.ts";
import { areaOf, CLASS_OF_AREA, layoutOf } from "./areas.ts";

/** Directories and files at the top of the state directory, by their names. */
const CLASS_OF_NAME: ReadonlyMap<string, BackupClass> = new Map([
  [".env", "credentials"],
  ["secrets.json", "credentials"],
  ["credentials", "credentials"],
  ["mcp-oauth", "credentials"],
  ["sessions", "sessions"],
  ["workspace", "workspace"],
  ["skills", "skills"],
  ["extensions", "extensions"],
  ["cron", "cron"],
  ["devices", "devices"],
  ["identity", "devices"],
  ["push", "devices"],
  ["media", "media"],
  ["delivery-queue-media", "media"],
  ["logs", "logs"],
  ["config-journal-fingerprint.key", "config"],
  ["exec-approvals.json", "config"],
]);

/** What OpenClaw keeps beside a config: `.bak`, `.bak.1`, `.last-good`, … */
const CONFIG_COPY = /^(openclaw|clawdbot)\.json(\..+)?$/;
const SIDECAR = /\.(?:sqlite3?|db)(-(?:wal|shm|journal))$/;
const AUTH_FILE = /^auth(-profiles|-state)?\.json$/;
/** In an agent's directory beside `agent/`: legacy transcripts, cold ones, and what a migration kept of them. */
const SESSION_DIRECTORY = /^(sessions|session-sqlite-.*)$/;

/**
 * To which class a path of the installation belongs. Pure, and quick enough to be asked for every file.
 *
 * What lies in a workspace is `workspace`, its databases and skills too, so that leaving out the class leaves out the directory;
 * OpenClaw's own databases are `databases` wherever they lie, and the config's files are `config`.
 *
 * @param path - Absolute and normalized, in or under one of the roots.
 */
export function classify(installation: Installation, path: Path, isDatabase: boolean): BackupClass {
  const sidecar = SIDECAR.exec(path)?.[1];
  // A database's log and lock files belong where it belongs.
  if (sidecar !== undefined) return classify(installation, path.slice(0, -sidecar.length), true);
  const layout = layoutOf(installation);
  if (layout.essentialDatabases.has(path)) return "databases";
  if (layout.configFiles.has(path)) return "config";
  const area = areaOf(layout, path);
  if (area === undefined) return "other";
  const segments = path === area.path ? [] : path.slice(area.path.length + 1).split("/");
  if (area.kind === "state") return classifyInState(segments, isDatabase);
  if (area.kind === "agent") return classifyInAgent(segments, isDatabase);
  return CLASS_OF_AREA[area.kind];
}

function classifyInState(segments: readonly string[], isDatabase: boolean): BackupClass {
  const [first = "", second, third = "", ...rest] = segments;
  if (first.startsWith("workspace-")) return "workspace";
  if (CONFIG_COPY.test(first)) return "config";
  const named = CLASS_OF_NAME.get(first);
  if (named === "workspace" || named === "extensions") return named;
  if (isDatabase) return "databases";
  if (named !== undefined) return named;
  if (first === "state") return "databases";
  if (first === "agents" && second !== undefined) {
    if (SESSION_DIRECTORY.test(third)) return "sessions";
    if (third === "agent") return classifyInAgent(rest, isDatabase);
  }
  // An installation of the time before agents had directories.
  return first === "agent" ? classifyInAgent(segments.slice(1), isDatabase) : "other";
}

function classifyInAgent(segments: readonly string[], isDatabase: boolean): BackupClass {
  if (isDatabase) return "databases";
  const [first = ""] = segments;
  if (first === "workshop-skills") return "skills";
  if (AUTH_FILE.test(first)) return "credentials";
  return "other";
}
