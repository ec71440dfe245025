import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import type { CommandDefinition } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/cli/index.ts";
import { clawback } from "../helpers/clawback.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { PROJECT_ROOT } from "../parts/environment.ts";

const readme = readFileSync(join(PROJECT_ROOT, "README.md"), "utf8");

/** The `clawback` lines of the README's shell blocks, in order. */
const lines = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = ""]) => block.split("\n"))
  .filter((line) => line.startsWith("clawback "))
  .map((line) => line.split(/\s+#/)[0] ?? "");

test("every clawback line of the README works as it stands, in order, on a fresh machine", async () => {
  await using user = await tempDir();
  await makeSample(user.join(".openclaw"), { files: 20 });
  const program = clawback({ userHome: user.path });
  const failed: string[] = [];
  for (const line of lines) {
    const { code, stderr } = await program.run(...line.split(" ").slice(1));
    if (code !== 0) failed.push(`${line}: exit ${code}: ${stderr}`);
  }
  expect(failed).toEqual([]);
  expect(lines.length).toBeGreaterThan(5);
});

const allCommands = (
  definitions: readonly CommandDefinition[],
  parent = "",
): [string, CommandDefinition][] =>
  definitions.flatMap((definition) => {
    const name = `${parent}${definition.usage.split(" ")[0]}`;
    return [
      [name, definition] as [string, CommandDefinition],
      ...allCommands(definition.subcommands ?? [], `${name} `),
    ];
  });

test("the README names every command", () => {
  const table = readme.slice(readme.indexOf("## Commands"), readme.indexOf("## Settings"));
  const missing = allCommands(COMMANDS)
    .map(([name]) => name.split(" ").at(-1) ?? "")
    .filter((name) => !table.includes(`\`${name}`) && !table.includes(`${name}\``));
  expect(missing).toEqual([]);
});

test("every example in the help is understood by the parser", async () => {
  await using user = await tempDir();
  await makeSample(user.join(".openclaw"), { files: 3 });
  const program = clawback({ userHome: user.path, as: "function" });
  const misunderstood: string[] = [];
  // Some name files without a directory.
  using _ = workingIn(user.path);
  for (const [, { examples = [] }] of allCommands(COMMANDS)) {
    for (const [line] of examples) {
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain ?? "",
      );
      const { stderr } = await program.run(...words);
      if (/unknown|missing required|too many|must be|not understood|internal/.test(stderr))
        misunderstood.push(`${line}: ${stderr}`);
    }
  }
  expect(misunderstood).toEqual([]);
});

function workingIn(directory: string): Disposable {
  const before = process.cwd();
  process.chdir(directory);
  return { [Symbol.dispose]: () => process.chdir(before) };
}
