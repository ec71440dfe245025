import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../../../lib/settings/index.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";

/** A temporary user home with a Clawback home in it that may not exist yet. */
export interface TestHome extends AsyncDisposable {
  readonly dir: TempDir;
  readonly home: string;
  readonly environment: Environment;
  /** Writes a file into the Clawback home (0600), making the home (0700) first. */
  write(name: string, body: string | object): Promise<void>;
}

export async function testHome(
  variables: Readonly<Record<string, string | undefined>> = {},
): Promise<TestHome> {
  const dir = await tempDir();
  const home = dir.join(".clawback");
  return {
    dir,
    home,
    environment: {
      variables: { PATH: process.env.PATH, ...variables },
      userHome: dir.path,
      hostName: "test-host.example",
      platform: "linux",
      uid: 1000,
      nodeVersion: "v24.0.0",
      cwd: dir.path,
    },
    write: async (name, body) => {
      await mkdir(home, { recursive: true, mode: 0o700 });
      const text = typeof body === "string" ? body : JSON.stringify(body);
      await writeFile(join(home, name), text, { mode: 0o600 });
      await chmod(join(home, name), 0o600);
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** The least that a settings file holds. */
export const MINIMAL: Readonly<Record<string, unknown>> = {
  version: 1,
  instance: "box",
  storages: [],
};
