/**
 * `laz` as jobs find it on their PATH. `laz log …` needs no more than the shell: it adds a line to the file named by
 * LAZ_METRICS, or copies into the folder named by LAZ_ARTIFACTS, in a few milliseconds and also while the server is away.
 * Everything else is handed to the command line itself.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quoteShell } from './wrapper.ts'

const text = `#!/bin/sh
# Made by Lazurite; see docs/tracking.md.
whole() {
  export LAZ_HOME="\${LAZ_HOME:-$laz_home}"
  if [ -n "$laz_bundle" ] && [ -e "$laz_bundle" ]; then exec "$laz_node" "$laz_bundle" "$@"; fi
  echo 'laz: here are only laz log metric, param, tag and artifact' >&2
  exit 2
}
refuse() {
  echo "laz log: $1" >&2
  exit 2
}
# What $1 is inside a JSON text; control characters are none of the shell's business.
quoted() {
  case $1 in
    *[[:cntrl:]]*) refuse 'a name or value with control characters; write the line into $LAZ_METRICS yourself' ;;
    *[\\\\\\"]*) quoted=$(printf '%s' "$1" | sed 's/[\\\\"]/\\\\&/g') ;;
    *) quoted=$1 ;;
  esac
}
number() {
  case $1 in
    [Nn][Aa][Nn] | [Ii][Nn][Ff] | [+-][Ii][Nn][Ff] | [Ii]nfinity | [+-][Ii]nfinity) ;;
    '' | *[!0-9eE.+-]*) refuse "'$1' is no number" ;;
  esac
}

[ "$1" = log ] || whole "$@"
case $2 in metric | metrics | param | params | tag | tags | artifact | artifacts) ;; *) whole "$@" ;; esac
case " $* " in *' --run '* | *' --run='* | *' -h '* | *' --help '*) whole "$@" ;; esac
kind=$2
shift 2
step= timestamp= to= pairs= key= n=0
while [ $# -gt 0 ]; do
  case $1 in
    --step | --timestamp | --to) [ $# -gt 1 ] || refuse "$1 needs a value" ;;
  esac
  case $1 in
    --step) step=$2; shift ;;
    --step=*) step=\${1#*=} ;;
    --timestamp) timestamp=$2; shift ;;
    --timestamp=*) timestamp=\${1#*=} ;;
    --to) to=$2; shift ;;
    --to=*) to=\${1#*=} ;;
    --) ;;
    *)
      n=$((n + 1))
      eval "word$n=\\$1" ;;
  esac
  shift
done

case $kind in
  artifact*)
    [ -n "$LAZ_ARTIFACTS" ] || refuse 'there is no job around: LAZ_ARTIFACTS is not set'
    [ "$n" -ge 1 ] || refuse 'name a file or folder: laz log artifact plot.png --to plots'
    case "/$to/" in //* | */../* | */./*) [ -z "$to" ] || refuse "'$to' is no folder inside the artifacts" ;; esac
    case "$to/" in user_logs/* | system_logs/* | azureml-logs/*) refuse "'$to' holds the logs of the job itself" ;; esac
    mkdir -p -- "$LAZ_ARTIFACTS/$to" || exit 1
    i=0
    while [ "$i" -lt "$n" ]; do
      i=$((i + 1))
      eval "from=\\$word$i"
      [ -e "$from" ] || refuse "there is no '$from'"
      if [ -z "$to" ]; then
        case \${from%/} in user_logs | */user_logs | system_logs | */system_logs | azureml-logs | */azureml-logs)
          refuse "'$from' would be among the logs of the job itself" ;;
        esac
      fi
      cp -RL -- "$from" "$LAZ_ARTIFACTS/$to" || exit 1
    done
    exit 0 ;;
esac

[ -n "$LAZ_METRICS" ] || refuse 'there is no job around: LAZ_METRICS is not set; name a run with --run'
case $step in *[!0-9-]*) refuse "the step '$step' is no whole number" ;; esac
case $timestamp in *[!0-9]*) refuse "the timestamp '$timestamp' is no time in milliseconds" ;; esac
if [ -z "$timestamp" ]; then
  timestamp=$(date +%s%3N)
  case $timestamp in *[!0-9]*) timestamp=$(date +%s)000 ;; esac
fi
beside="\${step:+,\\"step\\":$step},\\"timestamp\\":$timestamp"
line() {
  quoted "$1"
  key=$quoted
  case $kind in
    metric*) number "$2"; quoted=$2; lines="$lines{\\"metric\\":\\"$key\\",\\"value\\":\\"$quoted\\"$beside}
" ;;
    param*) quoted "$2"; lines="$lines{\\"param\\":\\"$key\\",\\"value\\":\\"$quoted\\"}
" ;;
    tag*) quoted "$2"; lines="$lines{\\"tag\\":\\"$key\\",\\"value\\":\\"$quoted\\"}
" ;;
  esac
}
lines= i=0
case $n:$word1 in
  0:*) refuse "say what: laz log $kind NAME VALUE, or NAME=VALUE NAME=VALUE" ;;
  2:*=*) [ "\${word2#*=}" = "$word2" ] && pairs= || pairs=yes ;;
  2:*) ;;
  *) pairs=yes ;;
esac
if [ -z "$pairs" ]; then
  line "$word1" "$word2"
else
  while [ "$i" -lt "$n" ]; do
    i=$((i + 1))
    eval "word=\\$word$i"
    case $word in ?*=*) ;; *) refuse "'$word' is no NAME=VALUE" ;; esac
    line "\${word%%=*}" "\${word#*=}"
  done
fi
printf '%s' "$lines" >> "$LAZ_METRICS"
`

/** The command line beside the server's bundle; not there when the server runs from its sources. */
const bundle = join(import.meta.dirname, 'laz.cjs')

/** Writes the program unless it is there already; answers the folder that goes on the PATH of jobs. */
export function makeJobTools(home: string): string {
  const folder = join(home, 'shims', 'laz')
  const path = join(folder, 'laz')
  const words = [process.execPath, existsSync(bundle) ? bundle : '', home].map(quoteShell)
  const values = `laz_node=${words[0]} laz_bundle=${words[1]} laz_home=${words[2]}`
  const [first, ...rest] = text.split('\n')
  const wanted = [first, values, ...rest].join('\n')
  mkdirSync(folder, { recursive: true })
  if (readQuietly(path) === wanted) return folder
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, wanted, { mode: 0o755 })
  renameSync(draft, path)
  return folder
}

function readQuietly(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
