import { isBackupError } from "../../base/index.ts";
import { ensureLayout } from "../../catalog/index.ts";
import {
  applyProvision,
  assertPossible,
  differences,
  type PlanItem,
  type Protection,
  type Provisioned,
  type ProvisionPlan,
  planProvision,
} from "../../provision/index.ts";
import type { SchedulePlan } from "../../schedule/index.ts";
import type { SetupAnswers } from "../../settings/index.ts";
import { openS3Storage } from "../../storage/index.ts";
import type { AppContext } from "../context.ts";
import type { PasswordSafety } from "../password-safety.ts";
import { costOfSetup, type SetupCost } from "./cost.ts";
import { type FirstBackup, makeFirstBackup } from "./first-backup.ts";
import { openWithNewSettings } from "./new-settings.ts";
import { passwordOf } from "./password.ts";
import { protectionOf } from "./protection.ts";
import { type ResolvedCloud, type ResolvedSetup, resolveSetup } from "./resolve.ts";
import { installSetupSchedule, planSetupSchedule, type SetupSchedule } from "./schedule.ts";
import { planSettings, type SettingsPlan, writeSettings } from "./settings-change.ts";

/** What setup will do; plain data, and what a person confirms. */
export interface SetupPlan {
  /** Complete, for the next time: `setup --answers`. */
  readonly answers: SetupAnswers;
  readonly instance: string;
  readonly storage: string;
  /** What is made in the account; undefined for a directory. */
  readonly provision: ProvisionPlan | undefined;
  readonly settings: SettingsPlan;
  /** What would be written for jobs to run by themselves. */
  readonly schedule: SchedulePlan | undefined;
  readonly firstBackup: boolean;
  /** What it will cost a month; undefined where no price is known, and when nothing is to be made. */
  readonly cost: SetupCost | undefined;
  readonly warnings: readonly string[];
  /** Nothing would be changed. */
  readonly isDone: boolean;
}

export interface PlannedSetup {
  readonly plan: SetupPlan;
  /** @throws BackupError `policy-refused`, `plan-outdated`, `storage-access-denied`, … */
  apply(onDone?: (item: PlanItem) => void): Promise<SetupReport>;
}

export interface SetupReport {
  readonly ok: boolean;
  readonly instance: string;
  readonly storage: string;
  /** How many resources and settings were made or changed. */
  readonly changed: number;
  readonly items: readonly PlanItem[];
  readonly provisioned: Provisioned | undefined;
  readonly protection: Protection | undefined;
  readonly firstBackup: FirstBackup;
  readonly schedule: SetupSchedule;
  /** Where else the password of the snapshots exists; undefined for a place on this machine. */
  readonly password: PasswordSafety | undefined;
  readonly warnings: readonly string[];
}

/** Looks at the account and the home, and plans what is missing; reads only. */
export async function prepareSetup(app: AppContext, answers: SetupAnswers): Promise<PlannedSetup> {
  const setup = await resolveSetup(app, answers);
  const { cloud } = setup;
  const provision = cloud && (await planProvision(cloud.blueprint, cloud.administrator));
  const settings = planSettings(app, setup, provision && known(provision));
  const schedule = await planSetupSchedule(app, setup);
  const isKept =
    (provision === undefined || differences(provision).length === 0) && schedule?.isDone !== false;
  const isDone = isKept && settings.action === "keep";
  const plan: SetupPlan = {
    answers: setup.answers,
    instance: setup.instance,
    storage: setup.storageId,
    provision,
    settings,
    schedule,
    firstBackup: answers.firstBackup ?? true,
    warnings: warningsOf(setup, provision),
    cost: isDone ? undefined : await costOfSetup(app, setup),
    isDone,
  };
  return { plan, apply: (onDone) => applySetup(app, setup, plan, onDone) };
}

/** What a plan knows already of what will stand. */
function known({ caller, keyArn }: ProvisionPlan): Pick<Provisioned, "account" | "keyArn"> {
  return { account: caller?.account, keyArn };
}

function warningsOf(
  { cloud, instance }: ResolvedSetup,
  provision: ProvisionPlan | undefined,
): string[] {
  const warnings = [...(provision?.warnings ?? [])];
  const makes = provision !== undefined && differences(provision).length > 0;
  if (cloud?.isSameIdentity === true && makes) {
    warnings.push(
      `the credentials that make all this would also make the backups, and could destroy them: name others for the administrator, and give the machine only the policy of ${instance}`,
    );
  }
  return warnings;
}

async function applySetup(
  app: AppContext,
  setup: ResolvedSetup,
  plan: SetupPlan,
  onDone: ((item: PlanItem) => void) | undefined,
): Promise<SetupReport> {
  const { cloud } = setup;
  const applied =
    cloud === undefined || plan.provision === undefined
      ? undefined
      : await applyProvision(plan.provision, { ...cloud.administrator, onDone });
  if (cloud !== undefined) await writeLayout(app, cloud);
  if (plan.settings.action !== "keep") await writeSettings(app, setup, applied?.provisioned);
  await using renewed = await openWithNewSettings(app);
  const firstBackup: FirstBackup = plan.firstBackup
    ? await makeFirstBackup(renewed, setup.storageId)
    : { state: "left-out", verified: false };
  const schedule = await installSetupSchedule(renewed, setup.answers.schedule);
  const items = applied?.items ?? [];
  const changed = items.filter(({ action }) => action === "create" || action === "change").length;
  return {
    ok: isSound(firstBackup) && schedule.state !== "failed",
    instance: setup.instance,
    storage: setup.storageId,
    changed:
      changed + Number(plan.settings.action !== "keep") + Number(schedule.state === "installed"),
    items,
    provisioned: applied?.provisioned,
    protection: await readProtection(app, setup),
    firstBackup,
    schedule,
    password: await passwordOf(renewed, setup.storageId),
    warnings: [...plan.warnings, ...schedule.notes],
  };
}

function isSound({ state, verified }: FirstBackup): boolean {
  return state === "left-out" || (state !== "failed" && verified);
}

/** The marker of the layout lies beside the instances, where the machine itself may not write. */
async function writeLayout(
  app: AppContext,
  { answers, preset, administrator }: ResolvedCloud,
): Promise<void> {
  const { accessKeyId, secretAccessKey, profile, forcePathStyle } = administrator;
  await using storage = await openS3Storage({
    bucket: answers.bucket ?? "",
    prefix: answers.prefix,
    preset: preset.id,
    region: preset.region,
    endpoint: answers.endpoint,
    addressing: forcePathStyle ? "path" : "virtual",
    accessKeyId,
    secretAccessKey,
    profile,
    sse: "none",
    clock: app.clock,
  });
  await ensureLayout(storage, { signal: app.signal });
}

/** Not known where the machine's credentials do not work yet. */
async function readProtection(
  app: AppContext,
  setup: ResolvedSetup,
): Promise<Protection | undefined> {
  try {
    return await protectionOf(app, setup);
  } catch (error) {
    if (isBackupError(error) && error.category !== "control") return undefined;
    throw error;
  }
}

/** How the account and the home differ from what was set up. */
export interface SetupCheck {
  readonly ok: boolean;
  readonly plan: SetupPlan;
  /** What somebody has changed, or what is missing. */
  readonly drift: readonly PlanItem[];
  /** What these credentials may not look at. */
  readonly unknown: readonly PlanItem[];
  readonly protection: Protection | undefined;
}

export interface CheckSetupOptions {
  /** Whether the level is found out too, which may leave the marker of a deletion. @default true */
  readonly withProtection?: boolean | undefined;
}

/** Looks whether everything stands as it was set up; changes nothing. */
export async function checkSetup(
  app: AppContext,
  answers: SetupAnswers,
  { withProtection = true }: CheckSetupOptions = {},
): Promise<SetupCheck> {
  const setup = await resolveSetup(app, answers);
  const { plan } = await prepareSetup(app, answers);
  const drift = plan.provision === undefined ? [] : differences(plan.provision);
  const items = plan.provision?.items ?? [];
  const unknown = items.filter(({ action }) => action === "cannot" || action === "unknown");
  const dangers = plan.provision?.warnings ?? [];
  const isScheduled = plan.schedule?.isDone !== false;
  const isSame = drift.length === 0 && plan.settings.action === "keep" && isScheduled;
  const isSeen = items.every(({ action }) => action !== "cannot");
  const ok = isSame && isSeen && dangers.length === 0;
  const protection = withProtection ? await readProtection(app, setup) : undefined;
  return { ok, plan, drift, unknown, protection };
}

/** @throws BackupError `policy-refused` that names what cannot be made */
export function assertSetupPossible({ provision }: SetupPlan): void {
  if (provision !== undefined) assertPossible(provision);
}
