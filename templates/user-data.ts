/**
 * What a fresh machine runs to become the agent's new home. `{{name}}` is replaced by a value that the writer has quoted for the shell
 * (`lib/app/machine-texts`); `{{settings}}` by a JSON document, which no line of its own can end.
 *
 * @public
 */
export const USER_DATA = `#!/bin/bash
# Clawback: makes this machine run the agent of one instance, from its latest backup.
# For Amazon Linux 2023 and Ubuntu 24.04, as EC2 user data, or run by root. Run again, it does what is left to do.
# No secret is in it: the machine's role reads the bucket, and KMS opens the password that lies beside the backups.
# What happens is written to /var/log/clawback-user-data.log.
set -Eeuo pipefail
umask 022
cd /

instance={{instance}}
os_user={{osUser}}
package={{package}}
node_version={{nodeVersion}}
openclaw_default={{openclaw}}
gateway_unit={{gatewayUnit}}
start_gateway={{startGateway}}
log=/var/log/clawback-user-data.log

say() { printf '%s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }
fail() { say "FAILED: $*"; exit 1; }

# The network of a machine that has just begun may need a moment.
retry() {
  local attempt
  for attempt in 1 2 3 4; do
    "$@" && return 0
    say "attempt $attempt of 5 failed: $1"
    sleep $((attempt * 5))
  done
  "$@"
}

# Runs a program as the agent's user, in the environment of that user.
as_user() {
  runuser -u "$os_user" -- env HOME="$home" USER="$os_user" LOGNAME="$os_user" SHELL=/bin/bash \\
    XDG_RUNTIME_DIR="/run/user/$uid" PATH="$home/.local/bin:/usr/local/bin:/usr/bin:/bin" "$@"
}

install_tools() {
  local tool missing=()
  for tool in curl tar gzip git; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [ "\${#missing[@]}" -gt 0 ] || return 0
  say "installing \${missing[*]}"
  if command -v dnf >/dev/null; then
    retry dnf install --assumeyes --quiet "\${missing[@]}"
  elif command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    retry apt-get -o DPkg::Lock::Timeout=300 update --quiet
    retry apt-get -o DPkg::Lock::Timeout=300 install --yes --quiet --no-install-recommends "\${missing[@]}"
  else
    fail "neither dnf nor apt-get is here to install \${missing[*]}"
  fi
}

# Node in /opt, whole or not at all, checked against the list that its makers publish.
install_node() {
  local arch name scratch target="/opt/node-v$node_version" from="https://nodejs.org/dist/v$node_version"
  case "$(uname -m)" in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) fail "there is no Node for $(uname -m)" ;;
  esac
  if [ ! -x "$target/bin/node" ]; then
    say "installing Node $node_version"
    name="node-v$node_version-linux-$arch"
    scratch=$(mktemp -d /opt/.clawback-node.XXXXXX)
    retry curl --fail --silent --show-error --location --proto '=https' --output "$scratch/$name.tar.gz" "$from/$name.tar.gz"
    retry curl --fail --silent --show-error --location --proto '=https' --output "$scratch/SHASUMS256.txt" "$from/SHASUMS256.txt"
    (cd "$scratch" && grep " $name.tar.gz\\$" SHASUMS256.txt | sha256sum --check --strict --quiet -)
    tar --extract --gzip --no-same-owner --file "$scratch/$name.tar.gz" --directory "$scratch"
    rm -rf "$target"
    mv "$scratch/$name" "$target"
    rm -rf "$scratch"
  fi
  mkdir -p /usr/local/bin
  for name in node npm npx; do
    ln -sfn "$target/bin/$name" "/usr/local/bin/$name"
  done
}

prepare_user() {
  id -u "$os_user" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$os_user"
  uid=$(id -u "$os_user")
  home=$(getent passwd "$os_user" | cut -d: -f6)
  [ "$uid" -ne 0 ] || fail "the agent must not be root"
  [ -d "$home" ] || fail "$os_user has no home directory"
  # Timers and the Gateway of a user run while nobody is logged in.
  loginctl enable-linger "$os_user"
}

# Into the user's own directory, so that updates need no root.
install_package() {
  say "installing $1"
  retry as_user npm install --global --prefix "$home/.local" --no-audit --no-fund --loglevel=error -- "$1"
}

configure() {
  local settings="$home/.clawback/settings.json"
  [ ! -e "$settings" ] || return 0
  say "writing $settings"
  as_user mkdir -p -m 0700 "$home/.clawback"
  # shellcheck disable=SC2016 # the inner shell reads it
  as_user sh -c 'umask 077 && cat >"$1.new" && mv "$1.new" "$1"' sh "$settings" <<'CLAWBACK_SETTINGS'
{{settings}}
CLAWBACK_SETTINGS
}

# A state that is there is left alone. A restore that was cut short is finished or undone by the first command.
restore() {
  local state={{stateDir}} version
  as_user clawback runs --limit 1 --quiet >/dev/null
  if [ -n "$(ls -A "$state" 2>/dev/null)" ]; then
    say "$state is there already: nothing is restored"
    [ -x "$home/.local/bin/openclaw" ] || install_package "openclaw@$openclaw_default"
    return 0
  fi
  say "looking for the latest backup of $instance"
  version=$(as_user clawback show latest --json | as_user node -e '{{readVersion}}')
  # The version that made the backup can read it; a newer one is the business of its own update.
  install_package "openclaw@\${version:-$openclaw_default}"
  as_user clawback restore latest --yes
  say "restored into $state"
}

schedule() {
  local waited
  for waited in 1 2 3 4 5 6 7 8 9 10; do
    [ ! -S "/run/user/$uid/bus" ] || break
    sleep "$waited"
  done
  as_user clawback schedule install --kind systemd --gateway-unit "$gateway_unit" --yes
  if [ "$start_gateway" = yes ]; then
    as_user {{gatewayInstall}}
    say "the Gateway is installed and started"
  else
    say "when the old machine is off: sudo -iu $os_user {{gatewayInstall}}"
  fi
}

main() {
  [ "$(id -u)" -eq 0 ] || fail "this is run by root"
  exec 9>/run/clawback-user-data.lock
  flock --nonblock 9 || fail "this is running already"
  (umask 077 && touch "$log")
  # Whoever is started must not keep the lock.
  exec > >(exec 9>&- && tee -a "$log") 2>&1
  trap 'say "FAILED in line $LINENO; once that is mended, run this again"' ERR
  say "begins for instance $instance, as user $os_user"
  install_tools
  install_node
  prepare_user
  [ -x "$home/.local/bin/clawback" ] || install_package "$package"
  configure
  restore
  schedule
  say "done"
}

# The whole text has to be there before anything is done.
main "$@"
`;

/**
 * Reads from `clawback show --json` which OpenClaw made a backup. Nothing where that is not known.
 *
 * @public
 */
export const READ_VERSION: string =
  'let s="";process.stdin.on("data",c=>s+=c).on("end",()=>{const v=JSON.parse(s).backup.openclawVersion;' +
  "if(/^\\d{4}\\.\\d+\\.\\d+[0-9A-Za-z.-]*$/.test(v))console.log(v)})";
