// Bundles the command line into one CommonJS file and the server into one module, both in packages/cli/dist, and the SDK
// into one module for Node and one for browsers, in packages/client/dist. What is Python goes along as it is.
// --if-missing builds only what is not there; --if-stale only when a source is newer than what was built.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { lateKinds, lateModules } from './late.mjs'

const root = resolve(import.meta.dirname, '..')
const dist = join(root, 'packages/cli/dist')
/** Programs of ours that run in a process of the user; the server finds them beside itself. */
const python = join(root, 'packages/engine/python')
const targets = {
  laz: join(dist, 'laz.cjs'),
  server: join(dist, 'server.mjs'),
  sdk: join(root, 'packages/client/dist/index.js'),
  browser: join(root, 'packages/client/dist/browser.js'),
}
/** The pages are files, made by a builder of their own. */
const pages = join(dist, 'studio')
const entries = {
  laz: join(root, 'packages/cli/src/main.ts'),
  server: join(root, 'packages/server/src/main.ts'),
  sdk: join(root, 'packages/client/src/index.ts'),
  browser: join(root, 'packages/client/src/browser/index.ts'),
}

/** Newest change below a folder, in epoch milliseconds; tests are no part of a bundle. */
function newest(folder) {
  let at = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.endsWith('.test.ts')) continue
    const path = join(folder, entry.name)
    at = Math.max(at, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }
  return at
}

function isNeeded(target) {
  if (!existsSync(target)) return true
  if (process.argv.includes('--if-missing')) return false
  if (!process.argv.includes('--if-stale')) return true
  const sources = Math.max(newest(join(root, 'packages')), statSync(import.meta.filename).mtimeMs)
  return statSync(target).mtimeMs < sources
}

async function bundle() {
  const wanted = Object.keys(targets).filter((name) => existsSync(entries[name]) && isNeeded(targets[name]))
  if (wanted.length === 0) return
  const { build } = await import('esbuild')
  mkdirSync(dist, { recursive: true })
  const shared = {
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    conditions: ['source'],
    minify: true,
    keepNames: false,
    legalComments: 'none',
    charset: 'ascii',
    logLevel: 'warning',
    absWorkingDir: root,
  }
  // packages written for CommonJS ask for built-in modules with require
  const banner = {
    js: "import{createRequire as lazRequire}from'node:module';const require=lazRequire(import.meta.url);",
  }
  const made = {
    laz: {
      ...shared,
      format: 'cjs',
      // the bundle runs as a script: what it loads late it loads with require
      supported: { 'dynamic-import': false },
      define: { 'import.meta.dirname': '__dirname' },
      plugins: [lateModules, lateKinds],
    },
    server: {
      ...shared,
      format: 'esm',
      external: ['@photostructure/sqlite'],
      banner,
    },
    sdk: { ...shared, format: 'esm', banner },
    browser: { ...shared, format: 'esm', platform: 'browser', target: 'es2022' },
  }
  await Promise.all(
    wanted.map(async (name) => {
      // written beside its place and renamed: a command that starts meanwhile finds the old one or the new one
      const draft = `${targets[name]}.${process.pid}`
      mkdirSync(dirname(targets[name]), { recursive: true })
      await build({ ...made[name], entryPoints: [entries[name]], outfile: draft })
      renameSync(draft, targets[name])
      if (name === 'server' && existsSync(python)) cpSync(python, join(dist, 'python'), { recursive: true })
      if (name === 'laz')
        for (const file of readdirSync(dist))
          if (file.startsWith('laz.cache')) rmSync(join(dist, file), { force: true })
    }),
  )
}

/** Builds the web pages into a folder of their own, packs their files, and puts the folder in the place of the old one. */
async function bundlePages() {
  const folder = join(root, 'packages/studio')
  if (!existsSync(folder) || !isNeeded(join(pages, 'index.html'))) return
  // a test that bundles says that it is one, and React would come along with all it has for developers
  process.env.NODE_ENV = 'production'
  const { build } = await import('vite')
  const draft = `${pages}.${process.pid}`
  await build({ root: folder, configFile: join(folder, 'vite.config.ts'), logLevel: 'warn', build: { outDir: draft } })
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }
  for (const entry of readdirSync(draft, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(?:js|css|html|svg)$/.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, best))
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  }
  rmSync(pages, { recursive: true, force: true })
  renameSync(draft, pages)
}

try {
  await bundle()
  await bundlePages()
} catch (error) {
  // esbuild has told what is wrong, with place
  if (!Array.isArray(error?.errors)) console.error(error)
  process.exitCode = 1
}
