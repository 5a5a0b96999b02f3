#!/usr/bin/env node
// Starts the bundled command line with the code that V8 compiled last time. The cache lies beside the bundle, is made
// anew when V8 or the bundle changed, and a folder that cannot be written to only costs its ten milliseconds.
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')

const dist = path.join(__dirname, '../dist')
const bundle = path.join(dist, 'laz.cjs')

// the bundle is plain ASCII
function readBundle() {
  try {
    return fs.readFileSync(bundle, 'latin1')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  const builder = path.join(__dirname, '../../../tools/bundle.mjs')
  const { status } = require('node:child_process').spawnSync(process.execPath, [builder, '--if-missing'], {
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) {
    process.stderr.write('laz could not be built. In the clone, run: npm install\n')
    process.exit(1)
  }
  return fs.readFileSync(bundle, 'latin1')
}

const source = readBundle()
const stat = fs.statSync(bundle)
// A cache holds the functions that ran before it was taken: commands that read files run others than those that ask.
const words = process.argv.slice(2)
const heavy = new Set(['create', 'update', 'validate', 'stream', 'diff', 'download', 'up', 'status', 'doctor'])
const asksHelp = words.length === 0 || words.some((word) => word === '-h' || word === '--help' || word === 'help')
const kind = words[0]?.startsWith('-')
  ? 'bare'
  : asksHelp
    ? 'help'
    : words.some((word) => heavy.has(word))
      ? 'load'
      : 'read'
const stamp = `${process.version}-${process.arch}-${stat.size}-${Math.floor(stat.mtimeMs)}`
const cachePath = path.join(dist, `laz.cache-${kind}-${stamp}`)

function readCache() {
  try {
    return fs.readFileSync(cachePath)
  } catch {
    return undefined
  }
}

const cachedData = readCache()
const script = new vm.Script(`(function(exports,require,module,__filename,__dirname){${source}\n})`, {
  filename: bundle,
  cachedData,
})

// What ran is what is worth keeping: the cache is taken at the end, written beside its place and renamed.
if (cachedData === undefined || script.cachedDataRejected) {
  process.once('exit', () => {
    try {
      const draft = `${cachePath}.${process.pid}`
      fs.writeFileSync(draft, script.createCachedData())
      fs.renameSync(draft, cachePath)
    } catch {
      // a read-only folder: the next start compiles again
    }
  })
}

const module_ = { exports: {} }
script.runInThisContext()(module_.exports, require('node:module').createRequire(bundle), module_, bundle, dist)
