import { spawnSync } from "node:child_process";
import { partPath } from "./parts.ts";

/** A repository that the real restic made and works on. */
export interface ResticRepository {
  readonly path: string;
  readonly password: string;
  /** Runs restic on it and gives its standard output. @throws Error with its messages, when it fails */
  run(args: readonly string[], options?: ResticOptions): Buffer;
  /** The same, parsed. */
  json<T>(args: readonly string[], options?: ResticOptions): T;
}

export interface ResticOptions {
  /** Where relative paths of a backup begin. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Names the repository at `path` (not made yet: `run(["init"])`), with a cache of its own below `cacheDir`. */
export function resticRepository(path: string, cacheDir: string): ResticRepository {
  const password = "correct horse";
  const run: ResticRepository["run"] = (args, { cwd, env } = {}) => {
    const result = spawnSync(partPath("restic"), ["--quiet", ...args], {
      cwd,
      maxBuffer: 256 * 1024 * 1024,
      env: {
        ...process.env,
        ...{ RESTIC_REPOSITORY: path, RESTIC_PASSWORD: password, RESTIC_CACHE_DIR: cacheDir },
        ...env,
      },
    });
    if (result.status === 0) return result.stdout;
    throw new Error(`restic ${args.join(" ")}: exit ${result.status}: ${result.stderr}`);
  };
  return {
    path,
    password,
    run,
    json: (args, options) => JSON.parse(run(args, options).toString()),
  };
}
