import { isBackupError } from "../../base/index.ts";
import { openSource, type WalkedEntry, walk } from "../../filesystem/index.ts";
import { classify, type Installation } from "../../openclaw/index.ts";
import { installationNotes } from "../installation-notes.ts";
import { Ledger } from "../ledger.ts";
import { isOpenDatabase } from "../open-databases.ts";
import { Pace } from "../pace.ts";
import { type LeftOutBy, type Scanned, type Selection, scan } from "../select/index.ts";
import type { CaptureNote, CaptureOptions, CapturePlan } from "../types.ts";
import { Tallies } from "./tallies.ts";

/**
 * Says what a capture with these options would take and leave, per class and per rule. Reads nothing but directories and the
 * headers of possible databases; directories that stay out are walked, to say what leaving them out saves.
 */
export async function planCapture(options: CaptureOptions): Promise<CapturePlan> {
  const planning = new Planning(options);
  for (const note of await planNotes(options.installation)) planning.ledger.note(note);
  const { ledger } = planning;
  for (const scanned of scan(options, { onNote: ledger.note, onOmission: ledger.omit })) {
    await planning.pace.step(scanned.entry.path);
    await planning.add(scanned);
  }
  return planning.finish();
}

async function planNotes(installation: Installation): Promise<readonly CaptureNote[]> {
  const uncovered = installation.uncovered.map(({ path, mentionedIn }): CaptureNote => {
    const detail = `mentioned in ${mentionedIn}, and in no backup; --add takes it in`;
    return { path, note: "uncovered", detail };
  });
  return [...(await installationNotes(installation)), ...uncovered];
}

class Planning {
  readonly ledger: Ledger;
  readonly pace: Pace;
  readonly #options: CaptureOptions;
  readonly #tallies = new Tallies();
  readonly #databases: CapturePlan["databases"][number][] = [];
  readonly #essential: ReadonlySet<string>;

  constructor(options: CaptureOptions) {
    const { essentialDatabases } = options.installation;
    this.#options = options;
    this.#essential = new Set(essentialDatabases);
    this.ledger = new Ledger(essentialDatabases);
    this.pace = new Pace(options);
  }

  async add(scanned: Scanned): Promise<void> {
    const { entry, verdict, isForeignDevice } = scanned;
    if (verdict.type === "leave") await this.#addLeft(scanned, verdict);
    else if (isForeignDevice) this.#tallies.addExample(...ONE_FILE_SYSTEM, entry.path);
    else if (entry.stat.type === "file") this.#addTaken(scanned);
    else if (entry.stat.type === "device") {
      this.ledger.omit({ path: entry.path, reason: "special", detail: "devices cannot be stored" });
    }
    if (verdict.type === "take" && verdict.overruled !== undefined) {
      const detail = `kept although the rule ${verdict.overruled.rule} matches`;
      this.ledger.note({ path: entry.path, note: "rule-overruled", detail });
    }
  }

  #addTaken({ entry, selection }: Scanned): void {
    const { path, stat } = entry;
    const { sizeBytes } = stat;
    if (!this.#canBeOpened(entry)) return;
    const isDatabase = selection.isDatabase(entry);
    const inClass = selection.classOf(path, isDatabase);
    if (inClass === undefined) {
      this.#passOver(entry, isDatabase);
      return;
    }
    this.#tallies.take(inClass, sizeBytes);
    if (isDatabase) {
      this.#databases.push({ path, sizeBytes, essential: this.#essential.has(path) });
    }
    this.pace.countFile();
    this.pace.countBytes(sizeBytes);
  }

  #canBeOpened({ path, stat }: WalkedEntry): boolean {
    if (isOpenDatabase(stat)) return true;
    try {
      openSource(path)?.[Symbol.dispose]();
      return true;
    } catch (error) {
      if (!isBackupError(error)) throw error;
      this.ledger.omit({ path, reason: "unreadable", detail: error.message });
      return false;
    }
  }

  async #addLeft({ entry, selection }: Scanned, { by, enter }: Left): Promise<void> {
    if (by.source !== "scope" && by.source !== "database") {
      this.#tallies.addExample(by.rule, by.source, entry.path);
    }
    if (entry.stat.type !== "dir") this.#addLeftFile(entry, by, selection);
    if (entry.stat.type !== "dir" || enter) return;
    for (const below of walk(entry.path)) {
      await this.pace.step(below.path);
      this.#addLeftFile(below, by, selection);
    }
  }

  #addLeftFile(entry: WalkedEntry, by: LeftOutBy, selection: Selection): void {
    if (entry.stat.type !== "file" || by.source === "database") return;
    if (by.source === "scope") this.#passOver(entry, selection.isDatabase(entry));
    else this.#tallies.leaveOut(by.rule, by.source, entry.stat.sizeBytes);
  }

  #passOver({ path, stat }: WalkedEntry, isDatabase: boolean): void {
    this.#tallies.passOver(classify(this.#options.installation, path, isDatabase), stat.sizeBytes);
  }

  finish(): CapturePlan {
    const { omissions, notes } = this.ledger.report();
    this.pace.tell();
    return {
      roots: this.#options.installation.roots.map(({ kind, path }) => ({ kind, path })),
      included: this.#tallies.included(),
      databases: this.#databases,
      classes: this.#tallies.classes(),
      rules: this.#tallies.rules(),
      notes,
      problems: omissions,
    };
  }
}

type Left = Extract<Scanned["verdict"], { type: "leave" }>;

const ONE_FILE_SYSTEM = ["one_file_system", "exclude.json"] as const;
