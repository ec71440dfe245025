import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { onFreshMachine } from "../helpers/fresh-machine.ts";
import { createKmsKey, type KmsMachine, kmsMachine } from "../helpers/kms-machines.ts";
import { type Moto, startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";
import { createBucket } from "../helpers/s3.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

const PACKAGE = "https://example.org/it's $(here)/clawback-0.1.0.tgz";
const PRINT = ["setup", "--print", "user-data", "--os-user", "agent", "--package", PACKAGE];

describeWith(["moto", "root"], "user data", () => {
  let moto: Moto;
  let openclaw: TempDir;
  let old: KmsMachine;
  beforeAll(async () => {
    moto = await startMoto();
    openclaw = await tempDir();
    writeFileSync(openclaw.join("openclaw"), "");
    const manifest = { name: "openclaw", version: "2026.9.6" };
    writeFileSync(openclaw.join("package.json"), JSON.stringify(manifest));
    const bucket = await createBucket(moto);
    const kmsKey = await createKmsKey(moto);
    old = await kmsMachine(moto, { bucket, kmsKey, env: { PATH: openclaw.path } });
    await old.program.json(["snapshot"]);
  });
  afterAll(async () => {
    for (const each of [old, openclaw, moto]) await each?.[Symbol.asyncDispose]();
  });
  const role = () => [
    `AWS_ACCESS_KEY_ID=${moto.accessKeyId}`,
    `AWS_SECRET_ACCESS_KEY=${moto.secretAccessKey}`,
  ];

  test("a fresh machine has the agent's state as the agent's user, from nothing but its role; again, nothing changes", async () => {
    const { stdout: script, stderr } = await old.program.run(...PRINT, "--storage", "s3");
    expect(stderr).toContain("the credentials of this machine are not in it");
    expect(script).not.toContain(moto.secretAccessKey);
    const { stdout } = await onFreshMachine(script, [
      ...[`export ${role().join(" ")}`, "bash /script; echo first: $?", "cd /home/agent"],
      "stat -c '%U %a %n' .openclaw .clawback .clawback/settings.json .openclaw/openclaw.json",
      "head -1 .openclaw/workspace/MEMORY.md; find . ! -user agent; ls .config/systemd/user",
      ...["echo SECOND", "cd /", "bash /script; echo second: $?"],
      "find /home/agent -name '.openclaw.*'; stat -c 'log %a' /var/log/clawback-user-data.log",
    ]);
    const [first = "", second = ""] = stdout.split("SECOND\n");
    expect(first).toContain("first: 0");
    expect(first).toContain("agent 700 .openclaw\n");
    expect(first).toContain("agent 700 .clawback\nagent 600 .clawback/settings.json\n");
    expect(first).toContain("loginctl enable-linger agent");
    expect(first).toContain(`-- ${PACKAGE} by agent`);
    expect(first).toContain("-- openclaw@2026.9.6 by agent");
    expect(first).toContain("# Memory\nclawback-agent-archive.service");
    expect(first).toContain("openclaw-gateway.service.d");
    // The old machine may still run.
    expect(first).toContain("sudo -iu agent openclaw gateway install");
    expect(first).not.toContain("the Gateway is installed and started");
    expect(second).toContain("second: 0");
    expect(second).toContain("nothing is restored");
    expect(second).not.toMatch(/npm install|curl|\.openclaw\./);
    expect(second).toContain("log 600");
  });

  test("without a right to the bucket it stops, says where, leaves no state behind, and goes on once there is one", async () => {
    const { stdout: script } = await old.program.run(...PRINT, "--start-gateway");
    const { stdout, stderr } = await onFreshMachine(script, [
      ...["export AWS_EC2_METADATA_DISABLED=true", "bash /script; echo first: $?"],
      ...["ls -A /home/agent/.openclaw", `${role().join(" ")} bash /script; echo second: $?`],
    ]);
    expect(stdout).toContain("first: 1");
    expect(stdout).toMatch(/FAILED in line \d+; once that is mended, run this again/);
    expect(stderr).toContain("No such file or directory");
    expect(stdout).toContain("restored into /home/agent/.openclaw");
    expect(stdout).toContain("openclaw gateway install\n");
    expect(stdout).toContain("second: 0");
  });
});
