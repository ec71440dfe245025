import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type FakeModel, startFakeModel } from "../helpers/fake-model.ts";
import { type Gateway, startGateway } from "../helpers/gateway.ts";
import { openClawEnvironment, runOpenClaw } from "../helpers/openclaw.ts";
import { freePort } from "../helpers/servers.ts";
import { findProgram, PROJECT_ROOT } from "./environment.ts";
import type { FixtureFacts } from "./installation-facts.ts";
import { addFiles } from "./installation-files.ts";
import { runOrThrow } from "./run.ts";

const FIXTURES = join(PROJECT_ROOT, "test", "fixtures", "openclaw");
const TOKEN = "token-of-the-fixture";
const SESSIONS = {
  main: ["agent:main:first", "agent:main:second"],
  research: ["agent:research:topic"],
} as const;
const CRON_JOB = "nightly-summary";
/** The plugins need nothing from the registry; without this, npm would wait for it where it is out of reach. */
const OFFLINE = { npm_config_offline: "true", npm_config_audit: "false", npm_config_fund: "false" };

/** Makes an installation with the real OpenClaw: `<folder>/home` and `<folder>/facts.json`. Takes about a minute. */
export async function makeInstallation(folder: string): Promise<void> {
  const home = join(folder, "home");
  await mkdir(home, { mode: 0o700 });
  await using model = await startFakeModel();
  const gatewayPort = await freePort();
  await onboard(home, gatewayPort, model);
  await addFiles(home);
  await installPlugins(home, join(folder, "plugins"));
  const cronJobId = await live(home);
  for (const scrap of [".npm", ".tmp"]) {
    await rm(join(home, scrap), { recursive: true, force: true });
  }
  const facts: FixtureFacts = {
    builtAt: home,
    gatewayPort,
    modelUrl: model.url,
    gatewayToken: TOKEN,
    agents: ["main", "research"],
    sessionKeys: SESSIONS,
    cronJob: { id: cronJobId, name: CRON_JOB },
    deviceId: readDeviceId(home),
    plugins: { copied: "demo-notes", npm: "demo-dice" },
    tool: "demo_note",
  };
  await writeFile(join(folder, "facts.json"), JSON.stringify(facts, null, 2));
}

async function onboard(home: string, port: number, model: FakeModel): Promise<void> {
  const settings = {
    mode: "local",
    "auth-choice": "skip",
    "gateway-port": port,
    "gateway-bind": "loopback",
    "gateway-auth": "token",
    "gateway-token": TOKEN,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const skips = ["daemon", "health", "channels", "skills", "search", "ui", "hooks"];
  const skipFlags = skips.map((name) => `--skip-${name}`);
  await openclaw(home, "onboard", "--non-interactive", "--accept-risk", ...flags, ...skipFlags);

  const patch = join(home, "patch.json");
  await writeFile(patch, JSON.stringify(modelSettings(model)));
  await openclaw(home, "config", "patch", "--file", patch);
  await rm(patch);
  const workspace = join(home, "research");
  await openclaw(home, "agents", "add", "research", "--non-interactive", "--workspace", workspace);
}

function modelSettings(model: FakeModel): object {
  const fake = {
    api: "openai-completions",
    baseUrl: model.url,
    apiKey: "none",
    models: [{ id: "m1", name: "m1" }],
  };
  return {
    agents: { defaults: { model: { primary: "fake/m1" } } },
    models: { providers: { fake } },
    tools: { toolSearch: false },
  };
}

async function installPlugins(home: string, scratch: string): Promise<void> {
  const install = (source: string): Promise<void> =>
    openclaw(home, "plugins", "install", source, "--force", "--accept-capabilities");
  await cp(FIXTURES, scratch, { recursive: true });
  await install(join(scratch, "copied-plugin"));
  const npm = findProgram("npm") ?? "npm";
  const packing = { cwd: scratch, env: openClawEnvironment(home) };
  const { stdout } = await runOrThrow(npm, ["pack", "./npm-plugin"], packing);
  await install(`npm-pack:${join(scratch, stdout.trim())}`);
  await rm(scratch, { recursive: true });
}

/** Lets the agents work and a user add a cron job, with the Gateway running; returns the job's id. */
async function live(home: string): Promise<string> {
  await using gateway = await startGateway(home);
  const [first, second] = SESSIONS.main;
  await turn(gateway, first, "Hello");
  await turn(gateway, first, 'Please note this. USE TOOL:demo_note {"text":"buy tea"}');
  await turn(gateway, second, "Another matter");
  await turn(gateway, SESSIONS.research[0], "What is hot?");
  const when = ["--cron", "0 3 * * *", "--tz", "UTC"];
  const what = ["--session", "isolated", "--message", "Sum up the day", "--agent", "main"];
  const job = ["--name", CRON_JOB, ...when, ...what, "--no-deliver"];
  const { code, stdout, stderr } = await gateway.run("cron", "add", ...job, "--json");
  if (code !== 0) {
    throw new Error(`openclaw cron add: exit ${code}\n${stdout}\n${stderr}`);
  }
  return (JSON.parse(stdout) as { id: string }).id;
}

async function turn(gateway: Gateway, sessionKey: string, message: string): Promise<void> {
  const agent = sessionKey.split(":")[1] ?? "";
  const args = ["--agent", agent, "--session-key", sessionKey, "--message", message];
  const { code, stdout, stderr } = await gateway.run("agent", ...args, "--json");
  if (code !== 0 || !stdout.includes("All done.")) {
    throw new Error(`the turn in ${sessionKey} failed: exit ${code}\n${stdout}\n${stderr}`);
  }
}

async function openclaw(home: string, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await runOpenClaw(args, { home, env: OFFLINE });
  if (code !== 0) {
    throw new Error(`openclaw ${args.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
  }
}

function readDeviceId(home: string): string {
  const path = join(home, ".openclaw", "state", "openclaw.sqlite");
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const row = database.prepare("SELECT device_id FROM device_identities").get();
    return String(row?.device_id);
  } finally {
    database.close();
  }
}
