// The tables of the house from its sources, so that no build is needed first and none can be out of date.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './setup.mjs'

/** Runs `contents`, a module whose paths start from the root, and answers what it exports. */
export async function loadTables(contents) {
  const { build } = await import('esbuild')
  const outfile = join(root, `node_modules/.cache/tables-${process.pid}.mjs`)
  await build({
    stdin: { contents, resolveDir: root },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
  })
  try {
    return await import(pathToFileURL(outfile))
  } finally {
    rmSync(outfile)
  }
}
