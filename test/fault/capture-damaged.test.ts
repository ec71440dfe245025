import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { createArchive } from "../../lib/backup/index.ts";
import { createBackupId, systemClock } from "../../lib/base/index.ts";
import { locateInstallation } from "../../lib/openclaw/index.ts";
import { openInstallation } from "../helpers/installation.ts";
import { runOpenClawJson } from "../helpers/openclaw.ts";
import { testWith } from "../helpers/parts.ts";
import { captureOptions } from "../helpers/plain-installation.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const AGENT = "agents/main/agent/openclaw-agent.sqlite";
const GLOBAL = "state/openclaw.sqlite";

/** Overwrites the second half of a database, and takes its log away. */
function spoil(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0x5a, Math.floor(bytes.length / 2));
  writeFileSync(path, bytes);
  for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
}

testWith(
  ["openclaw", "installation"],
  "OpenClaw verifies an archive of an installation whose databases are damaged, because they stand apart in it",
  async () => {
    await using installation = await openInstallation();
    await using base = await tempDir();
    mkdirSync(base.join("tmp"));
    const { stateDir, home } = installation;
    for (const database of [AGENT, GLOBAL]) spoil(join(stateDir, database));
    const located = await locateInstallation({ stateDir, environment: {}, userHome: home });
    const now = systemClock.now();
    const path = base.join("degraded.tar.gz");
    const report = await createArchive({
      id: createBackupId(now),
      instance: "damaged",
      now,
      destination: { type: "file", path },
      capture: captureOptions(located, base.join("tmp")),
      openclaw: { version: "unknown", schemaVersions: {} },
      host: { name: "box", platform: process.platform, nodeVersion: process.version },
      clawbackVersion: "0",
    });
    expect(report.degraded).toBe(true);
    expect(report.omissions.map((omission) => [omission.path, omission.reason])).toEqual([
      [join(stateDir, AGENT), "damaged"],
      [join(stateDir, GLOBAL), "damaged"],
    ]);
    const verified = await runOpenClawJson(["backup", "verify", path], { home });
    expect(verified).toMatchObject({ ok: true });
  },
);
