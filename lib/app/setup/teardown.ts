import { BackupError } from "../../base/index.ts";
import { applyTeardown, planTeardown, type TeardownPlan } from "../../provision/index.ts";
import type { SetupAnswers } from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { resolveSetup } from "./resolve.ts";

export interface PlannedTeardown {
  readonly plan: TeardownPlan;
  /** @returns how many requests were sent */
  apply(): Promise<number>;
}

/**
 * Plans to remove what setup has made of roles and policies. Data, bucket, key and the home stay.
 * @throws BackupError `not-supported` for a directory
 */
export async function prepareTeardown(
  app: AppContext,
  answers: SetupAnswers,
): Promise<PlannedTeardown> {
  const { cloud } = await resolveSetup(app, answers);
  if (cloud === undefined) {
    throw new BackupError("not-supported", "a directory has no roles or policies to remove", {
      hint: "to forget it: clawback storage remove",
    });
  }
  const { blueprint, administrator } = cloud;
  const plan = await planTeardown(blueprint, administrator);
  return { plan, apply: () => applyTeardown(plan, administrator) };
}
