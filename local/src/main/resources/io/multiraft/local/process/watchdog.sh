# Ends the children of a parent that ended without doing so itself (kill -9, power of the terminal gone).
# The parent holds the other end of standard input and writes "add PID" and "remove PID"; when it closes, the parent is gone.
trap '' HUP INT TERM

# When process $1 was started, so that a number that now belongs to somebody else is left alone.
born() {
  if [ -r "/proc/$1/stat" ]; then
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
  else
    ps -o lstart= -p "$1" 2>/dev/null | tr ' ' _
  fi
}

# Sends signal $1 to every child that is still there; fails when there was none.
signal() {
  found=1
  for child in $children; do
    pid=${child%%:*}
    if [ -n "${child#*:}" ] && [ "$(born "$pid")" = "${child#*:}" ]; then
      kill "-$1" "$pid" 2>/dev/null && found=0
    fi
  done
  return $found
}

children=
while read -r verb pid; do
  case $verb in
    add) children="$children $pid:$(born "$pid")" ;;
    remove)
      kept=
      for child in $children; do
        [ "${child%%:*}" = "$pid" ] || kept="$kept $child"
      done
      children=$kept
      ;;
  esac
done

signal TERM || exit 0
tenths=0
while [ "$tenths" -lt 50 ] && signal 0; do
  sleep 0.1
  tenths=$((tenths + 1))
done
signal KILL
exit 0
