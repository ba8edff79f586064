# Sourced by mvnw and job/bin/scriptorium: sets JAVA_HOME to a JDK of at least 25.0.3, looked for in JAVA_HOME, PATH
# and the usual folders, or says in one line what is missing and ends with status 2.

jdk_version() { # prints the version of the JDK in folder $1, or nothing
  [ -x "$1/bin/javac" ] && [ -f "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9.]*\).*"$/\1/p' "$1/release"
}

jdk_suits() { # whether version $1 is at least 25.0.3
  old_ifs=$IFS
  IFS=.
  # shellcheck disable=SC2086
  set -- $1
  IFS=$old_ifs
  [ "${1:-0}" -gt 25 ] && return 0
  [ "${1:-0}" -eq 25 ] || return 1
  [ "${2:-0}" -gt 0 ] || [ "${3:-0}" -ge 3 ]
}

find_jdk() {
  on_path=$(command -v javac 2>/dev/null || true)
  if [ -n "$on_path" ]; then
    on_path=$(readlink -f "$on_path" 2>/dev/null || echo "$on_path")
    on_path=${on_path%/bin/javac}
  fi
  jdk_seen=
  for jdk in "${JAVA_HOME:-}" "$on_path" ${SCRIPTORIUM_JDK_FOLDERS-/usr/lib/jvm/* /opt/java/* /opt/*jdk* "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home}; do
    [ -n "$jdk" ] || continue
    version=$(jdk_version "$jdk")
    [ -n "$version" ] || continue
    if jdk_suits "$version"; then
      JAVA_HOME=$jdk
      export JAVA_HOME
      return 0
    fi
    case " $jdk_seen " in *" $version "*) ;; *) jdk_seen="$jdk_seen $version" ;; esac
  done
  echo "scriptorium: no JDK of at least 25.0.3 in JAVA_HOME, PATH or the usual folders (found:${jdk_seen:- none}): install one, such as Temurin 25, or set JAVA_HOME" >&2
  return 1
}

find_jdk || exit 2
