import { createHmac } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { afterEach, expect, test, vi } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";
import { httpReceiver, mailReceiver } from "../helpers/receivers.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

interface User extends AsyncDisposable {
  readonly dir: TempDir;
  readonly program: Clawback;
  /** A file of mode 0600 with that text. */
  file(name: string, text: string): string;
  /** Lets a job fail, or work again. */
  break(isBroken: boolean): void;
}

async function user(env: Readonly<Record<string, string>> = {}): Promise<User> {
  const dir = await tempDir();
  await makeSample(dir.join(".openclaw"), { files: 2 });
  const program = clawback({ userHome: dir.path, env, as: "function" });
  await program.json(["init", "--instance", "box"]);
  return {
    dir,
    program,
    file: (name, text) => {
      writeFileSync(dir.join(name), `${text}\n`, { mode: 0o600 });
      return dir.join(name);
    },
    break: (isBroken) => {
      const [there, away] = [dir.join(".openclaw"), dir.join("away")];
      renameSync(isBroken ? there : away, isBroken ? away : there);
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

test("a failure is told once, its end once, and a webhook can prove who sent it", async () => {
  await using t = await user();
  await using receiver = await httpReceiver();
  const { program } = t;
  const add = [
    "notify",
    "add",
    "ops",
    "--type",
    "webhook",
    "--url",
    `${receiver.url}/hook?key=s3cr3t`,
  ];
  await program.json([...add, "--secret-file", t.file("key", "signing key")]);
  await program.json(["run", "archive"]);
  expect(receiver.requests).toEqual([]);
  t.break(true);
  for (let i = 0; i < 3; i++) expect((await program.run("run", "archive")).code).toBe(1);
  t.break(false);
  await program.json(["run", "archive"]);
  await program.json(["run", "archive"]);
  const events = receiver.requests.map(({ headers }) => headers["x-clawback-event"]);
  expect(events).toEqual(["failure", "recovery"]);
  t.break(true);
  await program.run("run", "archive");
  expect(receiver.requests).toHaveLength(3);

  const [failure] = receiver.requests;
  expect(failure?.path).toBe("/hook?key=s3cr3t");
  const body = JSON.parse(failure?.body ?? "");
  expect(body).toMatchObject({
    ...{ version: 1, event: "failure", instance: "box", job: "archive" },
    title: "Clawback: archive of box failed",
    text: expect.stringContaining("no OpenClaw installation was found"),
  });
  expect(failure?.body).not.toContain(t.dir.path);
  const [, seconds = "", hex] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(failure?.headers["x-clawback-signature"])) ?? [];
  expect(
    createHmac("sha256", "signing key").update(`${seconds}.${failure?.body}`).digest("hex"),
  ).toBe(hex);
  // Neither address nor key lies readable in the home.
  for (const name of ["settings.json", "secrets.json", "notices.json"]) {
    const text = readFileSync(t.dir.join(".clawback", name), "utf8");
    for (const secret of ["s3cr3t", "signing key", receiver.url])
      expect(text).not.toContain(secret);
  }
});

test("what cannot be delivered waits, is shown, and arrives with a later run, the same", async () => {
  await using t = await user();
  await using receiver = await httpReceiver();
  const { program } = t;
  await program.json(["notify", "add", "ops", "--type", "slack", "--url", receiver.url]);
  receiver.answer = 503;
  t.break(true);
  const failed = await program.run("run", "archive");
  expect(failed.stderr).toContain(
    "notice to ops is not delivered, and tried again with the next run: the receiver answered 503",
  );
  const { waiting } = await program.json<{ waiting: object[] }>(["notify", "list"]);
  expect(waiting).toMatchObject([{ channel: "ops", attempts: 1, notice: { event: "failure" } }]);
  const status = await program.json<{ warnings: string[] }>(["status"], [1]);
  expect(status.warnings.join("\n")).toContain(
    "has not reached ops yet: the receiver answered 503",
  );
  receiver.answer = 200;
  t.break(false);
  await program.json(["run", "archive"]);
  const texts = receiver.requests.map(({ body }) => JSON.parse(body).text.split("\n")[0]);
  expect(texts).toEqual([
    ...["*Clawback: archive of box failed*", "*Clawback: archive of box failed*"],
    "*Clawback: archive of box works again*",
  ]);
  expect(receiver.requests[1]?.body).toBe(receiver.requests[0]?.body);
  expect(await program.json(["notify", "list"])).toMatchObject({ waiting: [] });
});

test("nothing that is wrong with a receiver ends a backup, or waits for long", async () => {
  await using t = await user();
  const { program } = t;
  const gone = await httpReceiver();
  await gone[Symbol.asyncDispose]();
  for (const type of ["webhook", "ping"])
    await program.json(["notify", "add", type, "--type", type, "--url", `${gone.url}/x`]);
  writeFileSync(t.dir.join(".clawback/notices.json"), "junk");
  const { code, stderr } = await program.run("run", "archive");
  expect(code).toBe(0);
  expect(stderr).toContain("ping to ping failed: the receiver cannot be reached (ECONNREFUSED)");
  expect(stderr).not.toContain(gone.url);
  const tested = await program.json(["notify", "test", "webhook"], [1]);
  expect(tested).toMatchObject({ ok: false, deliveries: [{ channel: "webhook", ok: false }] });
});

test("a redirect is not followed: what is said is for one receiver", async () => {
  await using t = await user();
  await using receiver = await httpReceiver();
  await t.program.json(["notify", "add", "a", "--type", "webhook", "--url", receiver.url]);
  receiver.answer = 307;
  const { deliveries } = await t.program.json<{ deliveries: object[] }>(["notify", "test"], [1]);
  expect(deliveries).toMatchObject([{ ok: false, message: "the receiver answered 307" }]);
  expect(receiver.requests).toHaveLength(1);
});

test("a dead-man's switch hears of each backup's begin and end", async () => {
  await using t = await user();
  await using receiver = await httpReceiver();
  const { program } = t;
  await program.json([
    "notify",
    "add",
    "dm",
    "--type",
    "ping",
    "--url-file",
    t.file("url", `${receiver.url}/uuid`),
  ]);
  await program.json(["run", "archive"]);
  await program.json(["run", "retention"]);
  t.break(true);
  await program.run("run", "archive");
  expect(receiver.requests.map(({ path }) => path)).toEqual([
    ...["/uuid/start", "/uuid", "/uuid/start", "/uuid/fail"],
  ]);
});

test("ntfy and gotify get a title, a priority and their token, and only what they want", async () => {
  await using t = await user();
  await using receiver = await httpReceiver();
  const { program } = t;
  const token = ["--secret-file", t.file("token", "tk_1")];
  await program.json([
    "notify",
    "add",
    "n",
    "--type",
    "ntfy",
    "--url",
    `${receiver.url}/topic`,
    ...token,
    "--event",
    "failure",
  ]);
  await program.json([
    "notify",
    "add",
    "g",
    "--type",
    "gotify",
    "--url",
    `${receiver.url}/`,
    ...token,
    "--job",
    "verify",
  ]);
  t.break(true);
  await program.run("run", "archive");
  t.break(false);
  await program.json(["run", "archive"]);
  expect(receiver.requests).toMatchObject([
    {
      path: "/topic",
      headers: {
        title: "Clawback: archive of box failed",
        priority: "high",
        authorization: "Bearer tk_1",
      },
    },
  ]);
  expect((await program.run("notify", "test", "g")).stdout).toBe("g: sent\n");
  expect(receiver.requests[1]).toMatchObject({
    path: "/message",
    headers: { "x-gotify-key": "tk_1" },
  });
  expect(JSON.parse(receiver.requests[1]?.body ?? "")).toMatchObject({ priority: 4 });
});

test("a mail arrives once, from whom and to whom it should, and never without TLS unless that is allowed", async () => {
  await using t = await user();
  await using receiver = await mailReceiver();
  const { program } = t;
  const mail = (id: string, ...more: string[]) => [
    ...[
      "notify",
      "add",
      id,
      "--type",
      "email",
      "--host",
      "127.0.0.1",
      "--port",
      `${receiver.port}`,
    ],
    ...["--user", "me", "--secret-file", t.file("password", "hunter2")],
    ...["--from", "box@example.org", "--to", "me@example.org", "--to", "you@example.org", ...more],
  ];
  await program.json(mail("open", "--no-encryption"));
  expect(await program.json(["notify", "test", "open"])).toMatchObject({ ok: true });
  const [received] = receiver.mails;
  expect(received).toMatchObject({
    from: "box@example.org",
    to: ["me@example.org", "you@example.org"],
    auth: "\0me\0hunter2",
  });
  expect(received?.data).toMatch(/^Subject: Clawback: a test from box$/m);
  expect(received?.data).toMatch(/^Message-ID: <.*@clawback\.invalid>$/m);
  await program.json(mail("tls"));
  const { deliveries } = await program.json<{ deliveries: object[] }>(
    ["notify", "test", "tls"],
    [1],
  );
  expect(deliveries).toMatchObject([{ ok: false, message: expect.stringMatching(/STARTTLS/i) }]);
  expect(receiver.mails).toHaveLength(1);
});

describeWith("moto", "a topic of SNS", () => {
  test("passes a notice on to who subscribed", async () => {
    await using moto = await startMoto();
    await using receiver = await httpReceiver();
    const { region, endpoint, accessKeyId, secretAccessKey } = moto;
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    await using t = await user(env);
    const client = new SNSClient({
      region,
      endpoint,
      credentials: { accessKeyId, secretAccessKey },
    });
    const { TopicArn = "" } = await client.send(new CreateTopicCommand({ Name: "alerts" }));
    const subscription = { TopicArn, Protocol: "http", Endpoint: `${receiver.url}/sns` };
    await client.send(new SubscribeCommand(subscription));
    client.destroy();
    // The default chain of the SDK reads the process's own.
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    await t.program.json([
      "notify",
      "add",
      "sns",
      "--type",
      "sns",
      "--topic",
      TopicArn,
      "--endpoint",
      endpoint,
    ]);
    expect(await t.program.json(["notify", "test"])).toMatchObject({ ok: true });
    const messages = receiver.requests.map(({ body }) => JSON.parse(body));
    expect(messages.find(({ Type }) => Type === "Notification")).toMatchObject({
      Subject: "Clawback: a test from box",
      Message: expect.stringContaining("Nothing is wrong"),
    });
    expect((await t.program.run("notify", "remove", "sns")).stdout).toContain("told no more");
  });
});

test("wrong use is told with the flag that is meant", async () => {
  await using t = await user();
  const { program } = t;
  const failures: readonly (readonly [string, RegExp])[] = [
    ["notify add x", /--type is missing/],
    ["notify add x --type slack", /--url-file is missing/],
    ["notify add x --type slack --url nonsense", /no http or https URL/],
    ["notify add x --type email --to a@b.example", /--host is missing/],
    ["notify add x --type sns --topic nonsense", /topicArn: expected the ARN/],
    ["notify add a/b --type slack --url http://x.example", /id: expected letters/],
    ["notify test", /no channel/],
    ["notify test x", /channel "x" is not configured/],
    ["notify remove x", /channel "x" is not configured/],
  ];
  for (const [line, message] of failures) {
    const { code, stderr } = await program.run(...line.split(" "));
    expect({ line, code, stderr }).toEqual({
      line,
      code: 2,
      stderr: expect.stringMatching(message),
    });
  }
});
