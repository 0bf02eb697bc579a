# What the recipes of Python samples share. A sample's own files are main.py and what its recipe adds.

# Runs the unpacked Python. $1 the tree, $2 the base's tree, $3... arguments.
run_python() {
    local root=$1 base_root=$2
    shift 2
    PYTHONHOME=$root/usr PYTHONPATH=$root/usr/lib/python3/dist-packages PYTHONHASHSEED=0 PYTHONNOUSERSITE=1 \
        run_in "$root" "$base_root" /usr/bin/python3.11 -S "$@"
}

# Bytecode without its source's date, as the image is mounted read-only and has dates of its own. $3... directories in the tree $3.
compile_python() {
    local root=$1 base_root=$2 tree=$3
    shift 3
    run_python "$root" "$base_root" -m compileall -q -f -j 1 --invalidation-mode unchecked-hash -s "$tree" -p / "$@"
}

# The packages' own scripts would compile them at installation.
prepare() {
    compile_python "$1" "$2" "$1" "$1/usr/lib/python3.11" "$1/usr/lib/python3"
}

# Puts the recipe's function below $1.
fill_python() {
    mkdir -p "$1/app"
    cp "$here/lib/python/serving.py" "$here/$name/main.py" "$1/app/"
    compile_python "$runtime/root" "$base/root" "$1" "$1/app"
}
