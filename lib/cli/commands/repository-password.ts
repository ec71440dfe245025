import type { RepositoryPassword } from "../../app/index.ts";
import { escapeText } from "../../base/index.ts";
import type { CommandDefinition, Flag } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTable } from "../table.ts";

const FLAGS: readonly Flag[] = [flag.STORAGE_FLAG, flag.INSTANCE_FLAG, ...flag.PASSWORD_FLAGS];
const NEW_FLAGS: readonly Flag[] = [
  {
    flags: "--new-password-file <file>",
    description: "read the new password from the first line of a file (default: ask)",
    parse: flag.absolutePath,
  },
  ...FLAGS,
];

const list: CommandDefinition = {
  usage: "list",
  group: "Storage",
  summary: "list the passwords that open the repository",
  flags: FLAGS,
  examples: [["repository password list", "who made which, and when"]],
  run: async ({ app, output }, _args, flags) => {
    const { listPasswords } = await import("../../app/index.ts");
    const passwords = await listPasswords(app, flag.selection(flags));
    output.result({ passwords }, () => formatPasswords(passwords));
    return 0;
  },
};

const add: CommandDefinition = {
  usage: "add",
  group: "Storage",
  summary: "let another password open the repository too",
  flags: NEW_FLAGS,
  examples: [["repository password add --new-password-file new.txt", "the first line of a file"]],
  run: async ({ app, output }, _args, flags) => {
    const { addPassword } = await import("../../app/index.ts");
    const newPasswordFile = flag.text(flags, "newPasswordFile");
    const id = await addPassword(app, { ...flag.selection(flags), newPasswordFile });
    output.result({ added: id }, () => `password ${id.slice(0, 8)} opens the repository too`);
    return 0;
  },
};

const remove: CommandDefinition = {
  usage: "remove <id>",
  group: "Storage",
  summary: "take a password out of use",
  description:
    "Whoever has used it may still know the key that it unlocked: to lock him out, copy into a new repository.",
  flags: [flag.YES_FLAG, ...FLAGS],
  examples: [["repository password remove 3f2a91c0 --yes", "by the start of its id"]],
  run: async ({ app, output, prompter }, [id = ""], flags) => {
    const { removePassword } = await import("../../app/index.ts");
    if (!flag.isSet(flags, "yes")) {
      await prompter.confirm(`Remove password ${id}? It opens nothing afterwards.`, "--yes");
    }
    const removed = await removePassword(app, id, flag.selection(flags));
    output.result(
      { removed },
      () => `password ${removed.slice(0, 8)} no longer opens the repository`,
    );
    return 0;
  },
};

const change: CommandDefinition = {
  usage: "change",
  group: "Storage",
  summary: "replace the password in use by another",
  flags: NEW_FLAGS,
  examples: [
    [
      "repository password change --new-password-file new.txt",
      "the old one opens nothing afterwards",
    ],
  ],
  run: async ({ app, output }, _args, flags) => {
    const { changePassword } = await import("../../app/index.ts");
    const newPasswordFile = flag.text(flags, "newPasswordFile");
    const id = await changePassword(app, { ...flag.selection(flags), newPasswordFile });
    output.result(
      { changed: id },
      () => "the password is changed; the old one opens nothing any more",
    );
    return 0;
  },
};

export const password: CommandDefinition = {
  usage: "password",
  group: "Storage",
  summary: "add, list, remove or change the passwords of the repository",
  subcommands: [add, list, remove, change],
};

function formatPasswords(passwords: readonly RepositoryPassword[]): string {
  const rows = passwords.map(({ id, createdAt, username, hostname, current, problem }) => [
    id.slice(0, 8),
    createdAt.slice(0, 19),
    escapeText(username === "" ? hostname : `${username}@${hostname}`),
    problem === undefined ? (current ? "in use" : "") : escapeText(problem),
  ]);
  return formatTable([{ title: "ID" }, { title: "CREATED" }, { title: "BY" }, { title: "" }], rows);
}
