import { mkdirSync } from "node:fs";
import { type AppContext, addStorageToSettings, initHome } from "../../../lib/app/index.ts";
import { Secret } from "../../../lib/base/index.ts";
import { initRepository } from "../../../lib/repository/index.ts";
import {
  type ObjectStorage,
  openDirectoryStorage,
  openS3Storage,
} from "../../../lib/storage/index.ts";
import type { Minio } from "../../helpers/minio.ts";
import { FAST_COST, testHolder } from "../../helpers/repository.ts";
import { type ResticRepository, resticRepository } from "../../helpers/restic.ts";
import { createBucket, s3Options } from "../../helpers/s3.ts";
import type { TempDir } from "../../helpers/temp-dir.ts";
import { INSTANCE, PASSWORD } from "./work.ts";

/** Where the repository of a run lies. */
export interface Place {
  /** The repository as the real restic sees it. */
  readonly restic: ResticRepository;
  /** Makes a home that stores there. */
  configure(app: AppContext): Promise<void>;
}

/** A directory in which nothing is yet. */
export async function directoryPlace(base: TempDir): Promise<Place> {
  const path = base.join("storage", INSTANCE, "repository");
  mkdirSync(path, { recursive: true });
  return {
    restic: resticRepository(path, base.join("restic")),
    configure: async (app) => {
      await initHome(app, { instance: INSTANCE, path: base.join("storage") });
    },
  };
}

/** An empty bucket. Unlike a directory it is read through the cache in each client's home. */
export async function bucketPlace(base: TempDir, minio: Minio): Promise<Place> {
  const bucket = await createBucket(minio);
  const path = `s3:${minio.endpoint}/${bucket}/${INSTANCE}/repository`;
  const restic = resticRepository(path, base.join("restic"));
  const env = {
    AWS_ACCESS_KEY_ID: minio.accessKeyId,
    AWS_SECRET_ACCESS_KEY: minio.secretAccessKey,
  };
  const withKeys = { env };
  return {
    restic: {
      ...restic,
      run: (args) => restic.run(args, withKeys),
      json: (args) => restic.json(args, withKeys),
    },
    configure: async (app) => {
      await addStorageToSettings(app, {
        ...{ id: "s3", type: "s3", isDefault: true, plaintext: false, preset: "minio", bucket },
        ...{ endpoint: minio.endpoint, region: minio.region, prefix: "" },
        accessKeyId: minio.accessKeyId,
        secretAccessKey: new Secret(minio.secretAccessKey),
      });
    },
  };
}

/** Makes a repository whose key costs nothing to open. */
export async function makeRepository(base: TempDir, minio: Minio | undefined): Promise<Place> {
  if (minio === undefined) {
    const place = await directoryPlace(base);
    await initialise(await openDirectoryStorage({ path: place.restic.path }));
    return place;
  }
  const place = await bucketPlace(base, minio);
  const [, bucket = ""] = /\/([^/]+)\/[^/]+\/repository$/.exec(place.restic.path) ?? [];
  const prefix = `${INSTANCE}/repository`;
  await initialise(await openS3Storage(s3Options(minio, bucket, { prefix })));
  return place;
}

async function initialise(opened: ObjectStorage): Promise<void> {
  await using storage = opened;
  const password = new Secret(PASSWORD);
  await initRepository({ storage, password, holder: testHolder(), cost: FAST_COST });
}
