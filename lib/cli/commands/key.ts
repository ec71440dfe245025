import type { KitReport, Recipient, RepositoryPassword } from "../../app/index.ts";
import { BackupError, escapeText, isBackupError } from "../../base/index.ts";
import type { CommandContext, CommandDefinition, Flag, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTable } from "../table.ts";

const PLACE: readonly Flag[] = [flag.STORAGE_FLAG, flag.INSTANCE_FLAG];
const RECIPIENT: Flag = {
  flags: "--recipient <file>",
  description: "an OpenPGP public key, to which every archive is encrypted from then on",
  parse: flag.absolutePath,
};

const exportKey: CommandDefinition = {
  usage: "export",
  group: "Storage",
  summary: "print the recovery kit: all that is needed to restore without this machine",
  description:
    "One page with storage, instance, key ids and the exact commands, with Clawback and without it. With the passphrase on it, it opens every\n" +
    "backup: print it, and keep it where you keep passports. Its word, typed on the machine, makes an off-site repository count as safe.",
  flags: [
    {
      flags: "--html <file>",
      description: "write the page there, for printing (default: as text on standard output)",
      parse: flag.absolutePath,
    },
    { flags: "--text", description: "as text on standard output" },
    { flags: "--with-passphrase", description: "the passphrase stands on the page" },
    ...PLACE,
    ...flag.PASSWORD_FLAGS,
  ],
  examples: [
    ["key export --with-passphrase --html kit.html", "for printing; then remove the file"],
    ["key export", "a page that may be seen"],
  ],
  run: exportKit,
};

async function exportKit(
  context: CommandContext,
  _args: readonly string[],
  flags: FlagValues,
): Promise<number> {
  const { app, output, prompter } = context;
  const { exportKit: make, confirmKit } = await import("../../app/index.ts");
  const html = flag.text(flags, "html");
  if (html !== undefined && flag.isSet(flags, "text")) {
    throw new BackupError("invalid-argument", "--html and --text exclude each other");
  }
  const withPassphrase = flag.isSet(flags, "withPassphrase");
  const report = await make(app, { ...flag.selection(flags), html, withPassphrase });
  output.result(report, () => report.page ?? `the recovery kit is in ${report.file}`);
  if (!report.provesPassword) return 0;
  if (!prompter.isInteractive) {
    output.note(afterwards(report));
    return 0;
  }
  const confirmed = await askForWord(context, confirmKit);
  if (!confirmed) output.note(afterwards(report));
  return 0;
}

const WORD_QUESTION = "The word at the foot of the page, once it is on paper (empty: later):";

/** Asks until the word is right, or none is given. */
async function askForWord(
  { app, prompter, output }: CommandContext,
  confirmKit: (app: CommandContext["app"], word: string) => Promise<unknown>,
): Promise<boolean> {
  for (;;) {
    const word = await prompter.ask(WORD_QUESTION, { flag: "clawback key confirm WORD" });
    if (word === "") return false;
    try {
      await confirmKit(app, word);
      output.note("confirmed: the passphrase of this repository counts as kept safely");
      return true;
    } catch (error) {
      if (!isBackupError(error, "invalid-argument")) throw error;
      output.note(error.message);
    }
  }
}

function afterwards({ file }: KitReport): string {
  const print = file === undefined ? "once the page is on paper" : `print ${file}, remove it, then`;
  return `${print} type the word at its foot: clawback key confirm WORD`;
}

const confirm: CommandDefinition = {
  usage: "confirm <word>",
  group: "Storage",
  summary: "confirm that a recovery kit is on paper, by the word at its foot",
  examples: [["key confirm acorn", "the repository's passphrase then counts as kept safely"]],
  run: async ({ app, output }, [word = ""]) => {
    const { confirmKit } = await import("../../app/index.ts");
    const { id, storage, instance, passwordId, confirmedAt } = await confirmKit(app, word);
    const result = {
      confirmed: id,
      storage,
      instance,
      confirmedAt,
      provesPassword: passwordId !== undefined,
    };
    output.result(result, () =>
      passwordId === undefined
        ? "confirmed; this page has no passphrase, so it proves nothing of that"
        : `confirmed: the passphrase of storage ${storage} counts as kept safely`,
    );
    return 0;
  },
};

const list: CommandDefinition = {
  usage: "list",
  group: "Storage",
  summary: "list the passwords of the repository and the public keys of archives",
  flags: [...PLACE, ...flag.PASSWORD_FLAGS],
  examples: [["key list", "who can open what"]],
  run: async ({ app, output }, _args, flags) => {
    const { listPasswords, listRecipients } = await import("../../app/index.ts");
    const recipients = await listRecipients(app);
    const passwords = await noneWithoutRepository(() => listPasswords(app, flag.selection(flags)));
    output.result({ passwords, recipients }, () => formatKeys(passwords, recipients));
    return 0;
  },
};

async function noneWithoutRepository(
  read: () => Promise<readonly RepositoryPassword[]>,
): Promise<readonly RepositoryPassword[]> {
  try {
    return await read();
  } catch (error) {
    if (isBackupError(error, "repository-not-found")) return [];
    throw error;
  }
}

function formatKeys(
  passwords: readonly RepositoryPassword[],
  recipients: readonly Recipient[],
): string {
  const rows = [
    ...passwords.map(({ id, createdAt, username, hostname, current, wrappedBy, problem }) => [
      "password",
      id.slice(0, 8),
      escapeText(`${createdAt.slice(0, 10)} by ${username}@${hostname}`),
      [current ? "in use" : "", wrappedBy === undefined ? "" : "wrapped by KMS", problem ?? ""]
        .filter((text) => text !== "")
        .join(", "),
    ]),
    ...recipients.map(({ fingerprint, users, path, problem }) => [
      "public key",
      fingerprint.slice(-16),
      escapeText(users.join(", ") || path),
      problem === undefined ? "" : `NOT usable: ${problem}`,
    ]),
  ];
  if (rows.length === 0) return "no repository yet, and no public key";
  return formatTable([{ title: "KIND" }, { title: "ID" }, { title: "OF" }, { title: "" }], rows);
}

const add: CommandDefinition = {
  usage: "add",
  group: "Storage",
  summary: "let another password open the snapshots, or another public key the archives",
  flags: [
    RECIPIENT,
    {
      flags: "--new-password-file <file>",
      description: "read the new password from the first line of a file (default: ask)",
      parse: flag.absolutePath,
    },
    ...PLACE,
    ...flag.PASSWORD_FLAGS,
  ],
  examples: [
    ["key add --recipient me.asc", "archives from now on; older ones stay as they are"],
    ["key add", "a second password of the snapshots; asks for it"],
  ],
  run: async ({ app, output }, _args, flags) => {
    const { addPassword, addRecipient } = await import("../../app/index.ts");
    const recipient = flag.text(flags, "recipient");
    const newPasswordFile = flag.text(flags, "newPasswordFile");
    if (recipient === undefined) {
      const id = await addPassword(app, { ...flag.selection(flags), newPasswordFile });
      output.result({ added: id }, () => `password ${id.slice(0, 8)} opens the snapshots too`);
      return 0;
    }
    if (newPasswordFile !== undefined) {
      throw new BackupError("invalid-argument", "add a password or a public key, one at a time");
    }
    const recipients = await addRecipient(app, recipient);
    const names = recipients.map(({ fingerprint }) => fingerprint.slice(-16)).join(", ");
    output.result({ recipients }, () => `archives are encrypted to ${names} from now on`);
    return 0;
  },
};

const remove: CommandDefinition = {
  usage: "remove <id>",
  group: "Storage",
  summary: "take a password of the snapshots, or a public key of the archives, out of use",
  description: "Archives that are there can still be opened by the private key.",
  arguments: ["the start of a password's id, or a public key's id or file"],
  flags: [flag.YES_FLAG, ...PLACE, ...flag.PASSWORD_FLAGS],
  examples: [["key remove 3f2a91c0 --yes", "as clawback key list shows it"]],
  run: async ({ app, output, prompter }, [id = ""], flags) => {
    const { findRecipient, removePassword, removeRecipient } = await import("../../app/index.ts");
    const recipient = await findRecipient(app, id);
    if (!flag.isSet(flags, "yes")) await prompter.confirm(`Take ${id} out of use?`, "--yes");
    const isRecipient = recipient !== undefined;
    const removed = isRecipient
      ? await removeRecipient(app, recipient)
      : await removePassword(app, id, flag.selection(flags));
    output.result({ removed }, () =>
      isRecipient
        ? `archives are no longer encrypted to ${removed}`
        : `password ${removed.slice(0, 8)} no longer opens the snapshots`,
    );
    return 0;
  },
};

export const key: CommandDefinition = {
  usage: "key",
  group: "Storage",
  summary: "the recovery kit, passwords of snapshots, and public keys of archives",
  description: "Without a command it lists passwords and public keys.",
  flags: list.flags,
  run: list.run,
  subcommands: [exportKey, confirm, add, remove, list],
};
