import { createBackupId } from "../../base/index.ts";
import { publishFile } from "../../filesystem/index.ts";
import type { AppContext } from "../context.ts";
import { type KitChoice, readKitFacts } from "./facts.ts";
import { composePage, pageAsHtml, pageAsText } from "./page.ts";
import { chooseWord, recordKit } from "./receipts.ts";
import { kitTable, kitValues } from "./values.ts";

export interface KitOptions extends KitChoice {
  /** Writes the page there, for printing, mode 0600; nothing is overwritten. @default it is given as text */
  readonly html?: string | undefined;
}

export interface KitReport {
  readonly id: string;
  readonly storage: string;
  readonly instance: string;
  readonly withPassphrase: boolean;
  /** Once its word was typed, the repository counts as safe. */
  readonly provesPassword: boolean;
  readonly file?: string | undefined;
  /** As text, where no file was asked for. */
  readonly page?: string | undefined;
}

/**
 * Makes a page with all that a person needs who has lost the machine, and remembers that it was made.
 * @throws BackupError what {@link readKitFacts} throws; `target-not-empty` when the file exists; `not-configured` without a home
 */
export async function exportKit(app: AppContext, options: KitOptions): Promise<KitReport> {
  const facts = await readKitFacts(app, options);
  const { instance, place, passwordId } = facts;
  const word = chooseWord();
  const now = app.clock.now();
  const made = { at: now, by: `Clawback ${app.version}`, host: app.environment.hostName };
  const page = composePage(kitValues(facts, word), kitTable(facts, made));
  const { html } = options;
  if (html !== undefined) await publishFile(html, pageAsHtml(page), { mode: 0o600 });
  const id = createBackupId(now);
  const createdAt = now.toISOString();
  await recordKit(app, { id, storage: place.id, instance, createdAt, passwordId }, word);
  return {
    ...{ id, storage: place.id, instance, withPassphrase: facts.password !== undefined },
    provesPassword: passwordId !== undefined,
    ...(html === undefined ? { page: pageAsText(page) } : { file: html }),
  };
}
