import { archiveRootName, type ManifestInput } from "../archive/index.ts";
import { isSameOrInside } from "../filesystem/index.ts";
import type { Installation } from "../openclaw/index.ts";
import { recordScope } from "./scope.ts";
import type { CreateArchiveOptions } from "./types.ts";

/** What an archive says of itself: to OpenClaw in its own words, to us in the `clawback` object. */
export function manifestOf(options: CreateArchiveOptions): ManifestInput {
  const { capture, host, now, openclaw } = options;
  const { installation, scope } = capture;
  return {
    archiveRoot: archiveRootName(now),
    createdAt: now,
    runtimeVersion: openclaw.version,
    platform: host.platform,
    nodeVersion: host.nodeVersion,
    includeWorkspace: scope.includeWorkspace && scope.classes.includes("workspace"),
    onlyConfig: scope.onlyConfig,
    paths: pathsOf(installation),
    assets: assetsOf(installation),
    skipped: coveredPaths(installation),
    clawback: {
      version: options.clawbackVersion,
      id: options.id,
      instance: options.instance,
      name: options.name ?? null,
      tags: options.tags ?? [],
      scope: recordScope(capture),
      openclaw,
      host: { name: host.name, platform: host.platform },
    },
  };
}

/** Where the parts of an installation are, in OpenClaw's words. */
export function pathsOf(installation: Installation): ManifestInput["paths"] {
  return {
    stateDir: installation.stateDir,
    configPath: installation.configPath,
    oauthDir: installation.credentialsDir,
    workspaceDirs: installation.workspaces,
    agentRoots: installation.agents.map(({ agentId, agentDir }) => ({
      agentId,
      sourcePath: agentDir,
    })),
  };
}

export function assetsOf({ roots }: Installation): ManifestInput["assets"] {
  return roots.map(({ kind, path }) => ({ kind, sourcePath: path }));
}

/** Parts that OpenClaw lists on their own and that lie in a root already. */
function coveredPaths({
  stateDir,
  configPath,
  credentialsDir,
  workspaces,
}: Installation): ManifestInput["skipped"] {
  return [
    { kind: "config", sourcePath: configPath },
    { kind: "credentials", sourcePath: credentialsDir },
    ...workspaces.map((path) => ({ kind: "workspace", sourcePath: path })),
  ]
    .filter(({ sourcePath }) => isSameOrInside(sourcePath, stateDir))
    .map((part) => ({ ...part, reason: "covered" }));
}
