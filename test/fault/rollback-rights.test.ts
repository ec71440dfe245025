import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { CLAWBACK_PROGRAM, clawbackEnvironment } from "../helpers/clawback.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { NODE } from "../parts/environment.ts";
import { run } from "../parts/run.ts";

const NOBODY = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];

interface Outline {
  readonly plan: {
    readonly entries: readonly { readonly change: string; readonly path: string }[];
    readonly left: readonly { readonly path: string }[];
  };
}

test.skipIf(process.getuid?.() !== 0 || !existsSync("/usr/bin/setpriv"))(
  "a rollback leaves alone what its user may not change, and does the rest (needs root)",
  async () => {
    await using user = await tempDir();
    const at = (path: string) => user.join(".openclaw", path);
    await makeSample(user.join(".openclaw"), { files: 3 });
    execFileSync("chown", ["-R", "65534:65534", user.path]);
    const env = clawbackEnvironment({ userHome: user.path });
    const clawback = async (...args: string[]): Promise<Outline> => {
      const words = [...NOBODY, NODE, CLAWBACK_PROGRAM, ...args, "--json"];
      const { code, stdout, stderr } = await run("setpriv", words, { env, cwd: user.path });
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
      return JSON.parse(stdout);
    };
    await clawback("init", "--instance", "box");
    await clawback("snapshot", "--name", "good");
    // Its owner locked himself out of two directories, which he may open again. Others are root's.
    rmSync(at("workspace/notes/1/note-1.md"));
    chmodSync(at("workspace/notes/1"), 0o500);
    chmodSync(at("workspace/notes/2"), 0o000);
    utimesSync(at("workspace/USER.md"), 1, 1);
    chownSync(at("workspace/USER.md"), 0, 0);
    mkdirSync(at("workspace/roots"));
    writeFileSync(at("workspace/roots/f"), "f");
    rmSync(at("workspace/notes/0/note-0.md"));
    chmodSync(at("workspace/notes/0"), 0o755);
    chownSync(at("workspace/notes/0"), 0, 0);

    const { plan } = await clawback("rollback", "good", "--preview");
    const shown = (path: string) => path.slice(at("workspace/").length);
    expect(plan.entries.map(({ change, path }) => `${change} ${shown(path)}`)).toEqual([
      "changed USER.md",
      "changed notes/1",
      "added notes/1/note-1.md",
      "changed notes/2",
    ]);
    expect(plan.left.map(({ path }) => shown(path))).toEqual([
      "notes/0",
      "notes/0/note-0.md",
      "notes/2/note-2.md",
      "roots/f",
    ]);
    const report = await clawback("rollback", "good", "--yes");
    expect(report).toMatchObject({ restored: { files: 2 }, adjusted: 2, refused: [] });
    expect(readFileSync(at("workspace/notes/1/note-1.md"), "utf8")).toMatch(/^# Note 1/);
    expect(statSync(at("workspace/notes/2")).mode & 0o777).toBe(0o700);
    expect(statSync(at("workspace/USER.md")).uid).toBe(65534);
    expect(existsSync(at("workspace/roots/f"))).toBe(true);
  },
);
