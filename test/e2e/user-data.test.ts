import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { onFreshMachine } from "../helpers/fresh-machine.ts";
import { createKmsKey, kmsMachine } from "../helpers/kms-machines.ts";
import { startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";
import { createBucket } from "../helpers/s3.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const PACKAGE = "https://example.org/it's $(here)/clawback-0.1.0.tgz";
const PRINT = ["setup", "--print", "user-data", "--os-user", "agent", "--package", PACKAGE];

describeWith(["moto", "root"], "user data", () => {
  test("a fresh machine stops without a right, then has the agent's state as the agent's user, then changes nothing", async () => {
    await using moto = await startMoto();
    await using openclaw = await tempDir();
    writeFileSync(openclaw.join("openclaw"), "");
    const manifest = { name: "openclaw", version: "2026.9.6" };
    writeFileSync(openclaw.join("package.json"), JSON.stringify(manifest));
    const bucket = await createBucket(moto);
    const kmsKey = await createKmsKey(moto);
    await using old = await kmsMachine(moto, { bucket, kmsKey, env: { PATH: openclaw.path } });
    await old.program.json(["snapshot"]);
    const { stdout: script, stderr } = await old.program.run(...PRINT);
    expect(stderr).toContain("the credentials of this machine are not in it");
    expect(script).not.toContain(moto.secretAccessKey);

    const { accessKeyId, secretAccessKey } = moto;
    const { stdout } = await onFreshMachine(script, [
      "AWS_EC2_METADATA_DISABLED=true bash /script; echo ended: $?; ls /home/agent/.openclaw 2>&1",
      ...["echo NEXT", "cd /home/agent"],
      `export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
      ...["bash /script; echo ended: $?"],
      "stat -c '%U %a %n' .openclaw .clawback .clawback/settings.json .openclaw/openclaw.json",
      "head -1 .openclaw/workspace/MEMORY.md; find . ! -user agent; ls .config/systemd/user",
      ...["echo NEXT", "cd /", "bash /script; echo ended: $?"],
      "find /home/agent -name '.openclaw.*'; stat -c 'log %a' /var/log/clawback-user-data.log",
    ]);
    const [refused = "", restored = "", again = ""] = stdout.split("NEXT\n");
    expect(refused).toContain("ended: 1");
    expect(refused).toMatch(/FAILED in line \d+; once that is mended, run this again/);
    expect(refused).toContain("loginctl enable-linger agent");
    expect(refused).toContain(`-- ${PACKAGE} by agent`);
    expect(refused).toContain("No such file or directory");

    expect(restored).toContain("ended: 0");
    expect(restored).toContain("agent 700 .openclaw\n");
    expect(restored).toContain("agent 700 .clawback\nagent 600 .clawback/settings.json\n");
    expect(restored).toContain("-- openclaw@2026.9.6 by agent");
    expect(restored).toContain("# Memory\nclawback-agent-archive.service");
    expect(restored).toContain("openclaw-gateway.service.d");
    // The old machine may still run.
    expect(restored).toContain("sudo -iu agent openclaw gateway install");
    expect(restored).not.toContain("the Gateway is installed and started");

    expect(again).toContain("ended: 0");
    expect(again).toContain("nothing is restored");
    expect(again).not.toMatch(/npm install|curl|\.openclaw\./);
    expect(again).toContain("log 600");
  });
});
