# Sourced by ./thaw and ./test: finds a JDK 25 and the distribution's packages. Bash.

# What building and running takes, as Debian packages.
THAW_PACKAGES="ca-certificates gcc libc6-dev libnghttp2-dev make musl-tools nftables qemu-system-x86 unzip xz-utils"
# What the tests compare with or run against.
THAW_TEST_PACKAGES="busybox-static diffutils docker-registry erofs-utils iproute2 nodejs openssl perl python3 skopeo umoci util-linux"

say() { printf '%s\n' "$*" >&2; }

is_jdk_25() {
    [ -x "$1/bin/javac" ] && grep -q '^JAVA_VERSION="25' "$1/release" 2>/dev/null
}

# Sets and exports JAVA_HOME.
find_jdk() {
    local candidate on_path
    on_path=$(command -v javac 2>/dev/null || true)
    [ -z "$on_path" ] || on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
    for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /opt/jdk* /opt/java* /usr/java/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
        if [ -n "$candidate" ] && is_jdk_25 "$candidate"; then
            export JAVA_HOME="$candidate"
            return
        fi
    done
    say "Thaw needs a JDK 25 and found none in JAVA_HOME, on the PATH or in the usual folders."
    say "Install one (for example temurin-25-jdk) and set JAVA_HOME to its folder."
    exit 1
}

# Installs those of the named packages that are missing: after a question on a terminal, at once without one or with YES=1.
need_packages() {
    command -v dpkg-query >/dev/null || { say "This is not a Debian system; make sure that these are installed: $*"; return; }
    local missing="" package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "Missing Debian packages:$missing"
    if [ "$(id -u)" != 0 ]; then
        say "Install them as root: apt-get install --no-install-recommends$missing"
        exit 1
    fi
    if [ -t 0 ] && [ "${YES:-0}" != 1 ]; then
        local answer
        printf 'Install them now? [Y/n] ' >&2
        read -r answer
        case "$answer" in
            [nN]*) say "Install them with: apt-get install --no-install-recommends$missing"; exit 1 ;;
        esac
    fi
    local log
    log=$(mktemp)
    say "Installing…"
    # A broken source of a third party must not stand in the way of the distribution's own packages.
    apt-get -q update >"$log" 2>&1 || say "Some package lists could not be updated; going on with what there is."
    # shellcheck disable=SC2086 # a list of words
    if ! DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        say "The packages could not be installed."
        exit 1
    fi
    rm -f "$log"
}
