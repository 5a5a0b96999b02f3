/**
 * A layer of its own for every task over the Python it runs with: what a command installs with pip lands there, and
 * neither the machine nor the next job sees it. A virtual environment is a few links and two small files, so it is written
 * here in a millisecond instead of by Python in sixty.
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { asObject, asString } from '@lazurite/spec'

/** The variable through which an environment tells a backend which Python it is; it is not passed on to the command. */
export const pythonVariable = 'LAZ_PYTHON'

export interface LayeredPython {
  /** The interpreter itself, not one inside a virtual environment. */
  executable: string
  version: string
  /** Package folder of the virtual environment the layer lies on; the interpreter's own packages when absent. */
  site?: string
}

export function printLayered(python: LayeredPython): string {
  return JSON.stringify(python)
}

/** Makes the layer in a folder that does not exist yet (or was half made before); returns its `bin`. */
export function makeOverlay(folder: string, text: string): string {
  const about = asObject(JSON.parse(text))
  const executable = asString(about.executable) ?? ''
  const version = asString(about.version) ?? ''
  const site = asString(about.site)
  const minor = version.split('.').slice(0, 2).join('.')
  const bin = join(folder, 'bin')
  const packages = join(folder, 'lib', `python${minor}`, 'site-packages')
  mkdirSync(bin, { recursive: true })
  mkdirSync(packages, { recursive: true })
  for (const name of ['python', 'python3', `python${minor}`]) link(executable, join(bin, name))
  link('lib', join(folder, 'lib64'))
  const pip = `#!/bin/sh\nexec "$(dirname "$0")/python" -m pip "$@"\n`
  for (const name of ['pip', 'pip3']) writeFileSync(join(bin, name), pip, { mode: 0o755 })
  if (site !== undefined) {
    // not the path alone: the folder may hold .pth files of its own
    writeFileSync(join(packages, '_lazurite.pth'), `import site; site.addsitedir(${JSON.stringify(site)})\n`)
  }
  const system = site === undefined ? 'true' : 'false'
  const settings = [`home = ${dirname(executable)}`, `include-system-site-packages = ${system}`, `version = ${version}`]
  writeFileSync(join(folder, 'pyvenv.cfg'), `${settings.join('\n')}\n`)
  return bin
}

function link(target: string, path: string): void {
  try {
    symlinkSync(target, path)
  } catch (e) {
    if (!(e instanceof Error && 'code' in e && e.code === 'EEXIST')) throw e
  }
}
