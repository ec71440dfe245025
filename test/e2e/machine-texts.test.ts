import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clawback } from "../helpers/clawback.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const ARN = "arn:aws:kms:eu-central-1:111122223333:key/abc";
const ANSWERS = ["--region", "eu-central-1", "--account", "111122223333", "--instance", "agent"];

test.each([
  [["user-data", ...ANSWERS, "--key", ARN], /--package: what npm install takes/],
  [
    ["user-data", ...ANSWERS, "--package", "x", "--os-user", "a"],
    /ARN of the new key is not known/,
  ],
  [["user-data", "--package", "x"], /not known where the backups are/],
  [["container"], /--package is missing/],
  [["kubernetes", ...ANSWERS, "--key", "none"], /--image is missing/],
  [["kubernetes", ...ANSWERS, "--key", "none", "--image", "a b"], /no name that Kubernetes takes/],
  [
    ["kubernetes", ...ANSWERS, "--key", "none", "--image", "a", "--claim", "B"],
    /no name that Kubernetes takes/,
  ],
])("setup --print %j says what is missing, and prints nothing", async (words, reason) => {
  await using user = await tempDir();
  const program = clawback({ userHome: user.path, as: "function" });
  const { code, stdout, stderr } = await program.run("setup", "--print", ...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(reason);
});

test("answers are enough, without credentials: the settings in the text are those of the answers", async () => {
  await using user = await tempDir();
  const program = clawback({ userHome: user.path, as: "function" });
  const wanted = [
    "setup",
    ...ANSWERS,
    "--key",
    ARN,
    "--snapshots",
    "daily",
    "--state-dir",
    "~/my agent",
  ];
  const machine = ["--package", "clawback@0.1.0", "--os-user", "ubuntu", "--print", "user-data"];
  const { code, stdout, stderr } = await program.run(...wanted, ...machine);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [, settings = ""] =
    /<<'CLAWBACK_SETTINGS'\n([\s\S]*)\nCLAWBACK_SETTINGS\n/.exec(stdout) ?? [];
  expect(JSON.parse(settings)).toMatchObject({
    instance: "agent",
    storages: [
      {
        bucket: "clawback-111122223333-eu-central-1-an",
        kmsKey: ARN,
        sse: "kms",
        expectedBucketOwner: "111122223333",
      },
    ],
    jobs: { snapshot: { at: "daily" } },
  });
  const again = await program.json<{ text: string; notes: string[] }>([...wanted, ...machine]);
  expect(again).toMatchObject({ format: "user-data", text: stdout, notes: [] });
});

test("of a home that is set up, its settings go along, without credentials, notices and paths of this machine", async () => {
  await using user = await tempDir();
  const program = clawback({ userHome: user.path, as: "function" });
  writeFileSync(user.join("secret"), "s3cr3t-key", { mode: 0o600 });
  await program.json(["init", "--instance", "box"]);
  await program.json([
    ...["storage", "add", "far", "--type", "s3", "--preset", "aws", "--region", "eu-central-1"],
    ...["--bucket", "b-b", "--access-key-id", "AKIAEXAMPLE", "--default"],
    ...["--secret-access-key-file", user.join("secret")],
  ]);
  const path = user.join(".clawback/settings.json");
  const file = JSON.parse(readFileSync(path, "utf8"));
  const notify = { channels: [{ id: "phone", type: "ntfy", events: ["failure"] }] };
  const more = { retention: { snapshots: { last: 9 } }, notify };
  writeFileSync(path, JSON.stringify({ ...file, ...more }));
  const printed = await program.run("setup", "--print", "kubernetes", "--image", "clawback:1");
  expect(printed.code).toBe(0);
  expect(printed.stderr).toContain("no KMS key wraps the password");
  expect(printed.stdout).not.toMatch(/AKIAEXAMPLE|s3cr3t|ntfy/);
  const [config] = JSON.parse(printed.stdout).items;
  expect(JSON.parse(config.data["settings.json"])).toMatchObject({
    storages: [{ id: "far", bucket: "b-b" }],
    defaultStorage: "far",
    retention: { snapshots: { last: 9 } },
  });
  const local = await program.run(
    ...["setup", "--print", "kubernetes", "--image", "clawback:1", "--storage", "local"],
  );
  expect(local.stderr).toContain("has to be mounted there");
});
