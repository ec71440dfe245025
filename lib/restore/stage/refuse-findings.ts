import type { ArchiveContents, Finding } from "../../archive/index.ts";
import { BackupError, count, quote } from "../../base/index.ts";

const MAX_NAMED = 3;

/**
 * Refuses an archive that does not hold what it says. Only what a tar that anybody made holds beside files and links is passed over.
 * @throws BackupError with the code of the gravest finding
 * @returns What was passed over, a sentence each.
 */
export function refuseFindings(contents: ArchiveContents, findings: readonly Finding[]): string[] {
  if (contents.kind === "plain") return findings.map(describe);
  const worst = ORDER.flatMap((code) => findings.find((finding) => finding.code === code) ?? [])[0];
  if (worst === undefined) return [];
  const others = findings.filter((finding) => finding !== worst);
  const named = [worst, ...others].slice(0, MAX_NAMED).map(describe).join("; ");
  const rest = findings.length - MAX_NAMED;
  const more = rest > 0 ? `; and ${count(rest, "more finding")}` : "";
  throw new BackupError(worst.code, `archive is not sound: ${named}${more}`, {
    details: { findings: findings.slice(0, 20) },
    hint: "nothing was changed; restore another backup",
  });
}

const ORDER: readonly Finding["code"][] = [
  "data-corrupt",
  "data-missing",
  "manifest-mismatch",
  "unsupported-format",
];

function describe({ path, message }: Finding): string {
  return path === undefined ? message : `${quote(path)} ${message}`;
}
