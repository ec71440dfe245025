import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { testWith } from "../helpers/parts.ts";
import { resticRepository } from "../helpers/restic.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { NODE, PROJECT_ROOT } from "../parts/environment.ts";
import { run } from "../parts/run.ts";

testWith(
  ["restic"],
  "the package opens a repository of restic's by the example in its documentation",
  async () => {
    await using temp = await tempDir();
    const restic = resticRepository(temp.join("restic"), temp.join("cache"));
    writeFileSync(temp.join("note.md"), "a note");
    restic.run(["init"]);
    restic.run(["backup", "note.md"], { cwd: temp.path });
    const source = readFileSync(join(PROJECT_ROOT, "lib/repository/index.ts"), "utf8");
    const [, example = ""] = /```ts\n([\s\S]*?)```/.exec(source) ?? [];
    const script = example.replaceAll(/^ \* ?/gm, "").replace("/srv/restic", restic.path);
    expect(script).toContain(restic.password);
    const args = ["--input-type=module", "--eval", script];
    const { stdout, stderr, code } = await run(NODE, args, { cwd: PROJECT_ROOT });
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(stdout).toMatch(/^\d{4}-\d{2}-\d{2}T.*\nfile note\.md\n$/);
  },
);
