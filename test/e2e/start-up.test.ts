import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { CLAWBACK_PROGRAM, clawback, clawbackEnvironment } from "../helpers/clawback.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { NODE } from "../parts/environment.ts";
import { run } from "../parts/run.ts";

test("help imports no SDK and nothing else that is slow to load", async () => {
  await using user = await tempDir();
  const env = { ...clawbackEnvironment({ userHome: user.path }), NODE_DEBUG: "module,esm" };
  const { stderr, code } = await run(NODE, [CLAWBACK_PROGRAM, "--help"], { env });
  expect(code).toBe(0);
  for (const slow of ["@aws-sdk", "openpgp", "archiver", "inquirer"])
    expect(stderr).not.toContain(slow);
});

test("create --output - writes the archive, and nothing else, to standard output", async () => {
  await using user = await tempDir();
  await makeSample(user.join(".openclaw"), { files: 5 });
  const script = `"${NODE}" "${CLAWBACK_PROGRAM}" create --output - > "${user.join("out.tar.gz")}"`;
  const env = clawbackEnvironment({ userHome: user.path });
  const { code, stderr } = await run("sh", ["-c", script], { env });
  expect(code).toBe(0);
  expect(stderr).toMatch(/files/);
  expect([...readFileSync(user.join("out.tar.gz")).subarray(0, 2)]).toEqual([0x1f, 0x8b]);
  expect(
    await clawback({ userHome: user.path }).json(["verify", user.join("out.tar.gz")]),
  ).toMatchObject({ ok: true });
});

test("a reader that goes away ends create quietly", async () => {
  await using user = await tempDir();
  await makeSample(user.join(".openclaw"), { files: 500 });
  const script = `"${NODE}" "${CLAWBACK_PROGRAM}" create --output - | head -c 100 > /dev/null; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await run("bash", ["-c", script], {
    env: clawbackEnvironment({ userHome: user.path }),
  });
  expect(Number(stdout)).toBeGreaterThan(0);
  expect(stderr).not.toMatch(/unhandled|at file:/i);
});
