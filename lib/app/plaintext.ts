import { BackupError } from "../base/index.ts";
import type { OpenStorage } from "./storages.ts";

/**
 * Refuses to put a readable archive where somebody else holds the storage: it carries every credential of the agent.
 *
 * @param isAccepted - It is encrypted, or the user has said `--plaintext` this once.
 * @throws BackupError `policy-refused`
 */
export function assertMayStore({ id, settings }: OpenStorage, isAccepted: boolean): void {
  if (isAccepted || settings.type === "directory" || settings.sse === "kms" || settings.plaintext)
    return;
  const message = `storage ${id} would hold the agent's credentials readable: it has neither SSE-KMS nor a password`;
  throw new BackupError("policy-refused", message, {
    hint: "set CLAWBACK_PASSWORD or use --encrypt or --recipient, give the storage a --kms-key, or accept it with --plaintext",
  });
}
