// What an answer of the command line counts as. Exit codes, error codes and final states are all that is looked at.

const mostChars = 240

/** One line without what belongs to this machine and this run: folders, ports, ids, the time. */
export function reasonOf(text, folder) {
  return text
    .replaceAll(`${folder}/`, '')
    .replaceAll(/(?<![\w:/.])(?:\/[\w.@+-]+){2,}\/?/g, (path) => `…/${path.split('/').filter(Boolean).at(-1)}`)
    .replaceAll(/(127\.0\.0\.1|localhost):\d+/g, '$1')
    .replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, '…')
    .replaceAll(/\[\d{4}-\d\d-\d\d \S+Z\] /g, '')
    .replaceAll(/example_\d+/g, '…')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** The line that says why, and the detail below a heading such as "The job is not valid." */
function firstReason({ err, out }) {
  const lines = `${err}\n${out}`.split('\n').filter((line) => !/^Warning/i.test(line) && /[a-z]/i.test(line))
  const at = lines.findIndex((line) => /^error:/i.test(line))
  const [line = 'no reason given', detail = ''] = lines.slice(Math.max(at, 0))
  return `${line.replace(/^error:?\s*/i, '')}${/is not valid(\.|: one problem\.|: \d+ problems\.)$/.test(line) ? ` ${detail.trim()}` : ''}`
}

const refused =
  /is not part of this server|there is no registry of that name|is not supported|not served|are not run here|is refused|not here yet|needs a container engine|Refused here/i
const absent = /No module named|The Python module \S+ is not there|ModuleNotFoundError|command not found|: not found/

const lacking = /does not exist\.|where there is nothing|is a path of some machine|has no files to upload/
const unmade =
  /cannot be used: there is no |cannot be used: no the component \S+ does not exist|registry \S+ (has|holds) no|There is no \S+ (named|of) |The model \S+ has no version /i

function verdictOfFailure(why) {
  if (/<[A-Za-z][\w .-]*>/.test(why)) return 'to be filled in'
  if (lacking.test(why)) return 'lacks files'
  if (unmade.test(why)) return 'lacks assets'
  if (refused.test(why)) return 'refused by name'
  return /cannot be reached|can be reached|could not reach|cannot be looked up|Name or service not known|unable to resolve|Temporary failure in name/.test(
    why,
  )
    ? 'out of reach'
    : absent.test(why)
      ? 'lacks software'
      : 'fails'
}

const judged = (why) => ({ verdict: verdictOfFailure(why), why: why.slice(0, mostChars) })

/** How an answer to a command counts. */
export function verdictOf(said, folder) {
  if (said.late) return { verdict: 'no end in time', why: '' }
  if (said.code === 0) {
    const kept = said.err.split('\n').find((line) => /^Warning: .* is kept as it is/.test(line))
    return {
      verdict: kept ? 'stored' : 'works',
      why: kept ? reasonOf(kept.replace(/^.*?kept as it is: /, ''), folder) : '',
    }
  }
  return judged(reasonOf(firstReason(said), folder))
}

/** The last line of a log that names an error; where there is none, what was said of the end of the job. */
function reasonOfJob(said, job) {
  const lines = said.err.split('\n').filter(Boolean)
  const own = lines[lines.findIndex((line) => /^\S+ is [A-Z]\w+\.$/.test(line)) + 1] ?? `it ended as ${job.status}`
  const log = said.out
    .split('\n')
    .filter((line) => /\w*(Error|Exception)\b: |not found|unable to resolve|No module named/.test(line))
  return log.length > 0 && !refused.test(own) && !/reached/.test(own) ? log.at(-1) : own
}

/** How the end of a job counts: its final state is what matters; without a job, the answer to its creation. */
export function verdictOfJob(said, job, folder) {
  if (said.late) return { verdict: 'no end in time', why: '' }
  if (!job) return verdictOf(said, folder)
  if (job.status === 'Completed') return { verdict: 'works', why: '' }
  return judged(reasonOf(reasonOfJob(said, job), folder))
}
