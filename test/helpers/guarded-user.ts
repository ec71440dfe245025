import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import type { Finished } from "../parts/run.ts";
import { type Clawback, clawback } from "./clawback.ts";
import type { Minio } from "./minio.ts";
import { type RunningProgram, startClawback } from "./running-program.ts";
import { type TempDir, tempDir } from "./temp-dir.ts";
import { readTree } from "./tree.ts";

/** A user with an installation and one good backup of it: what no failure may harm. */
export interface GuardedUser extends AsyncDisposable {
  readonly user: TempDir;
  readonly stateDir: string;
  /** Clawback's own directory. */
  readonly home: string;
  /** The built program. */
  readonly program: Clawback;
  /** The id of the backup that was there before anything went wrong. */
  readonly earlier: string;
  /** The same program with more in its environment. */
  withEnvironment(env: Readonly<Record<string, string>>): Clawback;
  withoutEnvironment(name: string): Clawback;
  /** The same program without waiting for its end. */
  start(...args: readonly string[]): RunningProgram;
  /**
   * Holds everything against what it was: the live tree, the backups (only `earlier`, and what is named in `backups`), which are all
   * sound, and that nothing unfinished lies in the home, beside the state directory or in a directory storage.
   */
  expectNothingLost(backups?: readonly string[]): Promise<void>;
}

export interface GuardedUserOptions {
  /** Where the user's home directory is made. */
  readonly parent?: string | undefined;
  /** In the workspace, besides the sample's own. @default 5 */
  readonly files?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Configures the storage `good`, which is the default one. @default a directory in the home */
  readonly addStorage?: ((userHome: string) => Promise<void>) | undefined;
  /** Whose multipart uploads are looked at: none may be left. */
  readonly minio?: Minio | undefined;
  /** Changes the installation before it is backed up. */
  readonly prepare?: ((stateDir: string) => void) | undefined;
}

const INSTANCE = "tester";

export async function guardedUser(options: GuardedUserOptions = {}): Promise<GuardedUser> {
  const user = await tempDir(options.parent);
  const userHome = user.path;
  const stateDir = user.join(".openclaw");
  const home = user.join(".clawback");
  await makeSample(stateDir, { files: options.files ?? 5 });
  options.prepare?.(stateDir);
  const env = { CLAWBACK_INSTANCE: INSTANCE, ...options.env };
  const here = clawback({ userHome, env, as: "function" });
  if (options.addStorage === undefined) {
    await here.json([
      "storage",
      "add",
      "good",
      "--type",
      "directory",
      "--path",
      user.join("backups"),
    ]);
  } else await options.addStorage(userHome);
  const { id: earlier } = await here.json<{ id: string }>(["create"]);
  const before = readTree(stateDir);
  return {
    user,
    stateDir,
    home,
    earlier,
    program: clawback({ userHome, env }),
    withEnvironment: (more) => clawback({ userHome, env: { ...env, ...more } }),
    withoutEnvironment: (name) => {
      const { [name]: _, ...rest } = env as Record<string, string>;
      return clawback({ userHome, env: rest });
    },
    start: (...args) => startClawback(args, { userHome, env }),
    expectNothingLost: async (more = []) => {
      expect(readTree(stateDir)).toEqual(before);
      expect(leftovers(user)).toEqual([]);
      expect(options.minio === undefined ? [] : strandedUploads(options.minio)).toEqual([]);
      await expectBackups(here, [earlier, ...more]);
    },
    [Symbol.asyncDispose]: () => user[Symbol.asyncDispose](),
  };
}

async function expectBackups(program: Clawback, expected: readonly string[]): Promise<void> {
  const { backups } = await program.json<{ backups: { id: string }[] }>([
    "list",
    "--storage",
    "good",
  ]);
  expect(backups.map(({ id }) => id).sort()).toEqual([...expected].sort());
  for (const id of expected) {
    expect(await program.json(["verify", id, "--storage", "good"])).toMatchObject({ ok: true });
  }
}

/** What is neither the installation, the settings nor a committed backup. */
function leftovers({ path }: TempDir): string[] {
  return listFiles(path)
    .map((file) => relative(path, file))
    .filter((file) => !file.startsWith(".openclaw/") && isLeftover(path, file));
}

function isLeftover(root: string, file: string): boolean {
  const folder = /^(.*\/archives\/[^/]+)\//.exec(file)?.[1];
  if (folder !== undefined && !existsSync(join(root, folder, "backup.json"))) return true;
  return /(^|\/)\.clawback-[^/]+|^\.openclaw\.|^\.clawback\/(tmp|restore)\//.test(file);
}

function listFiles(root: string): string[] {
  return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    const path = join(root, entry.name);
    if (!entry.isDirectory()) return [path];
    const inside = listFiles(path);
    return inside.length > 0 ? inside : [`${path}/`];
  });
}

/** Parts of uploads that were neither finished nor aborted: MinIO's API lists them by exact key only. */
export function strandedUploads({ dataDir }: Minio): string[] {
  const root = join(dataDir, ".minio.sys", "multipart");
  return existsSync(root) ? listFiles(root).filter((file) => !file.endsWith("/")) : [];
}

/** What a user was told of a failure. */
export interface ToldFailure {
  readonly code: number | null;
  readonly stdout: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Takes the failure from the end of what a program printed; what it told before that (progress, waits) is left out. */
export function failureOf({ code, stdout, stderr }: Finished): ToldFailure {
  const lines = stderr.split("\n");
  const at = lines.findLastIndex((line) => line.startsWith("clawback: "));
  const message =
    at === -1 ? `no message, but: ${stderr}` : (lines[at] ?? "").slice("clawback: ".length);
  const hint = at === -1 || lines[at + 1] === "" ? undefined : lines[at + 1]?.trim();
  return { code, stdout, message, hint };
}

/** What a program said on standard error besides its failure, line by line. */
export function saidBefore({ stderr }: Finished): string[] {
  const lines = stderr.split("\n").filter((line) => line !== "");
  const at = lines.findLastIndex((line) => line.startsWith("clawback: "));
  return at === -1 ? lines : lines.slice(0, at);
}
