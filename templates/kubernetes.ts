/**
 * What a job's container runs: the settings of the ConfigMap become those of Clawback's home, then the job runs. The home is made in the volume, which belongs to nobody. Omissions (3) are no
 * failure for Kubernetes; they are recorded, and told where notices are configured. `$1` is the job.
 *
 * @public
 */
export const KUBERNETES_JOB_SCRIPT = `set -eu
umask 077
mkdir -p "$CLAWBACK_HOME"
cp /etc/clawback/settings.json "$CLAWBACK_HOME/settings.json.new"
mv "$CLAWBACK_HOME/settings.json.new" "$CLAWBACK_HOME/settings.json"
code=0
clawback run "$1" --scheduled --quiet || code=$?
[ "$code" -ne 3 ] || code=0
exit "$code"
`;
