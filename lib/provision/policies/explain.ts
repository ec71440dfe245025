import { RECOVERY_DAYS } from "./lifecycle.ts";
import type { Level, RoleName } from "./role-policies.ts";

/** Two sentences on each level, for the choice. */
export const LEVEL_SENTENCES: Readonly<Record<Level | "none", string>> = {
  standard: `One role for the machine: it backs up, restores and applies retention by itself. Whatever it or an intruder on it deletes or replaces can be brought back for ${RECOVERY_DAYS} days, because the role can remove no version and change neither bucket nor key.`,
  strict:
    "Three roles: the machine's writer can delete nothing but its own locks and probes, a restorer only reads, and a pruner, used from elsewhere, applies retention. Choose it when somebody else's machine runs retention, or when one hostile machine must not even make old backups disappear for a while.",
  none: "The credentials in use could destroy the backups, or the service keeps no versions. Backups still protect against lost disks and mistakes, not against somebody who takes over this machine.",
};

/** What each role may do and never can. */
export const ROLE_SENTENCES: Readonly<Record<RoleName, string>> = {
  standard:
    "writes, reads and deletes below its own instance; a deletion leaves the version, and no version can be removed",
  writer: "writes and reads below its own instance; deletes nothing but locks and probes",
  restorer: "reads below its own instance, and nothing else",
  pruner:
    "what the writer may, and deletes; a deletion leaves the version, and no version can be removed",
};

/** One sentence on each statement that is printed, by its Sid. */
export const STATEMENT_SENTENCES: Readonly<Record<string, string>> = {
  ClawbackDenyPlainHttp: "nobody reads or writes without TLS",
  ClawbackDenyCustomerKeys:
    "nobody writes under a key that he alone holds (SSE-C), which is how buckets are held to ransom",
  ClawbackDenyOtherEncryption: "nobody writes with weaker encryption than the bucket's",
  ClawbackDenyOtherKeys: "nobody writes under another KMS key, which could be taken away later",
  ClawbackDenyReplacing:
    "nothing that is written once is ever replaced; restic itself can then read this repository, not write to it",
  ClawbackAdministration: "the account's administrators look after the key",
  ClawbackObjectsOfTheBucket: "the key serves this bucket's objects through S3, and nothing else",
  ClawbackWrappedPasswords:
    "besides, it wraps repository passwords that are labelled with their instance",
  ClawbackTakeOnTheRole: "who may use the role",
  ReadBackups: "reads the instance's backups, also older versions",
  WriteAndReadBackups: "writes and reads the instance's backups, also older versions",
  DeleteLeavingVersions: "deletes, which leaves the version to be brought back",
  DeleteOwnLocksAndProbes: "removes its locks and probes, and nothing else",
  ReadLayout: "reads which layout the storage has",
  ListBackups: "lists the instance's own backups, and no others",
  SeeHowTheBucketIsSet: "sees when somebody loosens the bucket",
  UseKeyThroughTheBucket: "uses the key through S3 for this bucket only",
  WrapOwnPassword: "wraps and opens its own repository's password",
  SeeHowTheKeyIsSet: "sees when somebody loosens the key",
  NeverChangeTheBucket: "never, whatever other policies say: changing the bucket",
  NeverRemoveVersions: "never, whatever other policies say: removing a version",
  NeverHarmTheKey: "never, whatever other policies say: harming the key",
};
