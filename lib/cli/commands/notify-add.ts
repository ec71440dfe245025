import type { ChannelEntry } from "../../app/index.ts";
import { BackupError, Secret } from "../../base/index.ts";
import type { CommandDefinition, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";

const TYPES = ["webhook", "slack", "ntfy", "gotify", "email", "sns", "ping"];
const EVENTS = ["failure", "recovery", "omissions", "degraded", "stale", "suspended"];
const JOBS = ["snapshot", "archive", "retention", "verify", "before-update"];

export const add: CommandDefinition = {
  usage: "add <id>",
  group: "Setup and care",
  summary: "tell somebody when a job fails, works again, leaves something new out, or stays away",
  description:
    "webhook: a JSON object by POST, signed when there is a secret (x-clawback-signature: t=<seconds>,v1=<HMAC-SHA-256 of seconds.body>). " +
    "slack: an incoming webhook. ntfy, gotify: --url of the topic or server, the secret is the token. ping: a dead-man's switch such as healthchecks.io. " +
    "Address and secret are kept encrypted in the home.",
  arguments: ["a name for it"],
  flags: [
    { flags: "--type <type>", description: TYPES.join(", "), choices: TYPES },
    { flags: "--url <url>", description: "the address; other users can see it while this runs" },
    { flags: "--url-file <file>", description: "read the address from the first line of a file" },
    {
      flags: "--secret-file <file>",
      description: "read the signing key, token or mail password from the first line of a file",
    },
    {
      flags: "--event <event>",
      description: `only these (default: all): ${EVENTS.join(", ")}; repeatable`,
      repeatable: true,
      choices: EVENTS,
    },
    {
      flags: "--job <job>",
      description: "only of this job (default: all; ping: snapshot and archive); repeatable",
      repeatable: true,
      choices: JOBS,
    },
    { flags: "--host <name>", description: "email: the mail server" },
    {
      flags: "--port <n>",
      description: "email: its port (default: 587; 465 is TLS from the start)",
      parse: flag.wholeNumber(1, 65_535, "--port"),
    },
    { flags: "--user <name>", description: "email: whose password the secret is" },
    { flags: "--from <address>", description: "email: the sender" },
    { flags: "--to <address>", description: "email: a receiver; repeatable", repeatable: true },
    { flags: "--no-encryption", description: "email: send without TLS, also the password" },
    { flags: "--topic <arn>", description: "sns: the topic" },
    { flags: "--aws-profile <name>", description: "sns: whose rights are used" },
    { flags: "--endpoint <url>", description: "sns: another address of the service" },
  ],
  examples: [
    ["notify add ops --type slack --url-file slack-url.txt", "into a channel of Slack"],
    ["notify add dead-man --type ping --url-file ping-url.txt", "be told when nothing runs at all"],
    [
      "notify add mail --type email --host smtp.example --user me --secret-file password.txt --from me@example.org --to me@example.org",
      "by mail",
    ],
  ],
  run: async ({ app, output }, [id = ""], flags) => {
    const { addChannel } = await import("../../app/index.ts");
    const entry = entryOf(id, flags);
    const url = await secretOf(flags, "urlFile", flag.text(flags, "url"));
    const secret = await secretOf(flags, "secretFile");
    if (!["email", "sns"].includes(entry.type)) assertUrl(url);
    await addChannel(app, { entry, url, secret });
    output.note(`try it with: clawback notify test ${id}`);
    output.result({ added: entry }, () => `notices go to ${id} (${entry.type}) from now on`);
    return 0;
  },
};

function entryOf(id: string, flags: FlagValues): ChannelEntry {
  const type = flag.text(flags, "type");
  if (type === undefined) throw isMissing("--type", `is one of ${TYPES.join(", ")}`);
  const [events, jobs] = [flag.list(flags, "event"), flag.list(flags, "job")];
  const base = {
    id,
    type,
    ...(events === undefined ? {} : { events }),
    ...(jobs === undefined ? {} : { jobs }),
  };
  const of: Record<string, () => object> = {
    email: () => emailOf(flags),
    sns: () => snsOf(flags),
  };
  // Held against the settings' schema when it is saved.
  return { ...base, ...(of[type]?.() ?? {}) } as unknown as ChannelEntry;
}

function emailOf(flags: FlagValues): object {
  const user = flag.text(flags, "user");
  const to = flag.list(flags, "to");
  if (to === undefined) throw isMissing("--to", "says who gets the mail");
  return {
    host: needed(flags, "host", "names the mail server"),
    port: flag.number(flags, "port") ?? 587,
    ...(user === undefined ? {} : { user }),
    ...(flags.encryption === false ? { plaintext: true } : {}),
    from: needed(flags, "from", "says who sends the mail"),
    to,
  };
}

function snsOf(flags: FlagValues): object {
  const profile = flag.text(flags, "awsProfile");
  const endpoint = flag.text(flags, "endpoint");
  return {
    topicArn: needed(flags, "topic", "is the ARN of the topic"),
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

async function secretOf(
  flags: FlagValues,
  file: string,
  given?: string | undefined,
): Promise<Secret | undefined> {
  const path = flag.text(flags, file);
  if (path === undefined) return given === undefined ? undefined : new Secret(given);
  const { readSecretFile } = await import("../../app/index.ts");
  return readSecretFile(flag.absolutePath(path));
}

function assertUrl(url: Secret | undefined): void {
  if (url === undefined) throw isMissing("--url-file", "holds the address to send to");
  const isWeb = URL.canParse(url.reveal()) && /^https?:/.test(url.reveal());
  if (!isWeb) throw new BackupError("invalid-argument", "the address is no http or https URL");
}

function needed(flags: FlagValues, name: string, what: string): string {
  const value = flag.text(flags, name);
  if (value === undefined) throw isMissing(`--${name}`, what);
  return value;
}

function isMissing(name: string, what: string): BackupError {
  return new BackupError("invalid-argument", `${name} is missing: it ${what}`);
}
