# What the recipes of variations of hello-java share; read after hello-java's own recipe.

# The sample with the changes of sed's scripts $3... in Hello.java, compiled with the libraries $2 (of /usr/share/java, by
# name, with colons between). $1: the tree.
fill_java_edited() {
    local tree=$1 libraries=$2 sources=$cache/tmp/java
    shift 2
    mkdir -p "$tree/app" "$sources"
    cp "$here"/hello-java/*.java "$adapters/java/ThawHooks.java" "$sources/"
    edited "$here/hello-java/Hello.java" "$@" >"$sources/Hello.java"
    jdk javac -nowarn --release 17 -d "$tree/app" -cp "$(class_path "$runtime/root" "$libraries")" "$sources"/*.java
    rm -rf "$sources"
}

# The class path of the libraries $2 in the tree $1.
class_path() {
    local path= library
    for library in ${2//:/ }; do
        path+=:$1/usr/share/java/$library.jar
    done
    echo "${path#:}"
}

# Sets `command` to one with the libraries $1 on its class path.
java_command() {
    local path
    path=$(class_path '' "$1")
    command=("${jvm[@]}" -cp "/app${path:+:$path}" Hello)
}
