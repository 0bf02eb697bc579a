# Layers and the OCI image layout around them (https://github.com/opencontainers/image-spec), written without a tool.

base_packages=(base-files dash libc6 libgcc-s1 zlib1g)

# What the base layer has besides its packages: the accounts, and the places that a sandbox mounts or writes over.
fill_base() {
    local root=$1
    mkdir -p "$root"/{dev,etc,proc,run,sys,tmp,var/tmp,app}
    chmod 1777 "$root/tmp" "$root/var/tmp"
    cat >"$root/etc/passwd" <<TEXT
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
function:x:1000:1000:function:/tmp:/usr/sbin/nologin
TEXT
    printf 'root:x:0:\nnogroup:x:65534:\nfunction:x:1000:\n' >"$root/etc/group"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
    echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
    echo thaw >"$root/etc/hostname"
    : >"$root/etc/machine-id"
    : >"$root/etc/resolv.conf"
}

# Packs the directory $1 into the layer directory $2; the same tree gives the same bytes whoever packs it, and when.
# $3...: further options of tar.
pack() {
    local root=$1 layer=$2
    shift 2
    mkdir -p "$layer"
    # Unpacking one package into another's directory dates the directory, so all directories are dated alike. What was
    # made here is dated alike too; what a package brought keeps its date, which bytecode and class archives remember.
    find "$root" -type d -exec touch -d "@$epoch" {} +
    find "$root" -newermt "@$((started - 1))" -exec touch -h -d "@$epoch" {} +
    tar -c -C "$root" --sort=name --format=pax --owner=0 --group=0 --numeric-owner --no-acls --no-selinux --no-xattrs \
        --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime "$@" \
        -f "$layer/tar" .
    digest <"$layer/tar" >"$layer/digest"
}

digest() { sha256sum | cut -d' ' -f1; }

# The layer under every sample. Sets `base` to its directory, which also keeps the unpacked tree in root/.
base_layer() {
    base=$cache/layers/base-$(cat "$here"/lib/*.sh | digest | cut -c1-16)
    [ ! -d "$base" ] || return 0
    say "building the base layer"
    local work=$cache/tmp/base
    mkdir -p "$work"
    fetch_packages "$work/packages" "${base_packages[@]}"
    unpack_packages "$work/root" <"$work/packages"
    fill_base "$work/root"
    pack "$work/root" "$work"
    mv "$work" "$base"
}

# The layer of the recipe's packages above the base. Sets `runtime` to its directory.
runtime_layer() {
    runtime=$cache/layers/runtime-$({ cat "$here"/lib/*.sh; echo "${packages[@]}" - "${only[@]}" - "${left_out[@]}"; declare -f prepare; } | digest | cut -c1-16)
    [ ! -d "$runtime" ] || return 0
    say "building the layer of ${packages[*]}"
    local work=$cache/tmp/runtime
    mkdir -p "$work"
    fetch_packages "$work/packages" "${packages[@]}"
    chosen "$work/packages" | unpack_packages "$work/root"
    prepare "$work/root" "$base/root"
    # The links of the merged /usr are the base's.
    pack "$work/root" "$work" --exclude=./bin --exclude=./sbin --exclude=./lib --exclude=./lib64
    mv "$work" "$runtime"
}

# Of the packages listed in the file $1, those that the recipe wants. Those of the base are there already, in whatever
# version the base was built with.
chosen() {
    awk -F_ -v only=" ${only[*]} " -v left_out=" ${left_out[*]} " '
        NR == FNR { base[$1]; next }
        $1 in base || index(left_out, " " $1 " ") { next }
        only == "  " || index(only, " " $1 " ")' "$base/packages" "$1"
}

# What a recipe may redefine: $1 the unpacked packages, $2 the base's tree.
prepare() { :; }

# Runs a program of an unpacked tree with that tree's own loader and libraries, whatever the host's are.
# $1 the tree, $2 the base's tree, $3... the program (a path in the tree) and its arguments.
run_in() {
    local root=$1 base_root=$2 program=$3 loader libraries
    shift 3
    loader=$(echo "$base_root"/usr/lib*/ld-linux-*.so.*)
    libraries=$(echo "$base_root"/usr/lib/*-linux-gnu "$root"/usr/lib/*-linux-gnu | tr ' ' :)
    "$loader" --library-path "$libraries" "$root$program" "$@"
}

# The whole image of the recipe as an OCI layout in $1.
build_image() {
    local layout=$1 work=$cache/tmp/function layers=() layer
    base_layer
    layers+=("$base")
    if [ ${#packages[@]} -gt 0 ]; then
        runtime_layer
        layers+=("$runtime")
    fi
    say "building $name"
    mkdir -p "$work/root" "$layout/blobs/sha256"
    fill "$work/root"
    pack "$work/root" "$work"
    layers+=("$work")
    for layer in "${layers[@]}"; do
        ln "$layer/tar" "$layout/blobs/sha256/$(cat "$layer/digest")"
    done
    write_documents "$layout" "${layers[@]}"
    chmod 444 "$layout"/blobs/sha256/*
}

# Removes layers that no image has any more: an image's blobs are links to its layers' files.
drop_unused_layers() {
    local layer
    for layer in "$cache"/layers/*; do
        [ "$(stat -c %h "$layer/tar")" -gt 1 ] || rm -rf "$layer"
    done
}

# Puts standard input into the layout $1 as a blob; prints the descriptor's digest and size as JSON.
add_blob() {
    local file=$cache/tmp/blob sum
    cat >"$file"
    sum=$(digest <"$file")
    mv "$file" "$1/blobs/sha256/$sum"
    descriptor "$sum" "$(stat -c %s "$1/blobs/sha256/$sum")"
}

descriptor() { printf '"digest":"sha256:%s","size":%s' "$1" "$2"; }
joined() { local IFS=,; echo "$*"; }
quoted() { local word all=(); for word; do all+=("\"$word\""); done; joined "${all[@]}"; }

# Image configuration, manifest and index of the layout $1. $2...: the layers' directories.
write_documents() {
    local layout=$1 architecture diff_ids=() descriptors=() layer config manifest
    shift
    architecture=$(dpkg --print-architecture)
    for layer; do
        diff_ids+=("\"sha256:$(cat "$layer/digest")\"")
        descriptors+=("{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",$(descriptor "$(cat "$layer/digest")" "$(stat -c %s "$layer/tar")")}")
    done
    config=$(printf '{"architecture":"%s","os":"linux","created":"%s","config":{"User":"function","ExposedPorts":{"8080/tcp":{}},"Env":[%s],"Entrypoint":[%s],"WorkingDir":"/app","StopSignal":"SIGTERM"},"rootfs":{"type":"layers","diff_ids":[%s]}}' \
        "$architecture" "$(date -u -d "@$epoch" +%FT%TZ)" \
        "$(quoted PATH=/usr/local/bin:/usr/bin:/bin "${environment[@]}")" "$(quoted "${command[@]}")" \
        "$(joined "${diff_ids[@]}")" | add_blob "$layout")
    manifest=$(printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json",%s},"layers":[%s]}' \
        "$config" "$(joined "${descriptors[@]}")" | add_blob "$layout")
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",%s,"platform":{"architecture":"%s","os":"linux"},"annotations":{"org.opencontainers.image.ref.name":"latest"}}]}' \
        "$manifest" "$architecture" >"$layout/index.json"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
}
