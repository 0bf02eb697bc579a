# The distribution's packages: found, downloaded and unpacked with a package state of our own, so that neither root nor
# the host's package lists are needed, and nothing of the host's changes.

# Only the distribution's own packages are taken, whatever else the host's sources offer.
package_state() {
    apt=$cache/apt
    mkdir -p "$apt/lists/partial" "$apt/archives/partial"
    : >"$apt/status"
    printf 'Package: *\nPin: release o=Debian\nPin-Priority: 990\n\nPackage: *\nPin: release a=*\nPin-Priority: -1\n' >"$apt/preferences"
}

apt() {
    apt-get -qq -o Dir::State="$apt" -o Dir::State::Lists="$apt/lists" -o Dir::State::status="$apt/status" \
        -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives" -o Dir::Etc::preferences="$apt/preferences" \
        -o Dir::Etc::preferencesparts=/nonexistent -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3 \
        -o Acquire::http::Timeout=30 -o APT::Install-Recommends=false -o APT::Get::List-Cleanup=false \
        -o Debug::NoLocking=1 "$@" 2>"$cache/tmp/apt.err"
}

update_lists() {
    say "reading the distribution's package lists"
    # A source of somebody else's that does not answer is no reason to stop: what is missing shows when it is asked for.
    apt update || say "some package sources failed: $(tail -n 1 "$cache/tmp/apt.err")"
    : >"$apt/fresh"
}

# Downloads packages and all that they depend on; the names of their files into the file $1, sorted. $2...: packages.
download() {
    local list=$1
    shift
    apt install --download-only -y "$@" >/dev/null && apt install --simulate -y "$@" |
        awk '$1 == "Inst" { version = substr($3, 2); gsub(":", "%3a", version); print $2 "_" version "_" }' | sort >"$list"
}

fetch_packages() {
    package_state
    [ -z "$(find "$apt/fresh" -mtime -1 2>/dev/null)" ] || ! download "$@" || return 0
    update_lists
    download "$@" || fail "cannot get the packages ${*:2}: $(tail -n 3 "$cache/tmp/apt.err")"
}

# Unpacks packages below the directory $1 with the distribution's merged /usr, without manuals and translations.
# Standard input: names of package files as fetch_packages lists them.
unpack_packages() {
    local root=$1 package deb
    mkdir -p "$root"
    merge_usr "$root"
    while read -r package; do
        for deb in "$apt/archives/$package"*.deb; do
            dpkg-deb --fsys-tarfile "$deb" | tar -x -p -C "$root" --keep-directory-symlink --no-same-owner \
                --exclude=./usr/share/{doc,man,info,locale,lintian,bug,doc-base,menu,pixmaps,icons,gcc}
        done
    done
}

merge_usr() {
    local part
    for part in bin sbin lib lib64; do
        mkdir -p "$1/usr/$part"
        ln -s "usr/$part" "$1/$part"
    done
}
