import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findGateway, gatewayStopCommand, locateInstallation } from "../../lib/openclaw/index.ts";
import { startGateway } from "../helpers/gateway.ts";
import { type Installation, openInstallation } from "../helpers/installation.ts";
import { openClawEnvironment } from "../helpers/openclaw.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { answers, type Server, startServer } from "../helpers/servers.ts";
import { NODE } from "../parts/environment.ts";

const locate = ({ home }: Installation) => locateInstallation({ environment: {}, userHome: home });
const lockOf = ({ stateDir }: Installation): string =>
  `${stateDir}/tmp/openclaw-${process.getuid?.()}/gateway.state.lock`;

describeWith(["openclaw", "installation"], "a real Gateway", () => {
  test("is seen while it runs, is not disturbed by the question, and is gone when it was killed", async () => {
    await using fixture = await openInstallation();
    const found = await locate(fixture);
    expect(await findGateway(found)).toEqual({ status: "stopped" });

    await using gateway = await startGateway(fixture.home);
    const state = await findGateway(found);
    expect(state).toMatchObject({
      status: "running",
      port: gateway.port,
      evidence: "lock",
      lockPath: lockOf(fixture),
    });
    // OpenClaw may start itself again with other flags, so that the owner is not the process that the test started.
    const { pid } = JSON.parse(readFileSync(lockOf(fixture), "utf8"));
    expect(gatewayStopCommand(state)).toContain(`kill ${pid}`);
    expect((await gateway.run("gateway", "call", "health", "--json")).code).toBe(0);

    await gateway.kill();
    expect(existsSync(lockOf(fixture))).toBe(true);
    // The kernel takes a moment to close what a killed process had open.
    await expect.poll(() => findGateway(found), { timeout: 10_000 }).toEqual({ status: "stopped" });
  });
});

describeWith(["openclaw", "installation", "root"], "a Gateway in a container", () => {
  /** Its own process namespace is what hides it; the files are the same. */
  function startContained({ home, gatewayPort }: Installation): Promise<Server> {
    return startServer({
      name: "openclaw gateway in its own process namespace",
      port: gatewayPort,
      cwd: home,
      env: openClawEnvironment(home),
      command: (port) => [
        ...(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] as const),
        ...[NODE, partPath("openclaw"), "gateway", "run", "--port", String(port)],
      ],
      isReady: (port) => answers(`http://127.0.0.1:${port}/healthz`),
      startTimeoutMs: 120_000,
      stopTimeoutMs: 20_000,
    });
  }

  test("counts as running although its process is not seen, until it is gone", async () => {
    await using fixture = await openInstallation();
    const found = await locate(fixture);
    {
      await using _ = await startContained(fixture);
      const state = await findGateway(found);
      expect(state).toMatchObject({ status: "running", evidence: "foreign-lock" });
      expect(gatewayStopCommand(state)).toContain("stop the container");
    }
    expect(await findGateway(found)).toEqual({ status: "stopped" });
  });
});
