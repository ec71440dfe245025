import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeSample } from "../../lib/app/sample.ts";
import { type Clawback, clawback } from "./clawback.ts";
import { initQuickRepository } from "./repository.ts";
import { type ResticRepository, resticRepository } from "./restic.ts";
import { type TempDir, tempDir } from "./temp-dir.ts";

/** What `sync --json` says. */
export interface Synced {
  readonly copied: boolean;
  readonly copyId: string;
  readonly storedBytes: number;
  readonly backup: { readonly id: string; readonly kind: string };
}

export interface UserWithTwo extends AsyncDisposable {
  readonly dir: TempDir;
  readonly program: Clawback;
  readonly env: Readonly<Record<string, string>>;
  /** The repository of the storage `other`, for the real restic. */
  readonly other: ResticRepository;
}

const PASSWORD = "correct horse";

/** A user with an installation and two directory storages, `local` and `other`. */
export async function userWithTwo(): Promise<UserWithTwo> {
  const dir = await tempDir();
  const env = { CLAWBACK_PASSWORD: PASSWORD };
  await makeSample(dir.join(".openclaw"), { files: 20 });
  const program = clawback({ userHome: dir.path, env, as: "function" });
  await program.json(["init", "--instance", "box"]);
  await initQuickRepository(dir.join(".clawback/storage/box/repository"), PASSWORD);
  const other = dir.join("other");
  await program.json(["storage", "add", "other", "--type", "directory", "--path", other]);
  return {
    dir,
    program,
    env,
    other: resticRepository(join(other, "box", "repository"), dir.join("restic-cache")),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** The flags of `sync` to the second storage. */
export const TO_OTHER: readonly string[] = ["--storage", "other"];
/** The packs of a repository, and the folders they lie in. */
export const packsOf = ({ path }: ResticRepository): string[] =>
  existsSync(join(path, "data"))
    ? readdirSync(join(path, "data"), { recursive: true, encoding: "utf8" }).sort()
    : [];
