// Installs what is missing, with Node and npm alone: called first by every command that a fresh clone may run.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')

/** Runs a command with its output shown; ends this process with the command's exit code when it fails. */
export function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) {
    console.error(`${command} could not be started: ${error.message}`)
    process.exit(1)
  }
  if (status !== 0) process.exit(status ?? (signal ? 128 : 1))
}

function installed() {
  const stamp = join(root, 'node_modules/.package-lock.json')
  return existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
}

/** Installs by the lock file unless node_modules is as new as the lock file. */
export function install() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Lazurite needs Node 20.19 or newer; this is ${process.version}.`)
    process.exit(1)
  }
  if (installed()) return
  console.log('Installing packages …')
  // not `npm ci`: it refuses a lock file made where the registry lacks the optional packages of other platforms
  run('npm', ['install', '--no-save', '--no-fund', '--no-audit', '--loglevel=error'])
}

/** Builds the command line and the server when a source is newer than the bundle. */
export function bundle() {
  run(process.execPath, [join(root, 'tools/bundle.mjs'), '--if-stale'])
}
