import { assertInstanceName, BackupError, quote } from "../base/index.ts";
import { nearestName } from "./nearest.ts";

const PREFIX = "CLAWBACK_";
const KNOWN: readonly string[] = [
  "CLAWBACK_HOME",
  "CLAWBACK_INSTANCE",
  "CLAWBACK_STORAGE",
  "CLAWBACK_COMPRESSION_LEVEL",
  "CLAWBACK_PASSWORD",
  "CLAWBACK_PASSWORD_FILE",
  "CLAWBACK_PASSWORD_COMMAND",
  "CLAWBACK_ENCRYPTION_KEY",
];

/** What the environment sets; empty variables count as not set. */
export interface VariableSettings {
  readonly instance: string | undefined;
  readonly storage: string | undefined;
  readonly compressionLevel: number | undefined;
  /** Variables of ours that are not known, hence without effect. */
  readonly warnings: readonly string[];
}

/** @throws BackupError `invalid-argument` for a value that is out of range */
export function readVariables(
  environment: Readonly<Record<string, string | undefined>>,
): VariableSettings {
  const instance = environment.CLAWBACK_INSTANCE || undefined;
  if (instance !== undefined) assertInstanceName(instance);
  return {
    instance,
    storage: environment.CLAWBACK_STORAGE || undefined,
    compressionLevel: readLevel(environment.CLAWBACK_COMPRESSION_LEVEL),
    warnings: Object.keys(environment).filter(isUnknown).map(describeUnknown),
  };
}

function readLevel(text: string | undefined): number | undefined {
  if (!text) return undefined;
  if (/^[0-9]$/.test(text)) return Number(text);
  throw new BackupError(
    "invalid-argument",
    `CLAWBACK_COMPRESSION_LEVEL is ${quote(text)}, expected a number from 0 to 9`,
  );
}

function isUnknown(name: string): boolean {
  return name.startsWith(PREFIX) && !name.startsWith(`${PREFIX}TEST_`) && !KNOWN.includes(name);
}

function describeUnknown(name: string): string {
  const nearest = nearestName(name, KNOWN);
  const guess = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return `environment variable ${quote(name)} is not known and has no effect${guess}`;
}
