import { readFileSync, writeFileSync } from "node:fs";
import { makeSample } from "../../lib/app/sample.ts";
import { type Clawback, clawback } from "./clawback.ts";
import { type TempDir, tempDir } from "./temp-dir.ts";

/** A user with an installation, a home and a password. */
export interface JobUser extends AsyncDisposable {
  readonly dir: TempDir;
  readonly program: Clawback;
  /** Changes the settings file. */
  configure(fields: object): void;
}

/** What `run --json` answers. */
export interface RunAnswer {
  readonly run: { readonly result: string; readonly facts: Record<string, unknown> };
}

export async function jobUser(): Promise<JobUser> {
  const dir = await tempDir();
  await makeSample(dir.join(".openclaw"), { files: 5 });
  const env = { CLAWBACK_PASSWORD: "correct horse" };
  const program = clawback({ userHome: dir.path, env, as: "function" });
  await program.json(["init", "--instance", "box"]);
  const path = dir.join(".clawback/settings.json");
  const configure = (fields: object) =>
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...fields }));
  return { dir, program, configure, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}
