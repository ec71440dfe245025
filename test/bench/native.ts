import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CLAWBACK_PROGRAM, clawbackEnvironment } from "../helpers/clawback.ts";
import { openInstallation } from "../helpers/installation.ts";
import { openClawEnvironment } from "../helpers/openclaw.ts";
import { NODE } from "../parts/environment.ts";
import { openclaw } from "../parts/openclaw.ts";
import { pathOf } from "../parts/part.ts";
import { makeSampleState } from "../parts/sample-state.ts";
import { type BenchSettings, inTurn } from "./s3.ts";
import { formatRows } from "./table.ts";

/** Archives on the local disk: Clawback against `openclaw backup`, on a real installation grown to the sample's size. */
export async function benchmarkNative(settings: BenchSettings): Promise<void> {
  await using installation = await openInstallation();
  const { home, stateDir } = installation;
  makeSampleState(join(stateDir, "workspace", "bench"), { ...settings, dbMb: 1 });
  growDatabase(join(stateDir, "agents/main/agent/openclaw-agent.sqlite"), settings.dbMb);
  const out = join(settings.scratch, "native");
  const env = { ...openClawEnvironment(home), ...clawbackEnvironment({ userHome: home }) };
  const clawback = `${NODE} ${CLAWBACK_PROGRAM}`;
  const native = `${NODE} ${pathOf(openclaw)}`;
  const creates = {
    "clawback create --output": `${clawback} create --output $PLACE.tar.gz --quiet > /dev/null`,
    "openclaw backup create": `${native} backup create --output $PLACE.tar.gz > /dev/null`,
  };
  const created = await inTurn(creates, settings.rounds, env, out);
  process.stdout.write(formatRows("Create on the local disk", created, "openclaw backup create"));

  const kept = join(settings.scratch, "archives");
  mkdirSync(kept, { recursive: true });
  const once = (command: string) => inTurn({ once: command }, 0, env);
  await once(`${clawback} create --output ${kept}/ours.tar.gz --quiet > /dev/null`);
  await once(`${native} backup create --output ${kept}/native.tar.gz > /dev/null`);
  const restores = {
    "clawback restore --target": `${clawback} restore ${kept}/ours.tar.gz --target $PLACE --quiet > /dev/null`,
    "openclaw backup restore": `${native} backup restore ${kept}/native.tar.gz --target $PLACE > /dev/null`,
  };
  const restored = await inTurn(restores, settings.rounds, env, out);
  process.stdout.write(
    formatRows("Restore from the local disk", restored, "openclaw backup restore"),
  );
}

/** Adds a table of prose, so that the real database has the sample's size. */
function growDatabase(path: string, megabytes: number): void {
  using database = new DatabaseSync(path);
  database.exec("CREATE TABLE IF NOT EXISTS bench_rows(id INTEGER PRIMARY KEY, body TEXT); BEGIN");
  const insert = database.prepare("INSERT INTO bench_rows(body) VALUES (?)");
  const words = Array.from({ length: 400 }, (_, i) => (i * 7919).toString(36));
  for (let bytes = 0, i = 0; bytes < megabytes * 1e6; i++) {
    const body = Array.from({ length: 250 }, (_, k) => words[(i * 31 + k * k) % words.length]).join(
      " ",
    );
    insert.run(body);
    bytes += body.length;
  }
  database.exec("COMMIT");
}
