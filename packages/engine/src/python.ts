/**
 * Which Pythons this machine has. Version managers put small scripts on PATH that cost 60 ms a start and depend on the
 * working directory; what is handed to jobs is the real interpreter behind them, found once per process.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Python {
  /** Absolute path of the interpreter itself, behind any version manager. */
  executable: string
  /** e.g. `3.11.7` */
  version: string
  /** The interpreter a virtual environment was made from; `executable` itself outside of one. */
  base: string
  /** Package folder, when the interpreter is that of a virtual environment. */
  site?: string
  /** Changes when the interpreter is replaced: mtime of the executable in ms. */
  stampMs: number
}

const probeScript = [
  'import sys,platform,sysconfig',
  'print(sys.executable);print(platform.python_version())',
  'print(getattr(sys,"_base_executable",sys.executable) or sys.executable)',
  'print(sysconfig.get_path("purelib") if sys.prefix!=sys.base_prefix else "")',
].join('\n')

const cache = new Map<string, Promise<Python | undefined>>()

/** Asks an interpreter who it is. undefined when it does not start or is Python 2. */
export function askPython(command: string): Promise<Python | undefined> {
  const cached = cache.get(command)
  if (cached !== undefined) return cached
  const asked = ask(command)
  cache.set(command, asked)
  return asked
}

async function ask(command: string): Promise<Python | undefined> {
  try {
    // -I: neither PYTHON* variables nor the user's site folder have a say
    const { stdout } = await run(command, ['-I', '-c', probeScript], { timeout: 15_000, cwd: '/' })
    const [executable = '', version = '', base = '', site = ''] = stdout.trim().split('\n')
    if (!isAbsolute(executable) || !version.startsWith('3.')) return undefined
    const stampMs = Math.floor((await stat(executable)).mtimeMs)
    return { executable, version, base: site === '' ? executable : base, stampMs, ...(site === '' ? {} : { site }) }
  } catch {
    return undefined
  }
}

/** The Python that `host` means: the one set by the administrator, else the first that works on PATH. */
export async function hostPython(setting?: string): Promise<Python | undefined> {
  if (setting !== undefined && setting !== '') return askPython(setting)
  for (const name of ['python3', 'python']) {
    for (const candidate of onPath(name)) {
      const python = await askPython(candidate)
      if (python !== undefined) return python
    }
  }
  return undefined
}

/**
 * Every Python found on this machine, one per `major.minor`, newest first: on PATH, under pyenv, and those uv fetched.
 * Only names are read until `askPython` is called on a candidate.
 */
export function listPythons(): { minor: string; command: string }[] {
  const found = new Map<string, string>()
  const add = (minor: string | undefined, command: string) => {
    if (minor !== undefined && !found.has(minor) && existsSync(command)) found.set(minor, command)
  }
  for (const folder of pathFolders()) {
    if (isShimFolder(folder)) continue
    for (const name of readFolder(folder)) add(/^python(3\.\d+)$/.exec(name)?.[1], join(folder, name))
  }
  for (const root of managedFolders()) {
    // newest patch release first
    for (const name of readFolder(root).sort(byVersion)) {
      add(/^(?:cpython-)?(3\.\d+)[.\d]*(?:[-+].*)?$/.exec(name)?.[1], join(root, name, 'bin', 'python3'))
    }
  }
  return [...found].map(([minor, command]) => ({ minor, command })).sort((a, b) => byVersion(a.minor, b.minor))
}

/** Folders on PATH, without those of version managers' scripts. */
export function cleanPath(): string[] {
  const folders = pathFolders().filter((folder) => isAbsolute(folder) && !isShimFolder(folder))
  return folders.length > 0 ? folders : ['/usr/local/bin', '/usr/bin', '/bin']
}

/**
 * PATH for a job with this interpreter first. Where its folder has no `python` (Debian calls it `python3` alone), or sits
 * further down PATH where it would pull every other program forward, a folder of our own with links goes in front.
 */
export function pathWith(python: Python | undefined, home: string): string {
  const folders = cleanPath()
  if (python === undefined) return folders.join(delimiter)
  const bin = dirname(python.executable)
  const whole = ['python', 'python3'].every((name) => sameFile(join(bin, name), python.executable))
  const first = whole && folders.indexOf(bin) <= 0 ? bin : shimFolder(python, home)
  return [first, ...folders.filter((folder) => folder !== first)].join(delimiter)
}

function shimFolder(python: Python, home: string): string {
  const folder = join(home, 'shims', python.executable.replace(/[^\w.-]+/g, '_').replace(/^_+/, ''))
  mkdirSync(folder, { recursive: true })
  link(join(folder, 'python'), python.executable)
  link(join(folder, 'python3'), python.executable)
  for (const name of ['pip', 'pip3']) {
    const program = join(dirname(python.executable), name)
    if (existsSync(program)) link(join(folder, name), program)
  }
  return folder
}

function link(path: string, target: string): void {
  if (sameFile(path, target)) return
  try {
    rmSync(path, { force: true })
    symlinkSync(target, path)
  } catch (e) {
    // made by another process meanwhile
    if (!sameFile(path, target)) throw e
  }
}

function sameFile(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b)
  } catch {
    return false
  }
}

function onPath(name: string): string[] {
  return pathFolders()
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .filter((path) => existsSync(path))
}

function pathFolders(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
}

function isShimFolder(folder: string): boolean {
  return /[\\/](shims|\.asdf[\\/]bin)[\\/]?$/.test(folder)
}

function managedFolders(): string[] {
  const home = homedir()
  return [
    join(process.env.PYENV_ROOT ?? join(home, '.pyenv'), 'versions'),
    process.env.UV_PYTHON_INSTALL_DIR ?? join(home, '.local', 'share', 'uv', 'python'),
  ]
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Newest first. */
function byVersion(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => (text.match(/\d+/g) ?? []).map(Number))
  for (let i = 0; i < 3; i++) {
    const difference = (y?.[i] ?? 0) - (x?.[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
