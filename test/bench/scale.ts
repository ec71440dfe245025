import { rmSync } from "node:fs";
import { join } from "node:path";
import { CLAWBACK_PROGRAM, clawbackEnvironment } from "../helpers/clawback.ts";
import { startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { NODE } from "../parts/environment.ts";
import { makeSampleState } from "../parts/sample-state.ts";
import { type BenchSettings, inTurn } from "./s3.ts";
import { formatRows, type Row } from "./table.ts";

/** Whether memory grows with the size of what is backed up: the tree once, and four times as large. */
export async function benchmarkScale(settings: BenchSettings): Promise<void> {
  await using minio = await startMinio();
  const rows: Row[] = [];
  for (const factor of [1, 4]) {
    const home = join(settings.scratch, `scale-${factor}`);
    makeSampleState(join(home, ".openclaw"), {
      files: settings.files * factor,
      dbMb: settings.dbMb * factor,
      mediaMb: settings.mediaMb * factor,
    });
    await minio.mc("mb", `test/scale-${factor}`);
    await addMinioStorage({ minio, userHome: home, bucket: `scale-${factor}` });
    const command = `${NODE} ${CLAWBACK_PROGRAM} create --quiet > /dev/null`;
    const env = clawbackEnvironment({ userHome: home });
    const [row] = await inTurn({ [`clawback create, ${factor} x`]: command }, settings.rounds, env);
    if (row !== undefined) rows.push(row);
    rmSync(home, { recursive: true, force: true });
  }
  process.stdout.write(formatRows("Memory and size", rows, rows[0]?.job ?? ""));
}
