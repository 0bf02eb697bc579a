# What the recipes of variations share: the source file $1 with the changes that a user might make, as sed's scripts $2...

edited() {
    local source=$1 script changed=()
    shift
    for script; do
        changed+=(-e "$script")
        # A script that changes nothing would make a variation that is none.
        sed "$script" "$source" | cmp -s - "$source" && fail "no line of $source is changed by: $script"
    done
    sed "${changed[@]}" "$source"
}

# As fill_python, with the changed main.py of the sample $2. $1: the tree.
fill_python_edited() {
    local tree=$1 sample=$2
    shift 2
    mkdir -p "$tree/app"
    cp "$here/lib/python/serving.py" "$tree/app/"
    edited "$here/$sample/main.py" "$@" >"$tree/app/main.py"
    compile_python "$runtime/root" "$base/root" "$tree" "$tree/app"
}

# The variation's own main.py in the tree $1.
fill_python_own() {
    mkdir -p "$1/app"
    cp "$here/lib/python/serving.py" "$here/$own/main.py" "$1/app/"
    compile_python "$runtime/root" "$base/root" "$1" "$1/app"
}
