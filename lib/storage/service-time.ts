import type { Clock } from "../base/index.ts";
import { type PresetChoice, resolvePreset } from "./presets.ts";

const TIMEOUT_MS = 5000;

/**
 * How much this machine's clock is ahead of a service's, by the date with which the service answers anything at all. Nothing is
 * signed: a service that refuses every request for its time still tells its own.
 * @returns Milliseconds, exact to about a second; undefined when it did not answer.
 */
export async function readServiceTime(
  choice: PresetChoice,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<number | undefined> {
  const { id, endpoint, region = "us-east-1" } = resolvePreset(choice);
  const suffix = region.startsWith("cn-") ? ".cn" : "";
  const url =
    endpoint ?? (id === "aws" ? `https://s3.${region}.amazonaws.com${suffix}` : undefined);
  if (url === undefined) return undefined;
  const patience = AbortSignal.timeout(TIMEOUT_MS);
  const ends = signal === undefined ? patience : AbortSignal.any([signal, patience]);
  try {
    const before = clock.now().getTime();
    const answer = await fetch(url, { method: "HEAD", redirect: "manual", signal: ends });
    const after = clock.now().getTime();
    const told = Date.parse(answer.headers.get("date") ?? "");
    // The header has whole seconds: on average it was half a second later.
    return Number.isNaN(told) ? undefined : (before + after) / 2 - (told + 500);
  } catch {
    return undefined;
  }
}
