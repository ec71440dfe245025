import { posix } from "node:path";
import { listDirectory, type Path, readTextIfExists } from "../../filesystem/index.ts";
import { isConfigObject, parseConfigText, textAt, valueAt } from "../config/index.ts";
import type { Installation } from "../types.ts";

/** A plugin whose code, or whose dependencies, are not captured. */
export interface MissingPlugin {
  readonly name: string;
  readonly version: string;
  readonly path: Path;
}

const MAX_PLUGINS = 500;
const MAX_PACKAGE_BYTES = 1024 * 1024;

/** Plugins that npm installed below `npm/projects`, none of whose code is captured. */
export function npmPlugins({ stateDir }: Installation): readonly MissingPlugin[] {
  const projects = posix.join(stateDir, "npm", "projects");
  return list(projects)
    .flatMap((project) => {
      const path = posix.join(projects, project);
      const wanted = valueAt(readPackage(path), ["dependencies"]);
      const names = isConfigObject(wanted) ? Object.keys(wanted) : [];
      return names.map((name) => ({
        name,
        version: installedVersion(path, name) ?? textAt(wanted, [name]) ?? "unknown",
        path,
      }));
    })
    .slice(0, MAX_PLUGINS);
}

/** Plugins in `extensions` that need packages of npm: their own code is captured, those packages are not. */
export function pluginsWithDependencies({ stateDir }: Installation): readonly MissingPlugin[] {
  const extensions = posix.join(stateDir, "extensions");
  return list(extensions)
    .map((id) => ({ id, path: posix.join(extensions, id) }))
    .map(({ id, path }) => ({ id, path, manifest: readPackage(path) }))
    .filter(({ manifest }) => {
      const wanted = valueAt(manifest, ["dependencies"]);
      return isConfigObject(wanted) && Object.keys(wanted).length > 0;
    })
    .map(({ id, path, manifest }) => ({
      name: textAt(manifest, ["name"]) ?? id,
      version: textAt(manifest, ["version"]) ?? "unknown",
      path,
    }))
    .slice(0, MAX_PLUGINS);
}

function installedVersion(project: Path, name: string): string | undefined {
  // A package's name may hold a scope, and nothing else that leads elsewhere.
  if (!/^(@[\w.-]+\/)?[\w.-]+$/.test(name) || name.split("/").includes("..")) return undefined;
  return textAt(readPackage(posix.join(project, "node_modules", name)), ["version"]);
}

function readPackage(directory: Path): unknown {
  try {
    const text = readTextIfExists(posix.join(directory, "package.json"), MAX_PACKAGE_BYTES);
    return text === undefined ? undefined : parseConfigText(text);
  } catch {
    return undefined;
  }
}

function list(directory: Path): readonly Path[] {
  try {
    return (listDirectory(directory) ?? []).slice(0, MAX_PLUGINS);
  } catch {
    return [];
  }
}
