import { isBackupError } from "../../base/index.ts";
import {
  AGAIN,
  type Again,
  type Asking,
  BACK,
  type Back,
  type Choice,
  type Draft,
  type Question,
} from "./question.ts";

const isAws = ({ place }: Draft): boolean => place === "aws";
const isOther = ({ place }: Draft): boolean => place === "other";
const isBucket = (draft: Draft): boolean => isAws(draft) || isOther(draft);

const place: Question = {
  label: "Where",
  ask: async (asking) => {
    asking.say(
      "Where shall backups lie? A place elsewhere survives this machine; only a bucket that keeps versions survives somebody who takes it over.",
    );
    const chosen = await asking.choose("Where to store backups?", [
      { value: "aws", name: "Amazon S3: setup makes bucket, key and roles" },
      { value: "other", name: "another S3 service, such as MinIO, R2 or Hetzner" },
      { value: "directory", name: "a directory, such as a mounted disk" },
    ]);
    return chosen === BACK ? BACK : { place: chosen };
  },
  show: ({ place: chosen }) => {
    if (chosen === "aws") return "Amazon S3";
    return chosen === "other" ? "another S3 service" : "a directory";
  },
};

const path: Question = {
  label: "Directory",
  isAsked: ({ place: chosen }) => chosen === "directory",
  ask: async (asking, draft) => {
    asking.say("It is made when it is not there. A disk of its own is better than this machine's.");
    const answer = await asking.ask("Which directory?", {
      default: draft.path,
      check: (text) =>
        text.startsWith("/") || text.startsWith("~/") ? undefined : "write it from / on",
    });
    return answer === BACK ? BACK : { path: answer };
  },
  show: ({ path: chosen = "" }) => chosen,
};

const region: Question = {
  label: "Region",
  isAsked: isAws,
  ask: async (asking, draft) => {
    asking.say("The region of the bucket. Near this machine is fast; elsewhere survives more.");
    const proposed = asking.app.settings.environment.AWS_REGION ?? "eu-central-1";
    const answer = await asking.ask("Which AWS region?", {
      default: draft.region ?? proposed,
      check: (text) =>
        /^[a-z]{2,}(-[a-z]+)+-\d$/.test(text) ? undefined : "a region looks like eu-central-1",
    });
    return answer === BACK ? BACK : { region: answer };
  },
  show: ({ region: chosen = "" }) => chosen,
};

/** The first question that matters: whether anything can be made at all. */
const administrator: Question = {
  label: "Made by",
  isAsked: isAws,
  ask: async (asking, draft) => {
    asking.say(
      "Whose rights make bucket, key and roles? An administrator's; they are used now and not kept. Backups then run with narrow ones.",
    );
    const profile = await asking.ask("AWS profile, or empty for what AWS's own chain finds:", {
      default: draft.adminProfile ?? "",
    });
    if (profile === BACK) return BACK;
    return await tryAdministrator(asking, { ...draft, adminProfile: profile });
  },
  show: ({ adminProfile, print }) => {
    if (print) return "somebody else, from what is printed";
    return adminProfile ? `profile ${adminProfile}` : "AWS's own chain";
  },
};

async function tryAdministrator(asking: Asking, draft: Draft): Promise<Partial<Draft> | Again> {
  const { findSetupCaller } = await import("../../app/index.ts");
  const { adminProfile = "" } = draft;
  try {
    const caller = await findSetupCaller(asking.app, draft);
    asking.say(`These are ${caller.arn}, in account ${caller.account}.`);
    return { adminProfile, print: false };
  } catch (error) {
    if (!isBackupError(error) || error.category === "control") throw error;
    asking.say(`They cannot be used: ${error.message}.`);
    const next = await asking.choose("And now?", [
      { value: "again", name: "give another profile" },
      { value: "print", name: "print a CloudFormation text for somebody who may" },
    ]);
    return next === "print" ? { adminProfile, print: true } : AGAIN;
  }
}

const service: Question = {
  label: "Service",
  isAsked: isOther,
  ask: async (asking, draft) => {
    const { storagePresets } = await import("../../app/index.ts");
    const presets = storagePresets().filter(({ id }) => id !== "aws");
    asking.say("Services differ in what they keep and check; each is known with its quirks.");
    const choices: Choice<string>[] = presets.map(({ id, name }) => ({ value: id, name }));
    const preset = await asking.choose("Which service?", choices);
    if (preset === BACK) return BACK;
    const facts = presets.find(({ id }) => id === preset);
    return await addressOf(asking, draft, { preset, ...facts });
  },
  show: ({ preset = "", endpoint, region: chosen }) =>
    [preset, endpoint, chosen].filter((each) => each !== undefined).join(", "),
};

async function addressOf(
  asking: Asking,
  draft: Draft,
  facts: { preset: string; needsEndpoint?: boolean; needsRegion?: boolean },
): Promise<Partial<Draft> | Back> {
  const { preset } = facts;
  const endpoint =
    facts.needsEndpoint === true
      ? await asking.ask("Its address:", {
          default: draft.endpoint,
          check: (text) => (/^https?:\/\/\S+$/.test(text) ? undefined : "write it as https://HOST"),
        })
      : undefined;
  if (endpoint === BACK) return BACK;
  const chosen =
    facts.needsRegion === true
      ? await asking.ask("Its region:", { default: draft.region, check: notEmpty })
      : undefined;
  if (chosen === BACK) return BACK;
  return {
    preset,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(chosen === undefined ? {} : { region: chosen }),
  };
}

const notEmpty = (text: string): string | undefined => (text === "" ? "type something" : undefined);

const bucket: Question = {
  label: "Bucket",
  isAsked: (draft) => isBucket(draft) && draft.print !== true,
  ask: async (asking, draft) => {
    const proposed = await proposedBucket(asking, draft);
    asking.say(
      proposed === undefined
        ? "The bucket is made when it is not there."
        : "The proposed name lies in your account's own part of all names: nobody else can take it.",
    );
    const name = await asking.ask("Which bucket?", {
      default: draft.bucket ?? proposed,
      check: bucketProblem,
    });
    if (name === BACK) return BACK;
    if (name === proposed) return { bucket: name, existingBucket: false };
    const kind = await asking.choose("Does it exist?", [
      { value: "new", name: "no, make it" },
      { value: "existing", name: "yes, and it is my own; only its settings are changed" },
    ]);
    return kind === BACK ? BACK : { bucket: name, existingBucket: kind === "existing" };
  },
  show: ({ bucket: name = "", existingBucket }) =>
    existingBucket === true ? `${name} (exists)` : name,
};

async function proposedBucket(asking: Asking, draft: Draft): Promise<string | undefined> {
  if (!isAws(draft) || draft.print === true) return undefined;
  const { findSetupCaller } = await import("../../app/index.ts");
  return (await findSetupCaller(asking.app, draft)).proposedBucket;
}

function bucketProblem(name: string): string | undefined {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return undefined;
  return "3 to 63 lower-case letters, digits and dashes";
}

const machineKey: Question = {
  label: "Access key",
  isAsked: isOther,
  ask: async (asking, draft) => {
    asking.say(
      "The access key that backups are made with. Its secret is read from a file and kept encrypted in the home.",
    );
    const accessKeyId = await asking.ask("Access key id:", {
      default: draft.accessKeyId,
      check: notEmpty,
    });
    if (accessKeyId === BACK) return BACK;
    const file = await asking.ask("File with its secret in the first line:", {
      default: draft.secretAccessKeyFile,
      check: (text) =>
        text.startsWith("/") || text.startsWith("~/") ? undefined : "write it from / on",
    });
    return file === BACK ? BACK : { accessKeyId, secretAccessKeyFile: file };
  },
  show: ({ accessKeyId = "" }) => accessKeyId,
};

export const PLACE_QUESTIONS: readonly Question[] = [
  place,
  path,
  region,
  administrator,
  service,
  bucket,
  machineKey,
];
