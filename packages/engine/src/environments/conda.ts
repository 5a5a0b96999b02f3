/**
 * A conda file as a Python and a list of pip requirements. Where no conda is, that is what a virtual environment can be
 * made from: most files name a Python and PyPI packages, some under conda's own names, some that no pip can install. What
 * is left out is said, package by package.
 */
import { asArray, asObject, asString, fail, isObject, type Json, parseYaml } from '@lazurite/spec'
import { compareNumbers, numbers, readRequirement } from './requirement.ts'

export interface CondaEnvironment {
  name?: string
  /** Condition on the Python version, e.g. `3.10` or `>=3.8,<3.11`; undefined when the file does not say. */
  python?: string
  /** Lines for pip, in order: conda packages first, sorted, then the pip section as written. */
  requirements: string[]
  /** Environment variables the file sets. */
  variables: Record<string, string>
  warnings: string[]
}

const maxCondaBytes = 1 << 20

/** Conda's names of what PyPI calls otherwise. */
const renamed: Record<string, string> = {
  pytorch: 'torch',
  'pytorch-cpu': 'torch',
  'pytorch-gpu': 'torch',
  opencv: 'opencv-python',
  'py-opencv': 'opencv-python',
  'py-xgboost': 'xgboost',
  'py-xgboost-cpu': 'xgboost',
  'py-xgboost-gpu': 'xgboost',
  'tensorflow-base': 'tensorflow',
  'tensorflow-mkl': 'tensorflow',
  'tensorflow-eigen': 'tensorflow',
  'tensorflow-gpu': 'tensorflow',
  pytables: 'tables',
  'dask-core': 'dask',
  'matplotlib-base': 'matplotlib',
  'seaborn-base': 'seaborn',
  'msgpack-python': 'msgpack',
  'python-blosc': 'blosc',
  'python-flatbuffers': 'flatbuffers',
  'python-graphviz': 'graphviz',
  importlib_metadata: 'importlib-metadata',
  fbprophet: 'prophet',
  'ipython-notebook': 'notebook',
  'jupyter-notebook': 'notebook',
  'pyarrow-core': 'pyarrow',
  'pandas-base': 'pandas',
  huggingface_hub: 'huggingface-hub',
}

/** Not Python packages, or parts of conda itself. */
const foreign =
  /^(_.*|lib(?!rosa$|cst$|sass$|clang$|tmux$|linear).*|r-.*|perl.*|gcc.*|gxx.*|gfortran.*|binutils.*|sysroot.*|ld_impl.*|cuda.*|cudatoolkit.*|pytorch-cuda|pytorch-mutex|magma-.*|mkl|mkl-include|blas|blas-devel|openblas|nomkl|nccl|intel-openmp|llvm-openmp|openmp|openmpi.*|mpich.*|mpi|ucx|openssl|zlib|bzip2|xz|zstd|lz4-c|snappy|readline|ncurses|sqlite|tk|tcl|ca-certificates|openjdk|nodejs|yarn|make|automake|autoconf|pkg-config|git|git-lfs|curl|wget|ffmpeg|graphviz|pandoc|unixodbc|krb5|icu|boost.*|arrow-cpp.*|hdf5|netcdf4?-c|geos|proj|gdal-core|freetype|jpeg|libjpeg.*|x264|tini|conda|conda-build|mamba|micromamba|compilers|c-compiler|cxx-compiler|fortran-compiler|toolchain.*|tzdata|zeromq|sed|tar|unzip|zip|vim|tmux|htop|rust|go|julia|sox|eigen|protobuf-cpp|glib|cairo|pango)$/

export interface CondaOptions {
  /** Text of a file a pip section includes with `-r`; undefined when it is not at hand. */
  include?: (path: string) => string | undefined
}

/** Reads a conda file. Raises EnvironmentFailed for one that cannot be understood, with the reason. */
export function readConda(text: string, o: CondaOptions = {}): CondaEnvironment {
  const doc = parseYaml(text, { file: 'conda file', maxBytes: maxCondaBytes })
  const [issue] = doc.issues
  const refuse = (why: string): never => fail('EnvironmentFailed', { name: 'conda file', why })
  if (issue !== undefined) refuse(`the conda file is no YAML: ${issue.message}`)
  if (!isObject(doc.value)) refuse('the conda file is no mapping with name, channels and dependencies')
  const top = asObject(doc.value)
  const environment: CondaEnvironment = { requirements: [], variables: {}, warnings: [] }
  const name = asString(top.name)
  if (name !== undefined) environment.name = name
  for (const [key, value] of Object.entries(asObject(top.variables))) environment.variables[key] = String(value ?? '')
  const fromConda: string[] = []
  const fromPip: string[] = []
  for (const entry of asArray(top.dependencies)) {
    if (typeof entry === 'string') readPackage(entry, environment, fromConda)
    else if (isObject(entry)) readSection(entry, environment, fromPip, o)
    else refuse(`the dependency ${JSON.stringify(entry)} is neither a package nor a pip section`)
  }
  holdNumpy(fromConda, fromPip, environment)
  environment.requirements = [...new Set([...fromConda.sort(), ...fromPip])]
  return environment
}

/** The first versions whose files on PyPI work with NumPy 2; what they say they need does not tell. */
const builtForNumpy2: Record<string, number[]> = { 'scikit-learn': [1, 4, 2], scipy: [1, 13], pandas: [2, 2, 2] }

/** conda knows which packages were built for NumPy 1; pip would put NumPy 2 beside them, and importing them would fail. */
function holdNumpy(fromConda: string[], fromPip: string[], environment: CondaEnvironment): void {
  const asked = [...fromConda, ...fromPip].map(readRequirement)
  if (asked.some((each) => each?.key === 'numpy' && each.condition !== '')) return
  const old = fromConda.find((line) => {
    const { key = '', condition = '' } = readRequirement(line) ?? {}
    const first = Object.hasOwn(builtForNumpy2, key) ? builtForNumpy2[key] : undefined
    return first !== undefined && /^==/.test(condition) && compareNumbers(numbers(condition), first) < 0
  })
  if (old === undefined) return
  fromConda.push('numpy<2')
  environment.warnings.push(`${old} was built for NumPy 1: numpy is held below 2, as conda does.`)
}

function readSection(
  section: { [key: string]: Json },
  environment: CondaEnvironment,
  into: string[],
  o: CondaOptions,
): void {
  for (const [key, lines] of Object.entries(section)) {
    if (key !== 'pip') environment.warnings.push(`The section ${key} of the conda file is left out: only pip is known.`)
    else for (const line of asArray(lines)) into.push(...readRequirements(String(line), o))
  }
}

/** Lines of a requirements text, files it includes put in their place. Raises EnvironmentFailed for what cannot be carried. */
function readRequirements(text: string, o: CondaOptions = {}, depth = 0): string[] {
  return joinContinued(text).flatMap((raw) => {
    const line = raw.replace(/(^|\s)#.*$/, '').trim()
    if (line === '') return []
    const included = /^(?:-r|--requirement)[\s=]*(.+)$/.exec(line)?.[1]
    if (included !== undefined) return readIncluded(included.trim(), o, depth)
    const why = objection(line)
    if (why !== undefined) fail('EnvironmentFailed', { name: 'conda file', why })
    return [line]
  })
}

function joinContinued(text: string): string[] {
  return text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)
}

function readIncluded(path: string, o: CondaOptions, depth: number): string[] {
  const text = depth < 5 ? o.include?.(path) : undefined
  if (text === undefined) {
    fail('EnvironmentFailed', {
      name: 'conda file',
      why: `its pip section includes ${path}, which is not part of the environment; write its lines into the pip section`,
    })
  }
  return readRequirements(text, o, depth + 1)
}

/** Options of a requirements file that say where packages are and which are good. pip takes any beginning of others. */
const options =
  /^(-i|-f|--(index-url|extra-index-url|find-links|no-index|pre|trusted-host|prefer-binary|no-binary|only-binary|use-feature))(?=[\s=]|$)/

/** What a requirements line must not hold here: folders of a machine that the server may not be on, and odd characters. */
function objection(line: string): string | undefined {
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line))
    return `the requirement ${JSON.stringify(line)} holds control characters`
  if (/^(-e|--editable)\b/.test(line) || /^(\.{0,2}\/|~|file:)/i.test(line) || /@\s*file:/i.test(line)) {
    return `the requirement ${line} names a folder or file of a machine; publish the package, or put its code into the job's code folder`
  }
  if (line.startsWith('-') && !options.test(line)) {
    return `the option in ${line} is not one that an environment may give to the installer`
  }
  return undefined
}

/** One conda package: `name`, `name=1.2`, `name=1.2=build`, `name>=1,<2`, `channel::name`, `name[version='>=1']`. */
function readPackage(entry: string, environment: CondaEnvironment, into: string[]): void {
  const { warnings } = environment
  const bracket = /\[\s*version\s*=\s*['"]?([^'"\]]+)['"]?.*\]/.exec(entry)?.[1]
  const plain = entry
    .replace(/#.*$/, '')
    .replace(/\[.*\]/, '')
    .replace(/^[^:\s]+::/, '')
    .trim()
  const m = /^([A-Za-z0-9_][\w.-]*)\s*(.*)$/.exec(plain)
  if (!m?.[1]) fail('EnvironmentFailed', { name: 'conda file', why: `the dependency '${entry}' is no package` })
  const name = m[1].toLowerCase()
  const condition = readCondition(bracket ?? m[2] ?? '')
  if (name === 'python') {
    if (condition !== undefined && condition !== '') environment.python = condition
    return
  }
  if (name === 'pip') return
  if (foreign.test(name)) {
    warnings.push(`${name} is left out: it is no Python package, and only those can be installed here.`)
    return
  }
  const mapped = Object.hasOwn(renamed, name) ? (renamed[name] ?? name) : name
  if (mapped !== name) warnings.push(`${name} is installed as ${mapped}, its name on the package index.`)
  if (condition === undefined) {
    warnings.push(`The version ${m[2]} of ${name} has alternatives, which pip cannot say: any version is taken.`)
  }
  into.push(`${mapped}${condition ?? ''}`)
  if (/[;@]/.test(condition ?? '') || readRequirement(`${mapped}${condition ?? ''}`) === undefined) {
    fail('EnvironmentFailed', { name: 'conda file', why: `the version in '${entry}' cannot be understood` })
  }
}

/** Conda's version condition as pip writes it; undefined when pip cannot. */
export function readCondition(text: string): string | undefined {
  const given = text.trim()
  if (given === '' || given === '*') return ''
  if (given.includes('|')) return undefined
  // name=1.2=build: the build string means nothing to pip, and makes the version an exact one
  const built = /^={0,2}\s*(\d[\w.!+*]*)=[\w.*]+$/.exec(given)?.[1]
  if (built !== undefined) return exact(built)
  // name 1.2 build
  const spaced = /^(\d[\w.!+*]*)(?:\s+[\w.*]+)?$/.exec(given)?.[1]
  if (spaced !== undefined) return exact(spaced)
  return given
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '*')
    .map((part) => {
      const [, operator = '', version = ''] = /^(===?|!=|~=|>=?|<=?|=|)\s*(.+)$/.exec(part) ?? []
      if (operator === '=') return `==${version.replace(/\.?\*$/, '')}.*`
      if (operator === '') return exact(version)
      // >=1.2.* means >=1.2
      return /^[<>~]/.test(operator) ? `${operator}${version.replace(/\.?\*$/, '')}` : `${operator}${version}`
    })
    .join(',')
}

function exact(version: string): string {
  return version.endsWith('*') ? `==${version.replace(/\.?\*$/, '')}.*` : `==${version}`
}
