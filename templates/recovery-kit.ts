/**
 * The recovery kit that `key export` prints: what a person needs who has lost the machine. `{{name}}` is replaced, quoted for a shell in
 * commands; a line with a name that has no value is left out. Lines that begin with `$ ` are commands to be typed as they stand.
 *
 * @public
 */
export const RECOVERY_KIT = {
  title: "Recovery kit of {{instance}}",
  intro: [
    "Whoever holds this page{{andPassphrase}} and may read the storage can bring the agent back. Keep it outside the machine that it is about, where you keep passports.",
  ],
  prepare: {
    title: "1. First, on the new machine",
    lines: [
      "Install Node 24.16 or newer, OpenClaw, and Clawback (its README says how). Then, in an empty directory:",
      "$ (umask 077; printf '%s\\n' {{password}} > password.txt)",
      "$ (umask 077; printf '%s\\n' {{archivePassword}} > archive-password.txt)",
      "{{missingPassword}}Write the passphrase into a file password.txt. It is not on this page; it is kept at: ____________________",
      "{{wrappedBy}} wraps the passphrase: whoever may decrypt with that key needs none for Clawback.",
      "Write the secret of access key {{accessKeyId}} into a file secret-key.txt. It is not on this page; it is kept at: ____________________",
      "$ export AWS_ACCESS_KEY_ID={{accessKeyId}}",
      '{{hasAccessKey}}$ export AWS_SECRET_ACCESS_KEY="$(cat secret-key.txt)"',
      "{{usesChain}}Have credentials that may read the bucket: a role of the machine, a profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
      "$ export AWS_DEFAULT_REGION={{region}}",
      "{{isLocal}}The storage is a directory. If it was on the disk that was lost, nothing on this page helps; if it was on another one, connect that first.",
    ],
  },
  clawback: {
    title: "2. With Clawback",
    lines: [
      '{{hasPasswordFile}}$ export CLAWBACK_PASSWORD_FILE="$PWD/password.txt"',
      "$ CLAWBACK_INSTANCE={{instance}} clawback storage add {{addStorage}} --default",
      "$ clawback list",
      "$ clawback restore latest --yes",
      "It goes where OpenClaw of this user looks for it, mostly ~/.openclaw. What was there is kept: clawback restore --undo.",
      "{{hasArchivePassword}}Archives have another passphrase: add --password-file archive-password.txt to restore one.",
      "{{recipients}}: archives are encrypted to these public keys, and restoring one takes --key-file with a private key.",
    ],
  },
  snapshots: {
    title: "3. Without Clawback: snapshots, with restic",
    lines: [
      "$ aws s3 cp{{s3Endpoint}} {{wrappedPassword}} password.kms.json",
      `{{unwraps}}$ node -e 'process.stdout.write(Buffer.from(JSON.parse(require("fs").readFileSync("password.kms.json")).ciphertext, "base64"))' > password.bin`,
      "$ aws kms decrypt{{kmsEndpoint}} --ciphertext-blob fileb://password.bin --encryption-context {{kmsContext}} --query Plaintext --output text | base64 -d > password.txt",
      "$ export RESTIC_REPOSITORY={{resticRepository}}",
      '{{hasSnapshots}}$ export RESTIC_PASSWORD_FILE="$PWD/password.txt"',
      "{{hasSnapshots}}$ restic snapshots",
      "{{hasSnapshots}}$ restic restore latest --target ./restored",
      "The state directory is then ./restored{{stateDir}}. Stop OpenClaw, move that to ~/.openclaw, start it.",
    ],
  },
  archives: {
    title: "4. Without Clawback: archives, with gpg, and OpenClaw or tar",
    lines: [
      "$ aws s3 sync{{s3Endpoint}} {{archivesInBucket}} ./archives",
      "$ cp -r {{archivesInDirectory}} ./archives",
      '{{hasArchives}}$ newest="$(ls -d ./archives/* | tail -n 1)"',
      '$ gpg --batch --pinentry-mode loopback --passphrase-file {{gpgPasswordFile}} --output archive.tar.gz --decrypt "$newest/archive.tar.gz.gpg"',
      '{{forPrivateKey}}$ gpg --output archive.tar.gz --decrypt "$newest/archive.tar.gz.gpg"',
      '{{isPlain}}$ cp "$newest/archive.tar.gz" .',
      "{{hasArchives}}$ openclaw backup verify archive.tar.gz",
      "{{hasArchives}}$ openclaw backup restore archive.tar.gz --target ./from-archive",
      "{{hasArchives}}Or, without OpenClaw: tar xzf archive.tar.gz",
    ],
  },
  loss: {
    title: "5. If the passphrase is lost",
    lines: [
      "Nobody can open snapshots or encrypted archives without it: not the storage, not the authors of Clawback.",
      "On the machine itself, while it runs, clawback key export --with-passphrase prints it again, and clawback key add gives the snapshots a second one.",
      "{{wrappedBy}} wraps it, too: as long as that key exists, clawback repository password change sets a new one.",
    ],
  },
  receipt: {
    title: "Receipt",
    lines: [
      "The word of this page is: {{word}}",
      "When the page is printed or copied to paper, type the word on the machine, so that it counts the backups as safe: clawback key confirm WORD",
    ],
  },
  /** Words that are hard to mistake for each other on paper. */
  words: `
acorn amber anchor apple arrow autumn badger balloon bamboo banjo barrel basket beacon beaver bicycle biscuit blanket bottle breeze bridge
bucket butter button cactus camel candle canvas carpet castle cedar cherry chimney cinnamon circus clover coconut comet compass copper coral
cotton cradle cricket crystal dolphin donkey dragon eagle falcon feather ferry fiddle forest fountain garden ginger giraffe glacier granite guitar`,
  html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{title}}</title>
<style>
@page { size: A4; margin: 12mm; }
body { font: 9pt/1.3 sans-serif; max-width: 186mm; margin: 0 auto; color: #000; background: #fff; }
h1 { font-size: 14pt; margin: 0 0 1mm; }
h2 { font-size: 10pt; margin: 2.5mm 0 0.5mm; }
p { margin: 0.5mm 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 4mm; margin: 1mm 0; }
dt { font-weight: bold; }
dd { margin: 0; overflow-wrap: anywhere; font-family: monospace; }
pre { font: 8pt/1.25 monospace; margin: 0.5mm 0; padding: 0.5mm 2mm; background: #f2f2f2; white-space: pre-wrap; overflow-wrap: anywhere; }
section { break-inside: avoid; }
</style>
</head>
<body>
<h1>{{title}}</h1>
{{body}}
</body>
</html>
`,
} as const;
