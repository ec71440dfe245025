import type { RepositoryPassword, UnwrapReport } from "../../app/index.ts";
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

const wrap: CommandDefinition = {
  usage: "wrap",
  group: "Storage",
  summary: "let a KMS key open the repository, so that a new machine needs no password",
  description:
    "KMS encrypts the password in use, for this instance only, and it is stored beside the repository. Whoever may decrypt with the key\n" +
    "(kms:Decrypt) then opens the repository without typing. A storage on AWS with a KMS key does this for new repositories by itself.",
  flags: [
    {
      flags: "--kms-key <key>",
      description: "id, ARN or alias of the KMS key (default: the storage's, on AWS)",
    },
    ...FLAGS,
  ],
  examples: [["repository password wrap --kms-key alias/clawback", "with this key"]],
  run: async ({ app, output }, _args, flags) => {
    const { wrapRepositoryPassword } = await import("../../app/index.ts");
    const kmsKey = flag.text(flags, "kmsKey");
    const report = await wrapRepositoryPassword(app, { ...flag.selection(flags), kmsKey });
    const { keyArn, created, instance } = report;
    output.result(report, () =>
      created
        ? `the password is wrapped: whoever may decrypt with ${keyArn} opens the snapshots of ${instance}`
        : `the password was wrapped by ${keyArn} already`,
    );
    return 0;
  },
};

const unwrap: CommandDefinition = {
  usage: "unwrap",
  group: "Storage",
  summary: "remove the passwords that KMS keys open the repository with",
  description:
    "The passwords themselves stay in use. Where the storage keeps versions, what is removed can be brought back: to lock somebody out,\n" +
    "change the password afterwards.",
  flags: [flag.YES_FLAG, flag.STORAGE_FLAG, flag.INSTANCE_FLAG],
  examples: [["repository password unwrap --yes", "from here on a password must be given"]],
  run: async ({ app, output, prompter }, _args, flags) => {
    const { unwrapRepositoryPassword } = await import("../../app/index.ts");
    if (!flag.isSet(flags, "yes")) {
      await prompter.confirm(
        "Remove the wrapped passwords? A new machine needs the password then.",
        "--yes",
      );
    }
    const report = await unwrapRepositoryPassword(app, flag.selection(flags));
    output.result(report, () => formatUnwrapped(report));
    return 0;
  },
};

export const password: CommandDefinition = {
  usage: "password",
  group: "Storage",
  summary: "add, list, remove, change or wrap the passwords of the repository",
  subcommands: [add, list, remove, change, wrap, unwrap],
};

function formatUnwrapped({ removed, isOnlyHere }: UnwrapReport): string {
  if (removed.length === 0) return "no password was wrapped";
  const onlyHere = isOnlyHere
    ? [
        "mind: nothing proves now that the password exists elsewhere than in this home's secrets.json",
      ]
    : [];
  return ["the password is not wrapped any more", ...onlyHere].join("\n");
}

function formatPasswords(passwords: readonly RepositoryPassword[]): string {
  const rows = passwords.map((each) => [
    each.id.slice(0, 8),
    each.createdAt.slice(0, 19),
    escapeText(each.username === "" ? each.hostname : `${each.username}@${each.hostname}`),
    formatState(each),
  ]);
  return formatTable([{ title: "ID" }, { title: "CREATED" }, { title: "BY" }, { title: "" }], rows);
}

function formatState({ current, wrappedBy, problem }: RepositoryPassword): string {
  if (problem !== undefined) return escapeText(problem);
  const words = [
    ...(current ? ["in use"] : []),
    ...(wrappedBy === undefined ? [] : [`wrapped by ${escapeText(wrappedBy)}`]),
  ];
  return words.join(", ");
}
