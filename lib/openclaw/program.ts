import { posix } from "node:path";
import { type Path, readTextIfExists, realPath } from "../filesystem/index.ts";
import { parseConfigText, textAt, valueAt } from "./config/index.ts";
import type { OpenClawProgram } from "./types.ts";

const MAX_PACKAGE_BYTES = 4 * 1024 * 1024;
/** `openclaw/dist/entry.js`, `openclaw/bin/…`: never far below the package. */
const MAX_PARENTS = 4;

/**
 * The `openclaw` that a shell would find on PATH, as far as its package tells; undefined when there is none. Starts nothing.
 *
 * Follows links, and the small start scripts that package managers write in their place.
 *
 * @param environment - Only `PATH` is used.
 */
export async function readOpenClawProgram(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<OpenClawProgram | undefined> {
  for (const directory of (environment.PATH ?? "").split(":")) {
    if (!directory.startsWith("/")) continue;
    const program = attempt(() => realPath(posix.join(directory, "openclaw")));
    const found = program === undefined ? undefined : readProgram(program);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readProgram(program: Path): OpenClawProgram | undefined {
  const own = readPackageAbove(program);
  if (own !== undefined) return own;
  const script = attempt(() => readTextIfExists(program, 64 * 1024)) ?? "";
  if (!script.startsWith("#!")) return undefined;
  for (const [, target = ""] of script.matchAll(/["'\s]([^"'\s]*\/[^"'\s]*\.m?js)["'\s]/g)) {
    const path = target.replace(/^\$\{?basedir\}?/, posix.dirname(program));
    const real = path.startsWith("/") ? attempt(() => realPath(path)) : undefined;
    const found = real === undefined ? undefined : readPackageAbove(real);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readPackageAbove(file: Path): OpenClawProgram | undefined {
  let directory = posix.dirname(file);
  for (let n = 0; n < MAX_PARENTS; n++, directory = posix.dirname(directory)) {
    const manifest = attempt(() => readManifest(directory));
    const version = textAt(manifest, ["version"]);
    if (textAt(manifest, ["name"]) !== "openclaw" || version === undefined) continue;
    const schemas = valueAt(manifest, ["openclaw", "schemaVersions"]);
    return {
      version,
      schemaVersions: {
        state: schemaVersion(schemas, "state"),
        agent: schemaVersion(schemas, "agent"),
      },
      packageDir: directory,
    };
  }
  return undefined;
}

function readManifest(directory: Path): unknown {
  const text = readTextIfExists(posix.join(directory, "package.json"), MAX_PACKAGE_BYTES);
  return text === undefined ? undefined : parseConfigText(text);
}

function schemaVersion(schemas: unknown, name: string): number | undefined {
  const version = valueAt(schemas, [name]);
  return typeof version === "number" && Number.isInteger(version) ? version : undefined;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
