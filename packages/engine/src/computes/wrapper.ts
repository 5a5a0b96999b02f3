/**
 * The lifecycle wrapper: the one small script that runs a task, wherever it runs.
 *
 * It is POSIX shell (started with bash where there is one, so that jobs get a working SIGINT) and talks to the outside
 * through files in its own folder, so that neither a dead server nor a closed connection changes what happens:
 *
 * | file          | who writes it | what it says |
 * |---------------|---------------|--------------|
 * | `plan`        | backend | shell assignments: command, limits, log files |
 * | `env`, `env.<process>` | backend, mode 600 | `export` lines of the user's environment |
 * | `lock`        | wrapper | taken with O_EXCL: of two wrappers for one task, one runs |
 * | `wrapper`     | wrapper | its pid, start time and boot id |
 * | `pid.<process>` | wrapper | pid (= process group = session) and start time of the user's process |
 * | `started`     | wrapper | epoch ms |
 * | `done.<process>`, `first.<code>.<process>` | wrapper | by their names alone: who ended, who failed first and how |
 * | `system`      | wrapper | what the machine did meanwhile, see `sampler.ts` |
 * | `cancel`      | backend | grace in seconds; followed by SIGTERM to the wrapper |
 * | `exit`        | wrapper | the exit record, by rename; its bytes are reserved beforehand, so a full disk loses none |
 *
 * The record is not fsynced: after a power cut the boot id differs and the task is lost, which is the truth about its
 * processes; the rows it would be written into are no more durable than that.
 *
 * Hot path: everything up to the user's process is shell built-ins but for the two programs that start it.
 */
import { samplerText } from './sampler.ts'

/** Quotes any text (without NUL) as one shell word. */
export function quoteShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

export const wrapperText = `# Runs one task; its folder is the first argument. Its files are described in computes/wrapper.ts.
cd "$1" || exit 70
set -C
true > lock || exit 0
set +C
. ./plan

read -r laz_boot < /proc/sys/kernel/random/boot_id
read -r laz_stat < "/proc/$$/stat"
set -- \${laz_stat##*) }
laz_group=$3
laz_cause= laz_started= laz_killer= laz_timer= laz_sampler= laz_watchers=

laz_now() {
  if [ -n "\${EPOCHREALTIME-}" ]; then
    laz_frac=\${EPOCHREALTIME#*[.,]}
    laz_ms=\${EPOCHREALTIME%[.,]*}\${laz_frac%???}
  else
    laz_ms=$(date +%s%3N)
    case $laz_ms in *[!0-9]*) laz_ms=$(date +%s)000 ;; esac
  fi
}

# Sends signal $1 to the process groups of the task; with a second word, also to whatever left them.
laz_signal() {
  if [ "$1$2" = KILLall ] && [ -n "$laz_cg" ] && [ -e "$laz_cg/cgroup.kill" ]; then echo 1 > "$laz_cg/cgroup.kill"; fi
  for laz_f in pid.*; do
    if read -r laz_p laz_x < "$laz_f"; then
      kill -s "$1" -- "-$laz_p" || { [ -e "done.\${laz_f#pid.}" ] || kill -s "$1" "$laz_p"; }
    fi
  done 2> /dev/null
  [ -n "$2" ] || return 0
  if [ -n "$laz_cg$laz_mem" ]; then
    while read -r laz_p; do kill -s "$1" "$laz_p"; done 2> /dev/null < "\${laz_cg:-$laz_mem}/cgroup.procs"
  fi
  grep -slzxF "LAZ_TASK_ID=$laz_id" /proc/[0-9]*/environ 2> /dev/null | while IFS=/ read -r _ _ laz_p _; do
    kill -s "$1" "$laz_p" 2> /dev/null
  done
}

laz_alive() {
  for laz_f in pid.*; do
    if read -r laz_p laz_x < "$laz_f" && kill -0 -- "-$laz_p"; then return 0; fi
  done 2> /dev/null
  if [ -n "$laz_cg$laz_mem" ]; then read -r laz_p < "\${laz_cg:-$laz_mem}/cgroup.procs"; else false; fi
}

# Begins the end: polite signal now, hard one after the grace. Runs inside the traps.
laz_stop() {
  laz_was=$laz_grace
  if [ "$1" = cancelled ]; then
    if [ -e cancel ]; then read -r laz_grace < cancel; else set -- user; fi
  fi
  if [ -n "$laz_cause" ] && [ "$laz_was" = "$laz_grace" ]; then return 0; fi
  : "\${laz_cause:=$1}"
  : > stop
  laz_signal TERM all
  ( sleep "$laz_grace"; laz_signal KILL all ) & laz_killer=$!
}

# Makes the task's groups and moves process $1 and its children into them. The kernel takes up to 25 ms for the first move,
# so that the command does not wait for it; what it forks afterwards is born inside.
laz_group() {
  eval "mkdir -p $laz_groups"
  eval "$laz_limits"
  laz_join "$1"
} 2> /dev/null

laz_join() {
  for laz_d in "$laz_cg" "$laz_mem"; do [ -z "$laz_d" ] || echo "$1" > "$laz_d/cgroup.procs"; done
  read -r laz_kids < "/proc/$1/task/$1/children"
  for laz_k in $laz_kids; do laz_join "$laz_k"; done
} 2> /dev/null

# Starts process $1 with its output in $2 and waits for it.
laz_run() {
  (
    trap - INT QUIT
    cd "$laz_cwd" || exit 126
    unset OLDPWD
    . "$laz_dir/env"
    [ ! -e "$laz_dir/env.$1" ] || . "$laz_dir/env.$1"
    eval "exec $laz_exec"
  ) < /dev/null >> "$2" 2>&1 &
  laz_child=$! laz_s=
  if read -r laz_stat < "/proc/$laz_child/stat"; then
    set -- "$1" \${laz_stat##*) }
    laz_s=\${21}
  fi 2> /dev/null
  echo "$laz_child $laz_s" > "pid.$1"
  [ -z "$laz_groups" ] || { laz_group "$laz_child" & }
  [ ! -e stop ] || kill -s TERM -- "-$laz_child" 2> /dev/null || kill -s TERM "$laz_child"
  wait "$laz_child"
}

# Watches over one process, in a shell without traps: what \`wait\` says is only certain where no signal interrupts it.
# The first process to fail ends the others.
laz_watch() {
  laz_run "$1" "$2"
  laz_rc=$?
  if [ "$laz_rc" != 0 ]; then
    # names need no room on a disk that the command may have filled
    set -C
    if true > failed; then
      : > "first.$laz_rc.$1"
      [ -z "$laz_many" ] || kill -s USR2 $$
    fi
    set +C
  fi
  : > "done.$1"
} 2> /dev/null

${samplerText}
# Starts processes, given as pairs of name and log, and waits for all of them.
laz_several() {
  laz_now
  laz_started=$laz_ms
  echo "$laz_ms" > started
  for laz_w; do
    if [ -z "$laz_name" ]; then
      laz_name=$laz_w
    else
      ( laz_watch "$laz_name" "$laz_w" ) &
      laz_watchers="$laz_watchers $laz_name $!"
      laz_name=
    fi
  done
  [ -z "$laz_every" ] || { laz_sample "$laz_every" & laz_sampler=$!; }
  laz_rc=0
  for laz_w in $laz_watchers; do
    if [ -z "$laz_name" ]; then
      laz_name=$laz_w
    else
      while [ ! -e "done.$laz_name" ] && kill -0 "$laz_w" 2> /dev/null; do wait "$laz_w"; done
      [ -e "done.$laz_name" ] || laz_rc=255
      laz_name=
    fi
  done
  for laz_w in first.*; do
    [ -e "$laz_w" ] || continue
    laz_rc=\${laz_w#first.}
    [ -z "$laz_many" ] || laz_name=\${laz_rc#*.}
    laz_rc=\${laz_rc%%.*}
  done
}

# Ends whatever the command left behind, notes how it ended, and tells whoever watches.
laz_finish() {
  [ -n "$laz_cause" ] || trap : TERM USR1 USR2
  laz_now
  laz_ended=$laz_ms laz_oom=0
  [ -z "$laz_timer" ] || kill "$laz_timer" 2> /dev/null
  [ -z "$laz_sampler" ] || kill "$laz_sampler" 2> /dev/null
  if [ -n "$laz_cause" ]; then
    while [ -n "$laz_killer" ] && laz_alive && kill -0 "$laz_killer" 2> /dev/null; do sleep 0.05; done
    laz_signal KILL all
  else
    # what escaped is ended by the backend, which looks for many tasks at once
    laz_signal KILL
  fi
  for laz_g in "$laz_cg/memory.events" "$laz_mem/memory.oom_control"; do
    [ ! -r "$laz_g" ] || while read -r laz_k laz_v; do [ "$laz_k" != oom_kill ] || laz_oom=$laz_v; done < "$laz_g"
  done
  printf '{"exitCode":%s,"cause":"%s","process":"%s","startedAt":%s,"endedAt":%s,"oomKills":%s}\\n' \\
    "$laz_rc" "$laz_cause" "$laz_name" "\${laz_started:-null}" "$laz_ended" "$laz_oom" 1<> exit.tmp
  mv -f exit.tmp exit
  : > "$laz_notice"
  # timers of this script that are still asleep
  if [ "$laz_group" = $$ ]; then
    trap '' TERM
    kill -s TERM 0
  fi
}

trap 'laz_stop cancelled' TERM
trap 'laz_stop timeout' USR1
trap 'laz_stop peer' USR2
trap : HUP INT QUIT
echo "$$ \${20} $laz_boot" > wrapper

laz_name=
if [ -e cancel ]; then
  laz_cause=cancelled laz_rc=143
else
  [ -z "$laz_timeout" ] || { ( sleep "$laz_timeout"; kill -s USR1 $$ ) & laz_timer=$!; }
  eval "laz_several $laz_processes"
fi
laz_finish
`
