import { BACK, type Draft, type Question } from "./question.ts";

const isAws = ({ place }: Draft): boolean => place === "aws";

const key: Question = {
  label: "Key",
  isAsked: isAws,
  ask: async (asking, draft) => {
    asking.say(
      "A KMS key of your own encrypts the bucket, can be taken away from anybody, and wraps the password of the snapshots, so that a new machine with the role needs none. It costs a dollar a month.",
    );
    const kind = await asking.choose("Which KMS key?", [
      { value: "new", name: "a new one" },
      { value: "existing", name: "one that exists" },
      { value: "none", name: "none: S3's own keys" },
    ]);
    if (kind === BACK) return BACK;
    if (kind === "none") return { key: "none" };
    const answer = await asking.ask(kind === "new" ? "Its alias:" : "Its id, ARN or alias:", {
      default: kind === "new" ? (draft.keyAlias ?? "alias/clawback") : undefined,
      check: (text) => {
        if (kind === "existing") return text === "" ? "type something" : undefined;
        return /^alias\/(?!aws\/)[A-Za-z0-9/_-]+$/.test(text)
          ? undefined
          : "write it as alias/NAME";
      },
    });
    if (answer === BACK) return BACK;
    return kind === "new" ? { key: "new", keyAlias: answer } : { key: answer };
  },
  show: ({ key: chosen = "", keyAlias = "" }) => (chosen === "new" ? `new, ${keyAlias}` : chosen),
};

const level: Question = {
  label: "Level",
  isAsked: isAws,
  ask: async (asking) => {
    const { SETUP_LEVELS } = await import("../../app/index.ts");
    asking.say(`standard: ${SETUP_LEVELS.standard}\nstrict: ${SETUP_LEVELS.strict}`);
    const chosen = await asking.choose("How far may this machine go?", [
      { value: "standard", name: "standard (for one machine)" },
      { value: "strict", name: "strict (retention runs elsewhere)" },
    ]);
    return chosen === BACK ? BACK : { level: chosen };
  },
  show: ({ level: chosen = "" }) => chosen,
};

const trust: Question = {
  label: "Roles",
  isAsked: isAws,
  ask: async (asking) => {
    asking.say("Who takes on the machine's role? Without roles you attach the policy yourself.");
    const chosen = await asking.choose("Which roles?", [
      { value: "ec2", name: "an EC2 instance, by an instance profile" },
      { value: "account", name: "whoever the account's IAM allows" },
      { value: "roles-anywhere", name: "a machine elsewhere, by certificate (Roles Anywhere)" },
      { value: "none", name: "none: only policies" },
    ]);
    return chosen === BACK ? BACK : { trust: chosen };
  },
  show: ({ trust: chosen = "" }) => chosen,
};

const machineProfile: Question = {
  label: "Backups by",
  isAsked: (draft) => isAws(draft) && draft.print !== true,
  ask: async (asking, draft) => {
    asking.say(
      "Whose rights will this machine make backups with? On EC2 its role needs nothing here.",
    );
    const profile = await asking.ask("AWS profile of the machine, or empty for its own role:", {
      default: draft.profile ?? "",
    });
    return profile === BACK ? BACK : { profile };
  },
  show: ({ profile }) => (profile ? `profile ${profile}` : "the machine's own role"),
};

export const PROTECTION_QUESTIONS: readonly Question[] = [key, level, trust, machineProfile];
