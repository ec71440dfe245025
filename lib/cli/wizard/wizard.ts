import type { SetupAnswers } from "../../app/index.ts";
import { BackupError } from "../../base/index.ts";
import type { CommandContext } from "../command.ts";
import { HABIT_QUESTIONS } from "./habit-questions.ts";
import { INSTALLATION_QUESTION } from "./installation-question.ts";
import { PLACE_QUESTIONS } from "./place-questions.ts";
import { PROTECTION_QUESTIONS } from "./protection-questions.ts";
import { AGAIN, type Asking, BACK, createAsking, type Draft, type Question } from "./question.ts";

const QUESTIONS: readonly Question[] = [
  INSTALLATION_QUESTION,
  ...PLACE_QUESTIONS,
  ...PROTECTION_QUESTIONS,
  ...HABIT_QUESTIONS,
];
const LABEL_COLUMNS = 14;

export interface WizardResult {
  readonly answers: SetupAnswers;
  /** The rights at hand do not suffice: a text is wanted for somebody else. */
  readonly isPrinted: boolean;
}

/**
 * Asks everything that setup needs, one question at a time, and shows a summary in which each answer can be changed. Nothing is written.
 *
 * @param given - What is known and not asked, such as addresses.
 * @throws BackupError `cancelled` when the person stops
 */
export async function runWizard(
  { app, output, prompter }: CommandContext,
  given: Draft = {},
): Promise<WizardResult> {
  const asking = createAsking(app, output, prompter);
  asking.say(
    "This asks a few questions, shows what it would make, and makes nothing before you say yes. Ctrl-C stops it at any time.",
  );
  let draft = await askAll(asking, given, 0);
  for (;;) {
    output.note(`\n${formatSummary(draft)}`);
    const asked = QUESTIONS.filter((question) => isAsked(question, draft));
    const chosen = await prompter.choose(
      "Is this right?",
      [
        { value: "yes", name: "yes, show what would be made" },
        { value: "no", name: "no, stop here" },
        ...asked.map(({ label }) => ({ value: label, name: `change: ${label}` })),
      ],
      "--answers",
    );
    if (chosen === "no") throw new BackupError("cancelled", "stopped; nothing was changed");
    if (chosen === "yes") return { answers: toAnswers(draft), isPrinted: draft.print === true };
    draft = await askAgain(asking, draft, chosen);
  }
}

const isAsked = ({ isAsked: applies }: Question, draft: Draft): boolean => applies?.(draft) ?? true;

/** Asks from one question on; back goes to the one before that was asked. */
async function askAll(asking: Asking, given: Draft, from: number): Promise<Draft> {
  let draft = given;
  const asked: number[] = [];
  for (let at = from; at < QUESTIONS.length; ) {
    const question = QUESTIONS[at] as Question;
    if (!isAsked(question, draft)) {
      at += 1;
      continue;
    }
    const answer = await question.ask(asking, draft);
    if (answer === BACK) {
      at = asked.pop() ?? at;
    } else if (answer !== AGAIN) {
      draft = { ...draft, ...answer };
      asked.push(at);
      at += 1;
    }
  }
  return draft;
}

/** One answer anew; another place brings its own questions with it. */
async function askAgain(asking: Asking, draft: Draft, label: string): Promise<Draft> {
  const at = QUESTIONS.findIndex((question) => question.label === label);
  const question = QUESTIONS[at];
  if (question === undefined) return draft;
  const answer = await question.ask(asking, draft);
  if (answer === BACK || answer === AGAIN) return draft;
  const changed = { ...draft, ...answer };
  const isOtherPlace = changed.place !== draft.place;
  if (!isOtherPlace) return changed;
  const { instance, stateDir, place, agentRole, snapshots, retention, schedule } = changed;
  const kept = { instance, stateDir, place, agentRole, snapshots, retention, schedule };
  return await askAll(asking, present(kept) as Draft, at + 1);
}

function formatSummary(draft: Draft): string {
  const rows = QUESTIONS.filter((question) => isAsked(question, draft)).map(
    (question) => `${question.label.padEnd(LABEL_COLUMNS)}${question.show(draft)}`,
  );
  return rows.join("\n");
}

function toAnswers(draft: Draft): SetupAnswers {
  const { retention, adminProfile } = draft;
  const answers = {
    version: 1,
    instance: draft.instance,
    stateDir: draft.stateDir,
    storage: storageOf(draft),
    administrator: adminProfile ? { profile: adminProfile } : undefined,
    agentRole: draft.agentRole,
    snapshots: draft.snapshots,
    retention:
      retention === undefined || retention === "default"
        ? undefined
        : { archives: retention, snapshots: retention },
    schedule: draft.schedule,
  };
  return present(answers) as unknown as SetupAnswers;
}

function storageOf(draft: Draft): Record<string, unknown> {
  if (draft.place === "directory") return { type: "directory", path: draft.path };
  const { region, bucket, existingBucket, preset, endpoint } = draft;
  const { key, keyAlias, level, trust, profile, accessKeyId, secretAccessKeyFile } = draft;
  const common = { type: "s3", region, bucket, existingBucket, endpoint };
  if (draft.place === "other")
    return present({ ...common, preset, accessKeyId, secretAccessKeyFile });
  const aws = { preset: "aws", awsEndpoint: draft.awsEndpoint };
  return present({ ...common, ...aws, key, keyAlias, level, trust, profile });
}

/** Without what was left open. */
function present(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined && each !== "");
  return Object.fromEntries(entries);
}
