import { readdirSync } from "node:fs";
import { validate } from "dockerfile-utils";
import { expect, test } from "vitest";
import { formatContainerFile } from "../../lib/app/machine-texts/container.ts";
import type { MachineFacts } from "../../lib/app/machine-texts/facts.ts";
import { formatUserData } from "../../lib/app/machine-texts/user-data.ts";
import type { SettingsFile } from "../../lib/settings/index.ts";
import { KUBERNETES_JOB_SCRIPT } from "../../templates/kubernetes.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { run } from "../parts/run.ts";

/** Words that mean something to shells, container files and JSON. */
const ODD = [
  `https://example.org/it's "quoted" $(touch pwned) \`touch pwned\` $HOME/x.tgz`,
  "https://example.org/a\\b\\' {{settings}} $x && touch pwned; # no comment.tgz",
  "https://example.org/'; touch pwned; '.tgz",
  "https://example.org/ünï – 空.tgz",
];

function factsWith(stateDir: string, prefix = ""): MachineFacts {
  const storage = { id: "s3", type: "s3", bucket: "b-b", prefix } as const;
  const installation = { stateDir };
  const settings: SettingsFile = {
    version: 1,
    instance: "a.b_c-1",
    storages: [storage],
    installation,
  };
  return { instance: settings.instance, storage, settings, notes: [] };
}
const userData = (spec: string, stateDir = "~/.openclaw", prefix = ""): string =>
  formatUserData(factsWith(stateDir, prefix), { osUser: "ubuntu", package: spec });

/** Instead of doing anything, says what it would. */
const REHEARSAL = `as_user() { case $1 in sh) cat ;; esac; }
install_package() { :; }
say() { printf 'SAID %s\\n' "$*"; }
home=/nowhere
configure
printf 'PACKAGE %s\\nINSTANCE %s\\n' "$package" "$instance"
restore
`;

test.each(ODD)("bash reads back %j as it is, and runs nothing of it", async (odd) => {
  await using dir = await tempDir();
  const state = `/nowhere/${odd}`;
  const text = userData(odd, state, `CLAWBACK_SETTINGS ${odd}`);
  const rehearsal = text.replace('\nmain "$@"\n', () => `\n${REHEARSAL}`).replace("\ncd /\n", "\n");
  const { code, stdout, stderr } = await run("bash", ["-c", rehearsal], { cwd: dir.path });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const settings = stdout.slice(stdout.indexOf("\n{\n"), stdout.indexOf("\n}\n") + 3);
  expect(JSON.parse(settings)).toEqual(factsWith(state, `CLAWBACK_SETTINGS ${odd}`).settings);
  expect(stdout).toContain(`\nPACKAGE ${odd}\nINSTANCE a.b_c-1\n`);
  expect(stdout).toContain(`\nSAID restored into ${state}\n`);
  expect(readdirSync(dir.path)).toEqual([]);
});

test("bash and sh find nothing to say of what we print", async () => {
  for (const [shell, text] of [
    ["bash", userData(ODD[0] ?? "")],
    ["sh", KUBERNETES_JOB_SCRIPT],
  ] as const)
    expect(await run(shell, ["-n"], { input: text })).toEqual({ code: 0, stdout: "", stderr: "" });
});

describeWith("shellcheck", "shellcheck", () => {
  test.each([
    ["user data", "bash", userData("clawback@0.1.0"), "style"],
    // That a quoted dollar stands for itself is meant.
    ["user data with odd words", "bash", userData(ODD[0] ?? "", "~/odd 'state' $dir"), "warning"],
    ["a job in Kubernetes", "sh", KUBERNETES_JOB_SCRIPT, "style"],
  ])("has nothing to say of %s", async (_, shell, input, severity) => {
    const args = ["--shell", shell, "--severity", severity, "-"];
    expect(await run(partPath("shellcheck"), args, { input })).toMatchObject({
      code: 0,
      stdout: "",
    });
  });
});

/** What Docker's own editor support would show. */
const complaints = (text: string): string[] => validate(text).map(({ message }) => String(message));

test.each([...ODD, "clawback@0.1.0", "clawback-0.1.0.tgz"])(
  "a parser of container files has nothing to say of one for %j, and reads it back",
  (spec) => {
    const text = formatContainerFile(spec);
    expect(complaints(text)).toEqual([]);
    const install = /^RUN (\["npm".*)$/m.exec(text)?.[1] ?? "";
    const isFile = !spec.includes("://") && spec.endsWith(".tgz");
    expect(JSON.parse(install).at(-1)).toBe(isFile ? `/tmp/${spec}` : spec);
    expect(text).not.toContain("{{install}}");
    expect(text).not.toMatch(/\n\n/);
  },
);

test("that parser finds what is wrong", () => {
  const text = formatContainerFile("clawback-0.1.0.tgz");
  expect(complaints(text.replace("ENTRYPOINT", "ENTRY"))).toHaveLength(1);
  expect(complaints(text.replace(/COPY .*/, "COPY x"))).toHaveLength(1);
});

test("Kubernetes' script puts the settings in place, and ends with 0 for omissions and with the code of a failure", async () => {
  for (const [code, expected] of [
    [0, 0],
    [3, 0],
    [1, 1],
    [11, 11],
  ]) {
    const prelude = `cp() { echo "cp $*"; }; mv() { echo "mv $*"; }; clawback() { echo "clawback $*"; return ${code}; }\n`;
    await using dir = await tempDir();
    const env = { PATH: "/usr/bin:/bin", CLAWBACK_HOME: dir.join("volume", "home") };
    const words = ["-c", `${prelude}${KUBERNETES_JOB_SCRIPT}`, "clawback", "snapshot"];
    const done = await run("sh", words, { env });
    expect(done).toMatchObject({ code: expected, stderr: "" });
    expect(done.stdout).toContain("clawback run snapshot --scheduled --quiet\n");
    const { stdout } = await run("stat", ["-c", "%a", env.CLAWBACK_HOME]);
    expect(stdout).toBe("700\n");
  }
});
