import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { bucketPolicy } from "../../lib/provision/index.ts";
import { clawback } from "../helpers/clawback.ts";
import { type Minio, startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { describeWith } from "../helpers/parts.ts";
import { type ScriptedS3, startScriptedS3 } from "../helpers/scripted-s3.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

const BUCKET = "written-once";

// AWS would refuse what this finds; MinIO does not know the condition `s3:if-none-match`.
describeWith(["minio", "mc"], "what the bucket's policy lets nobody replace", () => {
  let minio: Minio;
  let proxy: ScriptedS3;
  let user: TempDir;
  beforeAll(async () => {
    minio = await startMinio();
    await minio.mc("mb", "--with-versioning", `test/${BUCKET}`);
    proxy = await startScriptedS3([], minio.endpoint);
    user = await tempDir();
    await makeSample(user.join(".openclaw"), { files: 5 });
    await addMinioStorage({ minio, userHome: user.path, bucket: BUCKET, endpoint: proxy.endpoint });
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await minio[Symbol.asyncDispose]();
    await user[Symbol.asyncDispose]();
  });

  const isWrittenOnce = (key: string): boolean => {
    const scope = {
      partition: "aws",
      account: "",
      region: "",
      bucket: "",
      prefix: "",
      keyArn: undefined,
    };
    const { Statement } = bucketPolicy(scope);
    const resources = Statement.find(({ Sid }) => Sid === "ClawbackDenyReplacing")?.Resource ?? [];
    return [resources].flat().some((arn) => {
      const pattern = arn
        .slice("arn:aws:s3:::/".length)
        .replaceAll(".", "\\.")
        .replaceAll("*", ".*");
      return new RegExp(`^${pattern}$`).test(key);
    });
  };

  test("every command that writes there asks for a new object", async () => {
    const env = { CLAWBACK_INSTANCE: "agent", CLAWBACK_PASSWORD: "correct horse" };
    const program = clawback({ userHome: user.path, env, as: "function" });
    writeFileSync(user.join("second"), "another horse\n", { mode: 0o600 });
    const { id } = await program.json<{ id: string }>(["create"]);
    await program.json(["hold", id]);
    const { id: snapshot } = await program.json<{ id: string }>(["snapshot"]);
    writeFileSync(user.join(".openclaw", "workspace", "MEMORY.md"), "changed\n");
    await program.json(["snapshot"]);
    await program.json(["verify", id]);
    await program.json([
      "repository",
      "password",
      "add",
      "--new-password-file",
      user.join("second"),
    ]);
    await program.json(["delete", snapshot, "--yes"]);
    await program.json(["repository", "prune"]);
    await program.json(["repository", "repair", "index"]);
    await program.json([
      "storage",
      "add",
      "disk",
      "--type",
      "directory",
      "--path",
      user.join("disk"),
    ]);
    const other = await program.json<{ id: string }>(["create", "--storage", "disk"]);
    await program.json(["sync", other.id, "--from", "disk", "--storage", "s3"]);
    const apart = await program.json<{ id: string }>(["snapshot", "--storage", "disk"]);
    await program.json(["sync", apart.id, "--from", "disk", "--storage", "s3"]);
    await program.json(["release", id]);
    await program.json(["delete", id, "--yes"]);
    await program.json(["undelete", id, "--yes"]);
    const writes = proxy.seen.filter(({ operation }) =>
      ["PutObject", "CompleteMultipartUpload"].includes(operation),
    );
    const keyOf = (path: string): string =>
      decodeURIComponent(path.split("?")[0] ?? "").slice(`/${BUCKET}/`.length);
    const once = writes.filter(({ path }) => isWrittenOnce(keyOf(path)));
    const kinds = new Set(
      once.map(({ path }) => keyOf(path).replace(/^agent\/((repository\/)?[^/]+).*/, "$1")),
    );
    expect([...kinds].sort()).toEqual([
      ...["archives", "marks", "removed", "repository/config", "repository/data"],
      ...["repository/index", "repository/keys", "repository/snapshots"],
    ]);
    const replacing = once.filter(({ headers }) => headers["if-none-match"] !== "*");
    expect(replacing.map(({ path }) => keyOf(path))).toEqual([]);
  });
});
