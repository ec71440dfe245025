import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fakeClock } from "../../helpers/fake-clock.ts";
import { contentOf, machine, NOW, STAMP } from "../../helpers/restore-machine.ts";

describe("this host's gateway token", () => {
  const live = '// mine\n{ gateway: { auth: { mode: "token", token: "of this host" } } }\n';

  test("stays, in the restored config with its comments", async () => {
    await using box = await machine();
    const text =
      '{\n  // kept\n  gateway: { port: 1, auth: { mode: "token", token: "backed-up" } },\n}\n';
    writeFileSync(`${box.stateDir}/openclaw.json`, text, { mode: 0o600 });
    const source = await box.backUp();
    writeFileSync(`${box.stateDir}/openclaw.json`, live);
    await box.restore(source);
    expect(readFileSync(`${box.stateDir}/openclaw.json`, "utf8")).toBe(
      text.replace("backed-up", "of this host"),
    );
    expect(contentOf(box.stateDir)["openclaw.json"]).toMatchObject({ mode: 0o600 });
  });

  test("is replaced when that is asked for", async () => {
    await using box = await machine();
    const source = await box.backUp();
    writeFileSync(`${box.stateDir}/openclaw.json`, live);
    await box.restore(source, { overwriteGatewayToken: true });
    expect(readFileSync(`${box.stateDir}/openclaw.json`, "utf8")).toContain("backed-up");
  });

  test("is not put into what is restored elsewhere", async () => {
    await using box = await machine();
    const source = await box.backUp();
    writeFileSync(`${box.stateDir}/openclaw.json`, live);
    await box.restore(source, { target: box.join("there") });
    const restored = readFileSync(box.join("there/.openclaw/openclaw.json"), "utf8");
    expect(restored).toContain("backed-up");
    expect(existsSync(box.join("there/.openclaw/workspace/.restore-complete.json"))).toBe(false);
  });

  test("is kept also when only the config is restored, and told when it could not be", async () => {
    await using box = await machine();
    const source = await box.backUp();
    writeFileSync(`${box.stateDir}/openclaw.json`, live);
    await box.restore(source, { classes: ["config"] });
    expect(readFileSync(`${box.stateDir}/openclaw.json`, "utf8")).toContain("of this host");
    writeFileSync(`${box.stateDir}/openclaw.json`, "{ broken");
    const broken = await box.backUp();
    writeFileSync(`${box.stateDir}/openclaw.json`, live);
    const report = await box.restore(broken);
    expect(report.warnings.join()).toContain("gateway token was not kept");
  });
});

describe("the report for the agent", () => {
  test("says what was restored, from when, and where the former state is", async () => {
    await using box = await machine();
    mkdirSync(`${box.stateDir}/agents/main/agent`, { recursive: true });
    writeFileSync(`${box.stateDir}/agents/main/agent/note`, "x");
    mkdirSync(`${box.stateDir}/credentials/whatsapp/default`, { recursive: true });
    writeFileSync(`${box.stateDir}/credentials/whatsapp/default/creds.json`, "{}");
    const source = await box.backUp();
    const report = await box.restore(source, {}, { clock: fakeClock(NOW) });
    const path = `${box.stateDir}/workspace/.restore-complete.json`;
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
      schemaVersion: 1,
      restoredAt: NOW.toISOString(),
      backup: { id: source.backup?.id, source: source.label },
      agents: ["main"],
      restored: report.restored,
      reconnect: ["whatsapp"],
      preRestore: `${box.stateDir}.pre-restore-${STAMP}`,
      language: "Deutsch",
    });
    expect(report.warnings.join()).toContain("WhatsApp may refuse");
  });

  test("is not made where no workspace is restored", async () => {
    await using box = await machine();
    const source = await box.backUp();
    rmSync(`${box.stateDir}/skills`, { recursive: true });
    await box.restore(source, { classes: ["skills"] });
    expect(existsSync(`${box.stateDir}/workspace/.restore-complete.json`)).toBe(false);
  });
});
