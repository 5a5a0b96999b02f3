/**
 * What most likely went wrong, read from the end of a log: one row a pattern, the most telling ones first. A row speaks of
 * the last place that matches, as what is printed last is what ended the process.
 */
import type { JobError } from './status.ts'

export interface Cause {
  /** Names the row; stays the same across versions. */
  name: string
  /** One sentence. */
  what: string
  /** What to do about it. */
  hint: string
  /** The line of the user's own code, where a traceback tells it: `train.py:12 in main`. */
  where?: string
}

interface Rule {
  name: string
  pattern: RegExp
  what: string
  hint: string
}

/** `$1` in the words is what the pattern caught. */
const rules: readonly Rule[] = [
  {
    name: 'module-missing',
    pattern: /^.*ModuleNotFoundError: No module named '([^']{1,200})'.*$/gm,
    what: 'The Python module $1 is not there.',
    hint: "Add its package to the environment's conda file, or, if it is a module of yours, put it into the folder that `code` names.",
  },
  {
    name: 'import-mismatch',
    pattern: /^.*ImportError: cannot import name '([^']{1,200})' from '([^']{1,200})'.*$/gm,
    what: 'The package $2 that is installed has no $1: it is another version than the code was written for.',
    hint: 'Pin the version in the conda file of the environment.',
  },
  {
    name: 'collection-off',
    pattern: /^.*(?:custom logging|collection ([\w.-]{1,128})) is not enabled, drop the data.*$/gm,
    what: 'The script collects data, and data_collector of the deployment does not have its collection.',
    hint: 'Name the collections of the script there and enable them, or give Collector an on_error that goes on.',
  },
  {
    name: 'numpy-binary',
    pattern: /^.*(?:numpy\.dtype size changed|module that was compiled using NumPy 1\.x cannot be run).*$/gm,
    what: 'A compiled package and numpy do not fit together.',
    hint: 'Pin numpy (often numpy<2) and that package to versions of the same time.',
  },
  {
    name: 'protobuf-version',
    pattern: /^.*Descriptors cannot (?:not )?be created directly.*$/gm,
    what: 'The installed protobuf is newer than a package of the environment can use.',
    hint: 'Pin protobuf<=3.20.3, or update the package that was generated with the older one.',
  },
  {
    name: 'library-missing',
    pattern: /^.*(lib[\w.+-]{1,100}\.so[\w.]{0,20}): cannot open shared object file.*$/gm,
    what: 'The system library $1 is not on this machine.',
    hint: 'Install the package of the system that has it, or use a container environment that brings it.',
  },
  {
    name: 'script-missing',
    pattern: /^.*can't open file '([^']{1,400})'.*$/gm,
    what: 'The script $1 is not in the copy of the code.',
    hint: 'Paths in `command` start at the folder that `code` names; look whether an ignore file leaves it out.',
  },
  {
    name: 'command-missing',
    pattern: /^.*?(?:^|[\s:])([^\s:]{1,100}): (?:command )?not found\s*$/gm,
    what: 'The program $1 is not there.',
    hint: 'Add it to the environment, or name its full path in `command`.',
  },
  {
    name: 'arguments-unknown',
    pattern: /^.*error: unrecognized arguments: (.{1,300})$/gm,
    what: 'The script does not know the arguments $1.',
    hint: 'Make `command` and the argument parser of the script say the same.',
  },
  {
    name: 'arguments-missing',
    pattern: /^.*error: the following arguments are required: (.{1,300})$/gm,
    what: 'The script was not given $1.',
    hint: 'Add it to `command`, e.g. --name ${{inputs.name}}; an optional input without a value leaves out its [[…]] part.',
  },
  {
    name: 'argument-invalid',
    pattern: /^.*error: argument (.{1,100}?): (.{1,300})$/gm,
    what: 'The script refuses the argument $1: $2.',
    hint: 'Look at the value of the input in `laz job show`, and at the type that the parser expects.',
  },
  {
    name: 'gpu-memory',
    pattern: /^.*(?:CUDA out of memory|OutOfMemoryError: CUDA|CUBLAS_STATUS_ALLOC_FAILED).*$/gm,
    what: 'The memory of the GPU was not enough.',
    hint: 'Use a smaller batch or model, or mixed precision; look whether another process holds the GPU.',
  },
  {
    name: 'gpu-missing',
    pattern:
      /^.*(?:Found no NVIDIA driver|no CUDA-capable device|CUDA driver version is insufficient|Torch not compiled with CUDA enabled|No CUDA GPUs are available).*$/gm,
    what: 'The code asks for a GPU, and this job has none.',
    hint: 'Run it on a compute with GPUs, or let the code fall back to the CPU.',
  },
  {
    name: 'shared-memory',
    pattern: /^.*(?:insufficient shared memory|unable to open shared memory object|Bus error).*$/gm,
    what: 'The shared memory of the machine (/dev/shm) is used up.',
    hint: 'Use fewer data-loader workers, or give the job more with resources.shm_size where it runs in a container.',
  },
  {
    name: 'memory',
    pattern: /^.*(?:MemoryError|std::bad_alloc|Cannot allocate memory|Unable to allocate [\d.]+ [KMGT]iB).*$/gm,
    what: 'There was not enough memory.',
    hint: 'Ask for a larger instance type, or read the data in parts.',
  },
  {
    name: 'disk-full',
    pattern: /^.*(?:No space left on device|Disk quota exceeded).*$/gm,
    what: 'The disk is full.',
    hint: 'Free some space: `laz job delete --dry-run` tells what deleting a job would give back.',
  },
  {
    name: 'login-needed',
    pattern:
      /^.*(?:DefaultAzureCredential failed|Please run 'az login'|AuthenticationFailed|AuthorizationFailure|401 Client Error|403 Client Error|Unable to locate credentials).*$/gm,
    what: 'A service that the code calls did not accept who it is.',
    hint: 'Give the job the credentials it needs, by a datastore, a connection or environment_variables.',
  },
  {
    name: 'network',
    pattern:
      /^.*(?:Temporary failure in name resolution|Name or service not known|Network is unreachable|Max retries exceeded with url|Connection refused|getaddrinfo failed|No route to host).*$/gm,
    what: 'The code could not reach another machine.',
    hint: 'Look whether this machine may reach it; bring data in as inputs rather than by downloads in the code.',
  },
  {
    name: 'port-taken',
    pattern: /^.*Address already in use.*$/gm,
    what: 'A port that the code opens is taken by another process of this machine.',
    hint: 'Let the system choose a free port (port 0).',
  },
  {
    name: 'package-missing',
    pattern: /^.*No matching distribution found for (.{1,200})$/gm,
    what: 'The package index has nothing for $1.',
    hint: 'Look at the name and version in the conda file; the Python version of the environment may be too new or too old for it.',
  },
  {
    name: 'package-conflict',
    pattern: /^.*(?:ResolutionImpossible|conflicting dependencies|No solution found when resolving).*$/gm,
    what: 'The packages of the environment ask for versions that exclude each other.',
    hint: 'Loosen the pins in the conda file; the build log in azureml-logs names the packages.',
  },
  {
    name: 'variable-missing',
    pattern: /^KeyError: '([A-Z][A-Z0-9_]{2,100})'\s*$/gm,
    what: 'The environment variable $1 is not set.',
    hint: 'Set it under `environment_variables` of the job.',
  },
  {
    name: 'file-missing',
    pattern: /^.*(?:FileNotFoundError|NotADirectoryError): (?:\[Errno \d+\] )?[^:\n]{1,100}: '([^'\n]{1,400})'.*$/gm,
    what: 'The file $1 is not there.',
    hint: 'Relative paths start in the copy of the `code` folder; what an input brings lies at ${{inputs.NAME}}.',
  },
  {
    name: 'file-forbidden',
    pattern: /^.*(?:PermissionError: \[Errno 13\] Permission denied: '([^'\n]{1,400})').*$/gm,
    what: 'The code may not open $1.',
    hint: 'Write into ./outputs or the folder of an output; inputs may be read alone.',
  },
  {
    name: 'not-executable',
    pattern: /^.*?([^\s:]{1,200}): Permission denied\s*$/gm,
    what: '$1 may not be run.',
    hint: 'Make it executable (chmod +x) before submitting, or call it with its interpreter: bash script.sh.',
  },
  {
    name: 'parameter-changed',
    pattern: /^.*Changing param values is not allowed.*$/gm,
    what: 'The code logs a parameter of the run twice with different values.',
    hint: 'Log it once, or log what changes as a metric; nested runs have parameters of their own.',
  },
  {
    name: 'data-nan',
    pattern: /^.*(?:Input (?:X |y )?contains NaN|Input contains infinity).*$/gm,
    what: 'The data has missing or infinite values where the algorithm allows none.',
    hint: 'Fill or drop them before; `laz data profile` shows how many there are in which column.',
  },
  {
    name: 'data-shape',
    pattern:
      /^.*(?:shapes cannot be multiplied|shapes .{1,80} not aligned|inconsistent numbers of samples|size mismatch for |could not broadcast).*$/gm,
    what: 'The shapes of the data and of the model do not fit.',
    hint: 'Compare the columns of this data with those that the code was written for: laz data preview.',
  },
  {
    name: 'column-missing',
    pattern: /^KeyError: ['"](.{1,200})['"]\s*$/gm,
    what: 'There is no key or column $1.',
    hint: 'Compare the columns of the input with those that the code names: laz data preview.',
  },
  {
    name: 'encoding',
    pattern: /^.*UnicodeDecodeError: '([\w-]{1,40})' codec can't decode.*$/gm,
    what: 'A file is not text in the encoding $1.',
    hint: 'Name its encoding when it is opened, or look whether it is compressed.',
  },
  {
    name: 'syntax',
    pattern: /^(?:SyntaxError|IndentationError|TabError): (.{1,300})$/gm,
    what: 'The code is not valid for the Python that ran it: $1.',
    hint: 'Look at the Python version in `laz job show`, under environment.',
  },
  {
    name: 'killed',
    pattern: /^.*(?:\bKilled\b\s*$|signal SIGKILL|exit code 137).*$/gm,
    what: 'Something ended the process by force: most often the system, because memory ran out.',
    hint: 'Ask for a larger instance type, or use less memory; `dmesg` on the machine tells more.',
  },
  {
    name: 'crashed',
    pattern: /^.*(?:Segmentation fault|signal SIGSEGV|signal SIGABRT|signal SIGBUS|Aborted \(core dumped\)).*$/gm,
    what: 'Compiled code crashed inside the process.',
    hint: 'Set PYTHONFAULTHANDLER=1 under environment_variables to see the Python lines that led there.',
  },
  {
    name: 'exception',
    pattern:
      /^((?:\w+\.)*(?:[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning|Iteration|Timeout)|Exception)): (.{1,300})$/gm,
    what: 'The code raised $1: $2',
    hint: 'The traceback in the log shows how it came there.',
  },
]

/** What a log and an error say together; undefined when nothing is known. */
export function likelyCause(error: Pick<JobError, 'message'>, log: string): Cause | undefined {
  const text = `${error.message}\n${log}`
  for (const { name, pattern, what, hint } of rules) {
    const match = [...text.matchAll(pattern)].at(-1)
    if (!match) continue
    const where = placeIn(text.slice(0, match.index))
    const said = what.replace(/\$(\d)/g, (_, digit) => (match[Number(digit)] ?? '').trim())
    return { name, what: said, hint, ...(where === undefined ? {} : { where }) }
  }
  return undefined
}

const frame = /^\s+File "([^"\n]{1,400})", line (\d+), in (.{1,200})$/gm
/** Frames of Python and of what was installed: the user's own line is meant. */
const others = /\/(?:site-packages|dist-packages|lib\/python[\d.]+|lib64\/python[\d.]+)\/|^<|\/envs\/[0-9a-f]{8,}\//

/** The last line of the user's own code in the last traceback of a text. */
function placeIn(text: string): string | undefined {
  const begin = text.lastIndexOf('Traceback (most recent call last):')
  if (begin < 0) return undefined
  const frames = [...text.slice(begin).matchAll(frame)]
  const own = frames.findLast(([, file = '']) => !others.test(file))
  if (!own) return undefined
  const [, file = '', line, where] = own
  const path = file.replace(/^.*\/runs\/[0-9a-f]{32}\/wd\//, '')
  return `${path}:${line}${where === '<module>' ? '' : ` in ${where}`}`
}
