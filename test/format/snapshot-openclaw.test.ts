import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { type Installation, openInstallation } from "../helpers/installation.ts";
import { runOpenClawJson } from "../helpers/openclaw.ts";
import { describeWith } from "../helpers/parts.ts";
import { contentOf } from "../helpers/restore-machine.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

describeWith(["openclaw", "installation"], "a snapshot of a real installation", () => {
  let installation: Installation;
  let scratch: TempDir;
  let program: Clawback;
  let workspace: Record<string, unknown>;

  beforeAll(async () => {
    installation = await openInstallation();
    scratch = await tempDir();
    const env = { CLAWBACK_PASSWORD: "correct horse" };
    program = clawback({ userHome: installation.home, env, as: "function" });
    await program.json(["init", "--instance", "box"]);
    workspace = contentOf(installation.workspaces.main);
    await program.json(["snapshot", "--name", "first"]);
  });
  afterAll(async () => {
    await installation[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
  });

  test("is exported as an archive that openclaw backup verify accepts", async () => {
    const file = scratch.join("exported.tar.gz");
    await program.json(["export", "first", file]);
    const { home } = installation;
    expect(await runOpenClawJson(["backup", "verify", file], { home })).toMatchObject({ ok: true });
    expect(await program.json(["verify", file])).toMatchObject({ ok: true });
  });

  test("restores in place what was lost, and OpenClaw finds its database as it needs it", async () => {
    const { home, stateDir, workspaces } = installation;
    writeFileSync(join(workspaces.main, "MEMORY.md"), "lost");
    rmSync(join(stateDir, "state"), { recursive: true });
    rmSync(workspaces.research, { recursive: true });
    await program.json(["restore", "first", "--yes"]);
    rmSync(join(workspaces.main, ".restore-complete.json"));
    expect(contentOf(workspaces.main)).toEqual(workspace);
    const global = ["database", "preflight", join(stateDir, "state", "openclaw.sqlite")];
    expect(await runOpenClawJson(global, { home })).toMatchObject({ status: "exact" });
  });
});
