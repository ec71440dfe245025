import { existsSync, readdirSync, readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { type Moto, startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";
import { KEYS, openPty, type PtySession } from "../helpers/pty.ts";
import { s3Client } from "../helpers/s3.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

/** A question as it shows, and the keys that answer it. */
type Step = readonly [shows: string | RegExp, keys: string];

const { enter, down, interrupt } = KEYS;
const COLUMNS = 80;
const CANCELLED = 130;

async function take(terminal: PtySession, steps: readonly Step[]): Promise<void> {
  for (const [shows, keys] of steps) {
    await terminal.waitFor(shows);
    terminal.type(keys);
  }
}

describeWith("python3", "the wizard", () => {
  let user: TempDir;
  beforeAll(async () => {
    user = await tempDir();
    await makeSample(user.join(".openclaw"), { files: 3 });
  });
  afterAll(() => user[Symbol.asyncDispose]());
  const open = (args: readonly string[] = [], env: Record<string, string> = {}) =>
    openPty(["setup", ...args], { userHome: user.path, columns: COLUMNS, env });

  const toDisk = (): Step[] => [
    [/Which installation\?[\s\S]*select/, enter],
    [/Where to store backups\?[\s\S]*select/, down + down + enter],
    ["Which directory?", `${user.join("disk")}${enter}`],
    ["Name of this instance:", `box${enter}`],
    [/What does this agent do\?[\s\S]*select/, enter],
    [/How often\?[\s\S]*select/, enter],
    [/What to keep\?[\s\S]*select/, down + enter],
    [/What starts the jobs\?[\s\S]*select/, down + down + down + enter],
    [/Is this right\?[\s\S]*select/, enter],
    ["Type yes to go on:", `yes${enter}`],
  ];

  test("Ctrl-C at any question leaves nothing behind", async () => {
    const steps = toDisk();
    const stops = steps.map(async ([shows], at) => {
      await using terminal = open();
      await take(terminal, [...steps.slice(0, at), [shows, interrupt]]);
      await terminal.waitFor("nothing was changed");
      expect({ at, code: await terminal.ended() }).toEqual({ at, code: CANCELLED });
    });
    for (const stop of stops) await stop;
    expect(existsSync(user.join(".clawback"))).toBe(false);
    expect(readdirSync(user.path)).toEqual([".openclaw"]);
  });

  test("answers that cannot be are asked for again with the reason, back goes back, and each can be changed at the end", async () => {
    await using terminal = open();
    const [installation, place, , instance, ...rest] = toDisk() as [Step, Step, Step, Step];
    await take(terminal, [
      installation,
      place,
      ["Which directory?", `relative${enter}`],
      ["write it from / on", `<${enter}`],
      // The question before, and from there another kind of place and back again.
      [/Where to store backups\?[\s\S]*select/, down + enter],
      [/Which service\?[\s\S]*select/, `${"\u001b[A"}${enter}`],
      place,
      ["Which directory?", `${user.join("disk")}${enter}`],
      ["Name of this instance:", `a/b${enter}`],
      ["1 to 64 letters", `wrong${enter}`],
      ...(rest.slice(0, 4) as Step[]),
      [/Is this right\?[\s\S]*select/, down.repeat(5) + enter],
      instance,
      [/Instance +box[\s\S]*Is this right\?[\s\S]*select/, enter],
      ["Type yes to go on:", `yes${enter}`],
    ]);
    await terminal.waitFor("verified, it can be restored");
    expect(await terminal.ended()).toBe(0);
    const settings = JSON.parse(readFileSync(user.join(".clawback/settings.json"), "utf8"));
    expect(settings).toMatchObject({
      instance: "box",
      storages: [{ id: "disk", type: "directory", path: user.join("disk") }],
      retention: { archives: "keep-30", snapshots: "keep-30" },
    });
    const lines = terminal
      .raw()
      .replaceAll("\u001b[G", "\n")
      .split(/[\r\n]+/);
    const long = lines.map(stripVTControlCharacters).filter((line) => line.length > COLUMNS);
    // What a command says on its way is no question.
    expect(long.filter((line) => !line.startsWith("warning: "))).toEqual([]);
  });
});

describeWith(["python3", "moto"], "the wizard on AWS", () => {
  let moto: Moto;
  let user: TempDir;
  beforeAll(async () => {
    moto = await startMoto();
    user = await tempDir();
    await makeSample(user.join(".openclaw"), { files: 3 });
  });
  afterAll(async () => {
    await moto[Symbol.asyncDispose]();
    await user[Symbol.asyncDispose]();
  });
  const open = (awsEndpoint: string) =>
    openPty(
      [
        "setup",
        "--ask",
        "--endpoint",
        moto.endpoint,
        "--aws-endpoint",
        awsEndpoint,
        "--no-first-backup",
      ],
      {
        userHome: user.path,
        columns: COLUMNS,
        env: { AWS_ACCESS_KEY_ID: moto.accessKeyId, AWS_SECRET_ACCESS_KEY: moto.secretAccessKey },
      },
    );
  const toKey = (): Step[] => [
    [/Which installation\?[\s\S]*select/, enter],
    [/Where to store backups\?[\s\S]*select/, enter],
    ["Which AWS region?", enter],
    ["AWS profile, or empty", enter],
  ];
  const fromKey = (): Step[] => [
    [/Which KMS key\?[\s\S]*select/, enter],
    ["Its alias:", enter],
    [/How far may this machine go\?[\s\S]*select/, enter],
    [/Which roles\?[\s\S]*select/, enter],
  ];
  const habits = (): Step[] => [
    ["Name of this instance:", `agent${enter}`],
    [/What does this agent do\?[\s\S]*select/, enter],
    [/How often\?[\s\S]*select/, enter],
    [/What to keep\?[\s\S]*select/, enter],
  ];
  const buckets = async (): Promise<number> => {
    const client = s3Client({ ...moto, region: "eu-central-1" });
    const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
    client.destroy();
    return Buckets.length;
  };

  test("says whose the rights are, proposes a name nobody else can take, shows the plan, and makes it after yes", async () => {
    const steps = (): Step[] => [
      ...toKey(),
      [/These are arn:aws:sts::123456789012/, ""],
      ["clawback-123456789012-eu-central-1-an", enter],
      ...fromKey(),
      ["AWS profile of the machine", enter],
      ...habits(),
      [/What starts the jobs\?[\s\S]*select/, down + down + down + enter],
      [/Is this right\?[\s\S]*select/, enter],
    ];
    await using unsure = open(moto.endpoint);
    await take(unsure, [...steps(), ["Type yes to go on:", `no${enter}`]]);
    expect(await unsure.ended()).toBe(CANCELLED);
    expect(await buckets()).toBe(0);
    expect(existsSync(user.join(".clawback"))).toBe(false);
    await using sure = open(moto.endpoint);
    await take(sure, [
      ...steps(),
      [/make +bucket clawback-123456789012/, ""],
      ["Type yes to go on:", `yes${enter}`],
    ]);
    await sure.waitFor("Set up: storage s3 of instance agent.");
    expect(await sure.ended()).toBe(0);
    expect(await buckets()).toBe(1);
  });

  test("where the rights do not work it says so at once, and prints what somebody else can deploy", async () => {
    await using terminal = open("http://127.0.0.1:9");
    await take(terminal, [
      ...toKey(),
      [/They cannot be used:[\s\S]*And now\?[\s\S]*select/, down + enter],
      ...fromKey(),
      ...habits(),
      [/Made by +somebody else[\s\S]*Is this right\?[\s\S]*select/, enter],
    ]);
    await terminal.waitFor('"AWSTemplateFormatVersion"');
    await terminal.waitFor("clawback-agent-standard");
    expect(await terminal.ended()).toBe(0);
  });
});
