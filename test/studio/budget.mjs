// What a browser has to fetch before the first page is there, compressed as it is sent.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { assert, check } from './report.mjs'

const folder = resolve(import.meta.dirname, '../../packages/cli/dist/studio')
const kB = 1000
/** The code editor is large, and comes where code is edited. */
const editor = /^editor-/

export async function budget() {
  const index = readFileSync(join(folder, 'index.html'), 'utf8')
  const first = [...index.matchAll(/assets\/[^"]+/g)].map(([name]) => name)
  const packed = (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length
  await check('the first load is at most 150 kB of script and 12 kB of style', () => {
    const jobs = readdirSync(join(folder, 'assets'))
      .filter((name) => /^(?:jobs|status|useInfiniteQuery)-.*\.js$/.test(name))
      .map((name) => `assets/${name}`)
    const script = [...new Set([...first.filter((name) => name.endsWith('.js')), ...jobs])].reduce(
      (sum, name) => sum + packed(name),
      0,
    )
    const style = first.filter((name) => name.endsWith('.css')).reduce((sum, name) => sum + packed(name), 0)
    process.stdout.write(`    script ${(script / kB).toFixed(1)} kB, style ${(style / kB).toFixed(1)} kB\n`)
    assert(script <= 150 * kB && style <= 12 * kB, `${script} and ${style} bytes`)
  })
  await check('no script is more than 150 kB, but for the code editor', () => {
    const names = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.js') && !editor.test(name))
    const large = names.filter(
      (name) => statSync(join(folder, 'assets', name)).size > 40 * kB && packed(`assets/${name}`) > 150 * kB,
    )
    assert(large.length === 0, large.join(', '))
  })
}
