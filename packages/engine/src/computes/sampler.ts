/**
 * The part of the lifecycle wrapper that looks at the machine while a task runs. It runs beside the user's processes and
 * writes one line a look into the task's folder, raw counters with the time; what they mean is worked out by whoever reads
 * the file. So a server that is away for a while misses nothing, and nothing of Python is needed.
 *
 * A line is words apart by blanks: the time in epoch ms, then groups that begin with their name:
 * `cpu <busy> <all>` ticks since boot; `mem <all> <available>` KiB; `net <received> <sent>` bytes since boot, without
 * the loopback; `disk <block> <blocks> <free> <available>`; `proc <name> <ticks> <pages>` for each process of the task
 * with all below it; `gpu <n>,<util>,<used MiB>,<total MiB>,<watts>,<limit>` for each GPU of the job.
 *
 * The first line is the ground that the others are told from. A look costs two to four milliseconds of processor time.
 */

/** When the first look is taken, and the second: a job shorter than both has no system metrics. */
const firstSeconds = 1
const secondSeconds = 1

/** File in the task's folder. */
export const sampleFile = 'system'

export const samplerText = `
# Adds processor ticks and resident pages of process $1 and all below it to laz_ticks and laz_pages.
laz_weigh() {
  read -r laz_stat < "/proc/$1/stat" || return 0
  laz_p=$1
  set -- \${laz_stat##*) }
  laz_ticks=$((laz_ticks + \${12} + \${13} + \${14} + \${15})) laz_pages=$((laz_pages + \${22}))
  for laz_f in "/proc/$laz_p/task/"*/children; do
    if read -r laz_kids < "$laz_f" || [ -n "$laz_kids" ]; then
      for laz_p in $laz_kids; do laz_weigh "$laz_p"; done
    fi
  done
} 2> /dev/null

# One look, into the file.
laz_look() {
  laz_now
  laz_line=$laz_ms
  read -r laz_k laz_u laz_n laz_s laz_i laz_w laz_q laz_f laz_t laz_x < /proc/stat
  laz_u=$((laz_u + laz_n + laz_s + laz_q + laz_f + laz_t))
  laz_line="$laz_line cpu $laz_u $((laz_u + laz_i + laz_w))"
  while read -r laz_k laz_v laz_x; do
    case $laz_k in
      MemTotal:) laz_u=$laz_v ;;
      MemAvailable:) laz_line="$laz_line mem $laz_u $laz_v"; break ;;
    esac
  done < /proc/meminfo
  laz_u=0 laz_s=0
  while read -r laz_k laz_stat; do
    case $laz_k in
      lo:) ;;
      *:)
        set -- $laz_stat
        laz_u=$((laz_u + $1)) laz_s=$((laz_s + $9)) ;;
    esac
  done < /proc/net/dev
  laz_line="$laz_line net $laz_u $laz_s disk $(stat -f -c '%S %b %f %a' "$laz_cwd")"
  for laz_n in pid.*; do
    if read -r laz_p laz_x < "$laz_n"; then
      laz_ticks=0 laz_pages=0
      laz_weigh "$laz_p"
      laz_line="$laz_line proc \${laz_n#pid.} $laz_ticks $laz_pages"
    fi
  done
  if [ -n "$laz_smi" ]; then
    laz_u="$("$laz_smi" --id="$laz_gpus" --format=csv,noheader,nounits \\
      --query-gpu=index,utilization.gpu,memory.used,memory.total,power.draw,power.limit |
      while read -r laz_v; do printf ' gpu '; printf %s "$laz_v" | tr -d ' '; done)"
    laz_line="$laz_line$laz_u"
  fi
  echo "$laz_line" >> ${sampleFile}
} 2> /dev/null

# Looks every $1 seconds until it is ended, or the wrapper is gone.
laz_sample() {
  sleep ${firstSeconds}
  laz_look
  sleep ${secondSeconds}
  while [ -e "/proc/$$/stat" ] && [ ! -e exit ]; do
    laz_look
    sleep "$1"
  done
}
`
